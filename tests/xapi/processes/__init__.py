"""The store as administrators run it, asked over connections that both its processes answer."""
