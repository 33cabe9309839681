"""Who is at the browser, and what they are in a course.

Touches the session cookie (SameSite=Lax, first party) and reads enrolments. Serves no
specification; the authorisation endpoint relies on it.
"""

import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from sandbox_lms.store import every, one

P = ParamSpec("P")
STAFF = ("instructor", "assistant")


def person_id() -> str:
    """The id of the person who is signed in; empty where nobody is."""
    return str(session.get("person", ""))


def sign_in_first(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Sends a browser in which nobody is signed in to the page where one picks a person."""

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not person_id():
            return redirect(url_for("pages.who", next=request.full_path.rstrip("?")))
        return view(*args, **kwargs)

    return wrapped


def enrolment(connection: sqlite3.Connection, course_id: str) -> sqlite3.Row | None:
    """The enrolment of the person who is signed in, with the person's and the course's names."""
    return one(
        connection,
        "SELECT enrolment.*, person.name, course.title, course.label, course.summary"
        " FROM enrolment JOIN person ON person.id = person_id"
        " JOIN course ON course.id = course_id WHERE course_id = ? AND person_id = ?",
        course_id,
        person_id(),
    )


def sections_of(
    connection: sqlite3.Connection, course_id: str, person_id: str
) -> list[sqlite3.Row]:
    """The sections of the class that somebody is in, in the order of their ids."""
    return every(
        connection,
        "SELECT class_section.* FROM class_section JOIN class_section_member"
        " ON section_id = class_section.id WHERE course_id = ? AND person_id = ?"
        " ORDER BY class_section.id",
        course_id,
        person_id,
    )


def groups_of(connection: sqlite3.Connection, course_id: str, person_id: str) -> list[sqlite3.Row]:
    """The groups of the course that somebody is in."""
    return every(
        connection,
        "SELECT class_group.* FROM class_group JOIN group_set ON group_set.id = set_id"
        " JOIN class_group_member ON group_id = class_group.id"
        " WHERE course_id = ? AND person_id = ? ORDER BY class_group.id",
        course_id,
        person_id,
    )


def member_of(connection: sqlite3.Connection, course_id: str, *roles: str) -> sqlite3.Row:
    """The enrolment; 404 for who is not in the course, 403 for who has none of the roles."""
    row = enrolment(connection, course_id)
    if row is None:
        abort(404)
    if roles and row["role"] not in roles:
        abort(403)
    return row
