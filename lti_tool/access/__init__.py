"""Who is here: browser sessions, handles, permissions and the headers around them."""
