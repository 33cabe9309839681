"""xapi."""
