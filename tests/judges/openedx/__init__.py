"""Open edX's LTI consumer as a platform, in a process: `python -m tests.judges.openedx`."""
