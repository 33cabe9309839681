"""An LMS that does what the specifications say, or that we know nothing of."""

from lti_tool.platforms.quirks.answers import Quirks

DEFAULT = Quirks()
