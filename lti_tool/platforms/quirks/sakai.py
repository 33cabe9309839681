"""Sakai: nothing in its services is known to differ."""

from lti_tool.platforms.quirks.answers import Quirks

SAKAI = Quirks(families=("sakai", "sakailms.org"))
