"""Canvas: scores_controller and registration.md of canvas-lms.

A score is a new submission of the learner, and may be late, unless it says otherwise. Each comment
is kept as one more, by an unknown author, and results show none. Score and comment are kept
together or not at all: where the answer to a post was lost, the score among the results says that
the comment is there too. (A re-grade that changes nothing but the comment stays without the new one
if it is lost on its way.) A rate limit is a 403 with a header that counts down; a score that is
older than the result is a 400. Its logins name the frame that keeps data for tools, where there is
one. A registration sends no names unless it asks for them by Canvas's own member.
"""

from lti_tool.platforms.quirks.answers import Quirks

_LTI = "https://canvas.instructure.com/lti"

CANVAS = Quirks(
    families=("canvas",),
    domains=("instructure.com",),
    cloud=("instructure.com", "canvaslms.com"),
    appends_comments=True,
    score_extras={f"{_LTI}/submission": {"new_submission": False}},
    quota_header="X-Rate-Limit-Remaining",
    registration_extras={f"{_LTI}/privacy_level": "public", f"{_LTI}/tool_id": "twofold"},
    placements={
        "LtiResourceLinkRequest": ("course_navigation",),
        "LtiDeepLinkingRequest": ("assignment_selection", "link_selection"),
    },
    names_no_placements=True,
    stores_for_tools=False,
    json_extras={"course_navigation": {"default": "enabled", "visibility": "members"}},
    message_extras={
        "course_navigation": {
            f"{_LTI}/course_navigation/default_enabled": True,
            f"{_LTI}/visibility": "members",
        }
    },
)
