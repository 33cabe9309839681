"""Statements to and from other places: forwarding, export, import."""
