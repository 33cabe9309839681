"""Every route of the application, and who is refused at it."""
