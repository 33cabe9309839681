"""The pages that people see: signing in, courses, activities, adding, roster, settings, refusals.

Touches the session, and adds plain links. Serves no specification; every flow is plain
links and forms, so that a script can walk it as a browser does.
"""

import sqlite3
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from sandbox_lms.deep_linking import add_line_item, add_link
from sandbox_lms.people import STAFF, member_of, person_id, sign_in_first
from sandbox_lms.services import amount
from sandbox_lms.store import deployed_tool, every, one, store

ROLE_NAMES = {
    "instructor": "Instructor",
    "assistant": "Teaching assistant",
    "learner": "Learner",
    "mentor": "Mentor",
}
_REFUSALS_SHOWN = 200

blueprint = Blueprint("pages", __name__)


@blueprint.app_template_filter("when")
def when(seconds: float) -> str:
    """Seconds since 1970 as people read a time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %b %Y, %H:%M UTC")


@blueprint.app_template_filter("exactly")
def exactly(seconds: float) -> str:
    """The same to the second, to find it in a log."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %b %Y, %H:%M:%S UTC")


@blueprint.app_context_processor
def _everywhere() -> dict[str, object]:
    with store().reading() as connection:
        me = one(connection, "SELECT * FROM person WHERE id = ?", person_id())
    return {"me": me, "role_names": ROLE_NAMES, "staff": STAFF}


@blueprint.before_app_request
def _own_forms_only() -> None:
    """A form of this site that another site posts is refused; SameSite=Lax is the first guard."""
    origin = request.headers.get("Origin")
    ours = request.blueprint == blueprint.name and request.method == "POST"
    if ours and origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)


@blueprint.get("/")
def who() -> ResponseReturnValue:
    with store().reading() as connection:
        people = every(
            connection,
            "SELECT person.*, min(role) AS role, group_concat(title, ', ') AS courses FROM person"
            " JOIN enrolment ON person_id = person.id JOIN course ON course.id = course_id"
            " GROUP BY person.id ORDER BY person.id",
        )
    groups = [(role, [p for p in people if p["role"] == role]) for role in ROLE_NAMES]
    return render_template("who.html", groups=groups, next=_own_path(request.args.get("next")))


@blueprint.post("/login")
def login() -> ResponseReturnValue:
    with store().reading() as connection:
        person = one(
            connection, "SELECT id FROM person WHERE id = ?", request.form.get("person", "")
        )
    if person is None:
        abort(404)
    session.clear()
    session["person"] = person["id"]
    return redirect(_own_path(request.form.get("next")) or url_for("pages.courses"), 303)


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    session.clear()
    return redirect(url_for("pages.who"), 303)


def _own_path(path: str | None) -> str:
    """The path if it lies on this site, else nothing: never a redirect to elsewhere."""
    if path and path.startswith("/") and not path.startswith(("//", "/\\")):
        return path
    return ""


@blueprint.get("/courses")
@sign_in_first
def courses() -> ResponseReturnValue:
    with store().reading() as connection:
        rows = every(
            connection,
            "SELECT course.*, role FROM course JOIN enrolment ON course_id = course.id"
            " WHERE person_id = ? ORDER BY title",
            person_id(),
        )
    return render_template("courses.html", courses=rows)


@blueprint.get("/courses/<course_id>")
@sign_in_first
def course(course_id: str) -> ResponseReturnValue:
    with store().reading() as connection:
        member = member_of(connection, course_id)
        sections = every(
            connection, "SELECT * FROM section WHERE course_id = ? ORDER BY position", course_id
        )
        links = every(
            connection,
            "SELECT link.*, tool.name AS tool, label, score_maximum FROM link"
            " JOIN deployment USING (type_id) JOIN tool USING (client_id)"
            " LEFT JOIN line_item ON link_id = link.id"
            " WHERE link.course_id = ? AND section_id IS NOT NULL"
            " GROUP BY link.id ORDER BY link.created, link.rowid",
            course_id,
        )
        added = one(
            connection,
            "SELECT notice FROM deep_linking_request WHERE id = ? AND course_id = ?"
            " AND person_id = ?",
            request.args.get("added", ""),
            course_id,
            person_id(),
        )
    return render_template(
        "course.html",
        member=member,
        sections=[(s, [link for link in links if link["section_id"] == s["id"]]) for s in sections],
        notice=added["notice"] if added else "",
        here="course",
    )


@blueprint.get("/courses/<course_id>/activities/<link_id>")
@sign_in_first
def activity(course_id: str, link_id: str) -> ResponseReturnValue:
    with store().reading() as connection:
        member = member_of(connection, course_id)
        link = one(
            connection, "SELECT * FROM link WHERE id = ? AND course_id = ?", link_id, course_id
        )
    if link is None:
        abort(404)
    return render_template("activity.html", member=member, link=link, here="course")


