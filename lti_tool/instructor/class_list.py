"""The class at one activity, the activities of a course, and sending grades again.

Views only: one query or one action, render.
"""

from uuid import UUID

from flask import abort, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.asking import address, allowed, ask, do, go_to, placement
from lti_tool.delivery.choices import Choice, choose_column, gone_column
from lti_tool.delivery.outbox import send_again
from lti_tool.delivery.states import grade_states
from lti_tool.instructor import groups
from lti_tool.instructor.roster import changes, sentence
from lti_tool.nrps.states import roster_state
from rubrics.actions.done import Done
from rubrics.queries import classes
from rubrics.queries.activities import course_activities
from rubrics.queries.course_groups import group_choices

SENT_AGAIN = frozenset({"refused", "retrying"})
"""States of a grade in which sending again is offered."""


@requires(Permission.SEE_CLASS)
def class_list() -> str | Response:
    """Per learner: evidence, rating, and what the gradebook has."""
    choices = ask(group_choices, here().course_id)
    group = next((each.id for each in choices if each.id == groups.chosen()), None)
    listed = ask(classes.class_list, placement(), here().person_id, group)
    if listed.page.activity is None:
        return redirect(address("start.start"))
    grades = ask(grade_states, placement())
    listing = ask(roster_state, here().course_id)
    shown, done = request.args.get("show", "all"), request.args.get("done", "")
    kinds = {
        "all": (gettext("All"), list(listed.rows)),
        "waiting": (gettext("Waiting for you"), [row for row in listed.rows if row.waiting]),
        "released": (gettext("Released"), [row for row in listed.rows if row.released_at]),
    }
    shown = shown if shown in kinds else "all"
    return render_template(
        "instructor/class_list.html",
        **{"class": listed},
        rows=kinds[shown][1],
        groups=groups.options(choices),
        group=group,
        group_gone=group is None and bool(request.args.get("group")),
        shown=shown,
        filters=[(name, label, len(rows)) for name, (label, rows) in kinds.items()],
        grades=grades,
        gone=ask(gone_column, placement()),
        roster=listing,
        roster_sentence=sentence(listing),
        undelivered=sum(grade.state in SENT_AGAIN for grade in grades.values()),
        first_waiting=next((row for row in listed.rows if row.waiting), None),
        may_configure=allowed(Permission.CONFIGURE),
        notice=changes(listing) if done == "read" else _notice(done),
    )


@requires(Permission.ASSESS)
def send_grade_again(person_id: UUID) -> Response:
    """Try to deliver one learner's grade at once; refused for who is no learner of the course."""
    placement_id = placement()
    ask(classes.assessment_page, placement_id, person_id, here().person_id)
    do(lambda s: Done(send_again(s, placement_id, person_id)))
    return go_to("instructor.class_list", done="sent")


@requires(Permission.ASSESS)
def send_all_again() -> Response:
    """Try to deliver every grade that the gradebook does not have."""
    placement_id = placement()
    do(lambda s: Done(send_again(s, placement_id, None)))
    return go_to("instructor.class_list", done="sent")


@requires(Permission.CONFIGURE)
def choose() -> Response:
    """Have the gradebook column that is gone found again, or make a new one."""
    placement_id = placement()
    choices: dict[str, Choice] = {"find": "find", "make": "make"}
    choice = choices.get(request.form.get("choice", "")) or abort(400)
    do(lambda s: Done(choose_column(s, placement_id, choice)))
    return go_to("instructor.class_list", done="chosen")


@requires(Permission.SEE_CLASS)
def course() -> str:
    """What is placed in the course, and how far the assessing is; not the link to this page.

    An LMS that makes links without a column does not say whether one was meant for an activity, so
    the link's activity can be chosen here.
    """
    listed = ask(course_activities, here().course_id)
    home = here().placement_id
    rows = [row for row in listed.rows if row.activity_id or row.placement_id != home]
    return render_template(
        "instructor/course.html",
        course=listed,
        rows=rows,
        may_choose=allowed(Permission.CHOOSE) and home is not None and not here().activity_id,
    )


def _notice(done: str) -> str:
    notices = {
        "placed": gettext("The activity is set up. Learners see it from now on."),
        "edited": gettext("Saved. Learners see the new text from now on."),
        "chosen": gettext("Every grade is sent again once the column is there."),
        "sent": gettext("Sent again. The state below changes once the LMS has answered."),
    }
    return str(notices.get(done, ""))
