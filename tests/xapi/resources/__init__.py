"""Tests of xapi.resources."""
