"""Tests of the schema and its steps."""
