"""sandbox_lms."""
