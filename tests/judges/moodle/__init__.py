"""Moodle 4.5 as a judge: what it was measured to say, said again."""
