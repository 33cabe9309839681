"""What every LTI service of a platform needs: tokens, addresses, answers and Link headers."""
