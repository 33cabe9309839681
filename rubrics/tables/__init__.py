"""SQLAlchemy models of the domain, one module per part of it."""
