"""Taking an activity over: a copy where the LMS copied the course, and files between schools.

Views only: validate, one query or one action, render.
"""

import re
from io import BytesIO
from uuid import UUID

from flask import abort, render_template, request, send_file
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.access.tables import Purpose
from lti_tool.asking import ask, do, go_to, said
from lti_tool.launch.history import offered
from rubrics.actions.copies import copy_activity, take_over
from rubrics.errors import Refused
from rubrics.formats import activity_file
from rubrics.queries.copies import CopyOffer, activity_content, copy_offers


def offers() -> tuple[tuple[CopyOffer, ...], tuple[CopyOffer, ...]]:
    """What this launch may copy: the link's own activity first, then others of its course."""
    of_link, of_course = ask(offered, here().handle_id)
    return ask(copy_offers, of_link), ask(copy_offers, of_course)


@requires(Permission.CHOOSE)
def use_copy(activity_id: UUID) -> Response:
    """Copy an activity that the LMS said this link or course is a copy of, and go on with it."""
    of_link, of_course = ask(offered, here().handle_id)
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


@requires(Permission.CHOOSE)
def export(activity_id: UUID) -> Response:
    """The activity with its rubric, to be saved."""
    try:
        content = ask(activity_content, activity_id, here().course_id)
    except Refused:
        abort(404)
    name = re.sub(r"[\W_]+", "-", content.title)[:60].strip("-") or "activity"
    return send_file(
        BytesIO(activity_file.write(content)),
        mimetype="application/json",
        as_attachment=True,
        download_name=f"{name}.twofold.json",
        etag=False,
    )


@requires(Permission.CHOOSE)
def from_file() -> str | Response | tuple[str, int]:
    """A form for the file; what it holds becomes an activity of this course."""
    error = ""
    if request.method == "POST":
        file = request.files.get("file")
        if file is None or not file.filename:
            error = gettext("Choose a file first.")
        else:
            try:
                content = activity_file.read(file.stream.read(activity_file.LARGEST + 1))
                taken = do(
                    lambda s: take_over(
                        s, course_id=here().course_id, author_id=here().person_id, content=content
                    )
                )
            except Refused as refusal:
                error = said(refusal)
            else:
                if not taken.left_out:
                    return go_to("instructor.preview", activity_id=taken.activity_id)
                return render_template("instructor/copy_taken.html", taken=taken, content=content)
    page = render_template("instructor/copy_file.html", error=error)
    return (page, 400) if error else page
