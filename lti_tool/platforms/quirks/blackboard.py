"""Blackboard Learn: one client id for all schools; comments are HTML.

It keeps data for tools but does not say so in the login (docs.anthology.com). Its results filtered
by a person come without the comment, which reading results bears for every LMS.
"""

from lti_tool.platforms.quirks.answers import Quirks

BLACKBOARD = Quirks(
    families=("blackboardlearn", "blackboard"),
    domains=("blackboard.com",),
    cloud=("blackboard.com",),
    shares_client_id=True,
    line_break="<br/>",
    stores_for_tools=True,
)
