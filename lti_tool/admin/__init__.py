"""The administrator of an installation: log-in, what was done by whom, and pages for platforms."""
