"""Requests that nobody thought of: no input gets a 5xx, and every error says what is wrong."""