@blueprint.get("/courses/<course_id>/skills")
@sign_in_first
def skills(course_id: str) -> ResponseReturnValue:
    """The course-home placement of each tool of the course: a link without a grade."""
    with store().reading() as connection:
        member = member_of(connection, course_id)
        links = every(
            connection,
            "SELECT * FROM link WHERE course_id = ? AND section_id IS NULL ORDER BY type_id",
            course_id,
        )
    wanted = request.args.get("link", links[0]["id"] if links else "")
    chosen = next((link for link in links if link["id"] == wanted), None)
    if chosen is None:
        abort(404)
    return render_template("activity.html", member=member, link=chosen, here="skills")


@blueprint.get("/courses/<course_id>/add")
@sign_in_first
def add(course_id: str) -> ResponseReturnValue:
    """The page whose frame shows the tool's own chooser (deep linking)."""
    with store().reading() as connection:
        member = member_of(connection, course_id, *STAFF)
        tools, sections = _choices(connection, course_id)
    type_id = request.args.get("tool", tools[0]["type_id"] if tools else 0, type=int)
    section_id = request.args.get("section", sections[0]["id"], type=int)
    if type_id not in [tool["type_id"] for tool in tools] or section_id not in [
        section["id"] for section in sections
    ]:
        abort(404)
    return render_template(
        "add.html",
        member=member,
        tools=tools,
        sections=sections,
        type_id=type_id,
        section_id=section_id,
        here="course",
    )


@blueprint.route("/courses/<course_id>/add-link", methods=["GET", "POST"])
@sign_in_first
def add_plain_link(course_id: str) -> ResponseReturnValue:
    """A link that the tool knows nothing of yet, as administrators' preset links are."""
    with store().reading() as connection:
        member = member_of(connection, course_id, *STAFF)
        tools, sections = _choices(connection, course_id)
    problem = ""
    if request.method == "POST":
        problem = _keep_plain_link(course_id, tools, sections)
        if not problem:
            return redirect(url_for("pages.course", course_id=course_id), 303)
    return render_template(
        "add_link.html",
        member=member,
        tools=tools,
        sections=sections,
        problem=problem,
        here="course",
    ), (400 if problem else 200)


def _choices(
    connection: sqlite3.Connection, course_id: str
) -> tuple[list[sqlite3.Row], list[sqlite3.Row]]:
    tools = every(
        connection,
        "SELECT type_id, tool.name, deployment_id FROM course_deployment"
        " JOIN deployment USING (type_id) JOIN tool USING (client_id)"
        " WHERE course_id = ? ORDER BY type_id",
        course_id,
    )
    sections = every(
        connection, "SELECT * FROM section WHERE course_id = ? ORDER BY position", course_id
    )
    return tools, sections


def _keep_plain_link(course_id: str, tools: list[sqlite3.Row], sections: list[sqlite3.Row]) -> str:
    """Add what the form says; returns what is wrong with it, or nothing."""
    form = request.form
    title, points = form.get("title", "").strip(), form.get("points", "").strip()
    if not title or len(title) > 200:
        return "Give the link a title of at most 200 letters."
    try:
        maximum = amount(float(points)) if points else None
    except ValueError:
        maximum = None
    if points and (maximum is None or maximum <= 0):
        return "Points must be a number above 0, or empty for a link without a grade."
    type_id, section_id = form.get("tool", 0, type=int), form.get("section", 0, type=int)
    if type_id not in [tool["type_id"] for tool in tools] or section_id not in [
        section["id"] for section in sections
    ]:
        return "Choose a tool and a section of this course."
    with store().writing() as connection:
        item = {
            "title": title,
            "text": "",
            "url": deployed_tool(connection, type_id)["launch_url"],
            "custom": {},
            "dates": {},
            "document_target": "window" if form.get("open") == "window" else "iframe",
        }
        link_id = add_link(connection, course_id, type_id, section_id, item)
        if maximum is not None:
            column = {"label": title, "scoreMaximum": maximum}
            add_line_item(connection, course_id, type_id, link_id, column)
    return ""


@blueprint.get("/courses/<course_id>/people")
@sign_in_first
def roster(course_id: str) -> ResponseReturnValue:
    with store().reading() as connection:
        member = member_of(connection, course_id)
        people = every(
            connection,
            "SELECT person.*, role FROM enrolment JOIN person ON person.id = person_id"
            " WHERE course_id = ? ORDER BY person.id",
            course_id,
        )
    order = list(ROLE_NAMES)
    people.sort(key=lambda row: order.index(row["role"]))
    return render_template("people.html", member=member, people=people, here="people")


@blueprint.get("/tool-settings")
def tool_settings() -> ResponseReturnValue:
    with store().reading() as connection:
        tools = every(
            connection,
            "SELECT tool.*, deployment_id, group_concat(uri, ' ') AS redirect_uris FROM tool"
            " JOIN deployment USING (client_id) JOIN redirect_uri USING (client_id)"
            " GROUP BY type_id ORDER BY type_id",
        )
    return render_template(
        "tool_settings.html", tools=tools, lms=current_app.config["SANDBOX"], here="settings"
    )


@blueprint.get("/refused")
def refused() -> ResponseReturnValue:
    with store().reading() as connection:
        rows = every(
            connection, "SELECT * FROM refusal ORDER BY number DESC LIMIT ?", _REFUSALS_SHOWN
        )
    return render_template("refused.html", entries=rows, here="refused")
