"""The way in: sends everybody who was launched to the page that is theirs, and explains the tool.

Views only: one query at most, then on.
"""

from flask import Blueprint, redirect, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.access.tables import Purpose
from lti_tool.access.way_in import TEACHING, straight_to
from lti_tool.asking import address, allowed, ask
from lti_tool.instructor.copies import takes_a_course_over
from rubrics.queries.frameworks import credits as framework_credits
from rubrics.words import Kind

blueprint = Blueprint("start", __name__, url_prefix="/l/<handle>")


@blueprint.get("/")
@requires(Permission.OPEN)
def start() -> str | Response:
    """To the picker, the class, the activity or the skills: by purpose and role."""
    present = here()
    if takes_a_course_over():
        return redirect(address("instructor.copy_course"))
    if present.learners and present.role in TEACHING and present.purpose is Purpose.ACTIVITY:
        return redirect(address("instructor.assess", person_id=present.learners[0]))
    endpoint = straight_to(
        present.role,
        present.purpose,
        has_placement=present.placement_id is not None,
        has_activity=present.activity_id is not None,
    )
    if endpoint is not None:
        return redirect(address(endpoint))
    if allowed(Permission.CHOOSE):
        return redirect(address("instructor.choose"))
    return render_template(
        "start/page.html",
        title=gettext("Your instructor has not set this up yet"),
        message=gettext(
            "Here you will find the activity, once an instructor of the course has chosen one."
        ),
        what_next=gettext("Come back later; there is nothing that you have to do now."),
    )


@blueprint.get("/help")
@requires(Permission.OPEN)
def help() -> str:
    """What this tool is, for the role of the reader."""
    return render_template(
        "start/help.html",
        teaches=allowed(Permission.SEE_CLASS),
        mentors=allowed(Permission.SEE_LEARNERS),
        kind=Kind,
        credits=ask(framework_credits),
    )
