"""Tests of xapi.statements."""
