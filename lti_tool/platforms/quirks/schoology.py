"""Schoology: schools have hosts below the name of their shared issuer."""

from lti_tool.platforms.quirks.answers import Quirks

SCHOOLOGY = Quirks(families=("schoology",), domains=("schoology.com",), cloud=("schoology.com",))
