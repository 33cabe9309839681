"""Open edX's LTI consumer: nothing in its services is known to differ."""

from lti_tool.platforms.quirks.answers import Quirks

OPEN_EDX = Quirks(families=("open edx", "openedx", "open-edx"))
