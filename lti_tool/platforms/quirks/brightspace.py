"""Brightspace: all its sites give tokens to assertions for one audience.

A score for somebody who left the course is a 404, like one for a column that is gone: the column
is looked at before it is called gone, in every LMS.
"""

from lti_tool.platforms.quirks.answers import Quirks

BRIGHTSPACE = Quirks(
    families=("desire2learn", "brightspace", "d2l"),
    domains=("brightspace.com", "desire2learn.com"),
    takes_reviews=True,
    assertion_audience="https://api.brightspace.com/auth/token",
)
