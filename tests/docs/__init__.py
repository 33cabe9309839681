"""What the documentation says is tried: its examples run, its lists are those of the code."""
