"""The way in: sends everybody who was launched to the page that is theirs, and explains the tool.

Views only: one query at most, then on.
"""

from flask import Blueprint, redirect, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.access.tables import Purpose
from lti_tool.asking import address, allowed, ask
from lti_tool.instructor.copies import takes_a_course_over
from rubrics.queries.frameworks import credits as framework_credits
from rubrics.words import CourseRole, Kind

blueprint = Blueprint("start", __name__, url_prefix="/l/<handle>")


@blueprint.get("/")
@requires(Permission.OPEN)
def start() -> str | Response:
    """To the picker, the class, the activity or the skills: by purpose and role."""
    present = here()
    if takes_a_course_over():
        return redirect(address("instructor.copy_course"))
    if present.purpose is Purpose.DEEP_LINKING:
        return redirect(address("instructor.choose"))
    if present.role is CourseRole.MENTOR:
        return redirect(address("mentor.learners"))
    teaches = present.role in (CourseRole.INSTRUCTOR, CourseRole.ASSISTANT)
    if present.learners and teaches:
        return redirect(address("instructor.assess", person_id=present.learners[0]))
    if present.placement_id is None or present.purpose is Purpose.COURSE_HOME:
        return redirect(address("instructor.course" if teaches else "learner.my_skills"))
    if present.activity_id is not None:
        return redirect(address("instructor.class_list" if teaches else "learner.activity"))
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
