"""Assignment and Grade Services 2.0: line items, scores and results of an LMS."""
