"""Tests of xapi.access."""
