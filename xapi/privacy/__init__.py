"""Whose records are whose: export and erasure of a person, and retention by age."""
