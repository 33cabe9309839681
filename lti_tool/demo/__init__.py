"""The demo: the tool, the small LMS and a course with work in it, started by one command."""
