"""Tests of the statements about our own facts."""
