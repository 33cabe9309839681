"""The running product in Chromium: the demo as `make demo` starts it, with nothing replaced."""
