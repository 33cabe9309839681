"""LTI Deep Linking 2.0: what an instructor chose, handed back to the LMS."""
