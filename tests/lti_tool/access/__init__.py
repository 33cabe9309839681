"""Tests of lti_tool/access."""
