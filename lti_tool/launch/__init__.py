"""From the LMS's login initiation to a person who stands in a course."""
