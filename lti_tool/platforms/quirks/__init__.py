"""What is peculiar to each LMS: one file an LMS, answers only; chosen by choose.py."""
