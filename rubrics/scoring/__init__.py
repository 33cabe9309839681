"""Pure arithmetic from values to values: score, evidence, mastery, certainty. No database."""
