"""The part of gunicorn 27 that lti_tool uses."""
