"""Tests of lti_tool/launch."""
