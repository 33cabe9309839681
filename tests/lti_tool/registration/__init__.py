"""Tests of dynamic registration."""
