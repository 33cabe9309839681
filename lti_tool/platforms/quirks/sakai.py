"""Sakai: nothing in its services is known to differ; its logins name the frame that keeps data."""

from lti_tool.platforms.quirks.answers import Quirks

SAKAI = Quirks(families=("sakai", "sakailms.org"), stores_for_tools=False)
