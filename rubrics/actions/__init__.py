"""Functions that change facts and return events; they never commit."""
