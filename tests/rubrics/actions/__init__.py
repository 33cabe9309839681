"""Tests of what changes facts."""
