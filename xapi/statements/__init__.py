"""Statements as values: parse, validate, compare, splice; no database and no web."""
