"""Tests of xapi.store."""
