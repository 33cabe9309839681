"""Events to xAPI statements: the only user of tincan."""
