"""The part of Flask-WTF that lti_tool uses is in csrf."""
