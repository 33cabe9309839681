"""The store over HTTP; the only place in this package that knows Flask."""
