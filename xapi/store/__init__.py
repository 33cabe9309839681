"""Statements in the database: tables, write, query, follow."""
