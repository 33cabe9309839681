"""Taking an activity over: a copy where the LMS copied the course, and files between schools.

Views only: validate, one query or one action, render.
"""

import re
from io import BytesIO
from uuid import UUID, uuid4, uuid5

from flask import abort, redirect, render_template, request, send_file
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.access.tables import Purpose
from lti_tool.asking import address, allowed, ask, do, go_to, said
from lti_tool.launch.history import offered
from rubrics.actions.copies import copy_activities, copy_activity, take_over
from rubrics.errors import Refused
from rubrics.formats import activity_file
from rubrics.queries.activities import activity_choices
from rubrics.queries.copies import (
    CopyOffer,
    activity_content,
    copy_in,
    copy_offers,
    not_yet_copied,
)


def offers() -> tuple[tuple[CopyOffer, ...], tuple[CopyOffer, ...]]:
    """What this launch may copy: the link's own activity first, then others of its course."""
    of_link, of_course = offered(here().copied_from)
    return ask(copy_offers, of_link), ask(copy_offers, of_course)


@requires(Permission.CHOOSE)
def use_copy(activity_id: UUID) -> Response:
    """Copy an activity that the LMS said this link or course is a copy of, and go on with it."""
    of_link, of_course = offered(here().copied_from)
    if activity_id not in (*of_link, *of_course):
        abort(404)
    adding = here().purpose is Purpose.DEEP_LINKING
    placement_id = None if adding else here().placement_id
    copied = do(
        lambda s: copy_activity(
            s,
            source_id=activity_id,
            course_id=here().course_id,
            author_id=here().person_id,
            placement_id=placement_id,
        )
    )
    if placement_id is None:
        return go_to("instructor.preview", activity_id=copied)
    return go_to("instructor.class_list", done="placed")


def course_offers() -> tuple[CopyOffer, ...]:
    """All that can be copied at once: what this course has no copy of yet."""
    of_link, of_course = offered(here().copied_from)
    if not of_link and not of_course:
        return ()
    return ask(copy_offers, ask(not_yet_copied, here().course_id, [*of_link, *of_course]))


def takes_a_course_over() -> bool:
    """Whether to ask at once: nothing is in this course yet, and there are several to copy."""
    return (
        here().copied_from is not None
        and allowed(Permission.CHOOSE)
        and not ask(activity_choices, here().course_id)
        and len(course_offers()) > 1
    )


@requires(Permission.CHOOSE)
def copy_course() -> str | Response:
    """All activities of the course that this one is a copy of, to be copied at once."""
    waiting = course_offers()
    if request.method != "POST":
        if not waiting:
            return redirect(address("start.start"))
        return render_template("instructor/copy_course.html", offers=waiting)
    ticked = frozenset(request.form.getlist("activity"))
    chosen = [each.activity.id for each in waiting if str(each.activity.id) in ticked]
    do(
        lambda s: copy_activities(
            s, source_ids=chosen, course_id=here().course_id, author_id=here().person_id
        )
    )
    return _after_all(offered(here().copied_from)[0])


def _after_all(of_link: tuple[UUID, ...]) -> Response:
    """On to what this launch came for: its own link shows its copy."""
    placement_id = here().placement_id
    if here().purpose is Purpose.DEEP_LINKING or placement_id is None:
        return go_to("instructor.choose")
    mine = next((each for each in of_link if ask(copy_in, here().course_id, [each])), None)
    if mine is not None:
        do(
            lambda s: copy_activity(
                s,
                source_id=mine,
                course_id=here().course_id,
                author_id=here().person_id,
                placement_id=placement_id,
            )
        )
        return go_to("instructor.class_list", done="placed")
    if here().purpose is Purpose.COURSE_HOME:
        return go_to("instructor.course")
    return go_to("instructor.choose")


@requires(Permission.CHOOSE)
def export(activity_id: UUID) -> Response:
    """The activity with its rubric, to be saved."""
    try:
        content = ask(activity_content, activity_id, here().course_id)
    except Refused:
        abort(404)
    name = re.sub(r"[\W_]+", "-", content.title)[:60].strip("-") or "activity"
    response = send_file(
        BytesIO(activity_file.write(content)),
        mimetype="application/json",
        as_attachment=True,
        download_name=f"{name}.twofold.json",
        etag=False,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@requires(Permission.CHOOSE)
def from_file() -> str | Response | tuple[str, int]:
    """A form for the file; what it holds becomes an activity of this course."""
    error, new = "", request.form.get("new") or uuid4().hex
    if request.method == "POST":
        file = request.files.get("file")
        if file is None or not file.filename:
            error = gettext("Choose a file first.")
        else:
            try:
                content = activity_file.read(file.stream.read(activity_file.LARGEST + 1))
                taken = do(
                    lambda s: take_over(
                        s,
                        course_id=here().course_id,
                        author_id=here().person_id,
                        content=content,
                        new_id=uuid5(here().handle_id, new),
                    )
                )
            except Refused as refusal:
                error = said(refusal)
            else:
                if not taken.left_out:
                    return go_to("instructor.preview", activity_id=taken.activity_id)
                return render_template("instructor/copy_taken.html", taken=taken, content=content)
    page = render_template("instructor/copy_file.html", error=error, new=new)
    return (page, 400) if error else page
