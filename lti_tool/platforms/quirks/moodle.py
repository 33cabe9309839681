"""Moodle, as 4.5 was measured.

Deep linking drops an item whose column has other than whole points of 1 to 100 (its default
settings) without a word. What else is particular about it suits every LMS and is done for all: no
`limit` at results, compact JSON, exact media types, timestamps a second apart, services in the path
before the query, line items read before they are written (a PUT without resourceId blanks it).
"""

from lti_tool.platforms.quirks.answers import Quirks

MOODLE = Quirks(
    families=("moodle",),
    domains=("moodlecloud.com",),
    whole_points_to=100,
    stores_for_tools=False,
    takes_reviews=True,
)
