"""Grades on their way to the LMS: an outbox, and the worker that empties it."""
