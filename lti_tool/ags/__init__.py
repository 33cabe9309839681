"""Assignment and Grade Services 2.0: tokens, line items, scores and results of an LMS."""
