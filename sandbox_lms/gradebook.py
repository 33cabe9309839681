"""The gradebook of a course, and what a learner sees of it.

Reads line items and grades, touches nothing. Serves no specification: it is where the
scores that came through AGS become visible.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from sandbox_lms.ags import plain
from sandbox_lms.people import STAFF, member_of, person_id, sign_in_first
from sandbox_lms.store import every, store

blueprint = Blueprint("gradebook", __name__)


@blueprint.app_template_filter("points")
def points(number: float) -> str:
    """A score with two decimals at most, as gradebooks show it."""
    return str(plain(round(number, 2)))


@blueprint.get("/courses/<course_id>/gradebook")
@sign_in_first
def gradebook(course_id: str) -> ResponseReturnValue:
    with store().reading() as connection:
        member = member_of(connection, course_id, *STAFF)
        columns = every(
            connection, "SELECT * FROM line_item WHERE course_id = ? ORDER BY id", course_id
        )
        learners = every(
            connection,
            "SELECT person.* FROM enrolment JOIN person ON person.id = person_id"
            " WHERE course_id = ? AND role = 'learner' ORDER BY person.id",
            course_id,
        )
        grades = every(
            connection,
            "SELECT grade.* FROM grade JOIN line_item ON line_item.id = line_item_id"
            " WHERE course_id = ?",
            course_id,
        )
    return render_template(
        "gradebook.html",
        member=member,
        columns=columns,
        learners=learners,
        grades={(grade["person_id"], grade["line_item_id"]): grade for grade in grades},
        here="grades",
    )


@blueprint.get("/courses/<course_id>/grades")
@sign_in_first
def my_grades(course_id: str) -> ResponseReturnValue:
    with store().reading() as connection:
        member = member_of(connection, course_id, "learner")
        rows = every(
            connection,
            "SELECT line_item.label, line_item.score_maximum, grade.* FROM line_item"
            " LEFT JOIN grade ON line_item_id = line_item.id AND person_id = ?"
            " WHERE course_id = ? ORDER BY line_item.id",
            person_id(),
            course_id,
        )
    return render_template("my_grades.html", member=member, rows=rows, here="grades")
