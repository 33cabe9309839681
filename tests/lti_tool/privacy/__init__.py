"""Tests of export and erasure across all tables of the application."""
