"""A mentor's pages: what was released to the learners that the launch named, and nobody else's.

Views only: one query, render. They change nothing, and record nothing of the learner.
"""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.asking import address, ask
from rubrics.queries import mentees

blueprint = Blueprint("mentor", __name__, url_prefix="/l/<handle>/mentees")


@blueprint.get("")
@requires(Permission.SEE_LEARNERS)
def learners() -> str | Response:
    """Whom the LMS named; straight to the learner where it is one, an explanation for none."""
    named = ask(mentees.named, here().learners)
    if len(named) == 1:
        return redirect(address("mentor.learner", person_id=named[0].person_id))
    return render_template("mentor/learners.html", learners=named)


@blueprint.get("/<uuid:person_id>")
@requires(Permission.SEE_LEARNERS)
def learner(person_id: UUID) -> str:
    """A learner's skills, and the released results of this course."""
    _mine(person_id)
    return render_template(
        "mentor/learner.html",
        learner=ask(mentees.mentee_page, here().course_id, person_id),
        several=len(here().learners) > 1,
    )


@blueprint.get("/<uuid:person_id>/results/<uuid:placement_id>")
@requires(Permission.SEE_LEARNERS)
def result(person_id: UUID, placement_id: UUID) -> str:
    """One released result, as the learner reads it."""
    _mine(person_id)
    found = ask(mentees.mentee_result, here().course_id, placement_id, person_id)
    if found is None:
        abort(404)
    return render_template("mentor/result.html", learner=found)


def _mine(person_id: UUID) -> None:
    if person_id not in here().learners:
        abort(404)
