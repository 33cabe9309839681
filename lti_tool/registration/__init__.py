"""LTI Dynamic Registration 1.0: an LMS registers the tool by an administrator's link."""
