"""Who may use the store: credentials and scopes."""
