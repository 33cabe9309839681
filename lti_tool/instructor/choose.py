"""Choosing or writing the activity of a link: in deep linking, or where a link has none yet.

Views only: validate, one query or one action, render.
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID, uuid5

from flask import abort, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.access.tables import Purpose
from lti_tool.asking import address, allowed, ask, do, go_to, placement, said
from lti_tool.deep_linking.items import ActivityItem, presentations
from lti_tool.deep_linking.respond import check_kind, respond
from lti_tool.instructor import activity_form, copies
from lti_tool.instructor.activity_form import ActivityForm
from lti_tool.services import services
from rubrics.actions.activities import place_activity, write_activity
from rubrics.errors import Refused
from rubrics.queries.activities import (
    activity_choices,
    activity_page,
    competency_choices,
    has_released,
    rubric_choices,
)
from rubrics.queries.shapes import ActivityChoice
from rubrics.words import Kind


@requires(Permission.CHOOSE)
def choose() -> str | Response:
    """Copies and what the course has already; straight to the empty form where it has neither."""
    check_wish()
    choices = ask(activity_choices, here().course_id)
    link_offers, course_offers = copies.offers()
    if not choices and not link_offers and not course_offers:
        return redirect(address("instructor.write"))
    return render_template(
        "instructor/choose.html",
        choices=choices,
        link_offers=link_offers,
        course_offers=course_offers,
        several=_takes_several() and bool(choices),
        opens=presentations(here().deep_linking or {}),
    )


@requires(Permission.CHOOSE)
def write() -> str | Response | tuple[str, int]:
    """A new activity."""
    check_wish()
    return _form(
        ActivityForm(),
        None,
        heading=gettext("Write an activity"),
        button=gettext("Keep and look at it"),
        back=address("instructor.choose"),
    )


@requires(Permission.CHOOSE)
def revise(activity_id: UUID) -> str | Response | tuple[str, int]:
    """Change an activity before it is added."""
    return _form(
        activity_form.from_activity(_choice(activity_id)),
        activity_id,
        heading=gettext("Change the activity"),
        button=gettext("Keep and look at it"),
        back=address("instructor.preview", activity_id=activity_id),
    )


@requires(Permission.CONFIGURE)
def edit_activity() -> str | Response | tuple[str, int]:
    """Change the activity that is placed here."""
    page = ask(activity_page, placement())
    if page.activity is None:
        return redirect(address("start.start"))
    return _form(
        activity_form.from_activity(_choice(page.activity.id)),
        page.activity.id,
        heading=gettext("Edit the activity"),
        button=gettext("Save"),
        back=address("instructor.class_list"),
        rubric_fixed=ask(has_released, page.activity.id),
    )


@requires(Permission.CHOOSE)
def preview(activity_id: UUID) -> str:
    """What learners will see, and the button that adds it."""
    choice = _choice(activity_id)
    rubrics = ask(rubric_choices, here().course_id)
    return render_template(
        "instructor/preview.html",
        choice=choice,
        seen=next((r for r in rubrics if r.version_id == choice.rubric_version_id), None),
        deep_linking=here().purpose is Purpose.DEEP_LINKING,
        opens=presentations(here().deep_linking or {}),
    )


@requires(Permission.CHOOSE)
def add(activity_id: UUID) -> str | Response:
    """Hand the activity to the LMS, or show it at the link that had none."""
    choice = _choice(activity_id)
    if here().purpose is Purpose.DEEP_LINKING:
        return _answer([choice])
    placement_id = placement()
    do(lambda s: place_activity(s, placement_id=placement_id, activity_id=choice.id))
    return go_to("instructor.class_list", done="placed")


@requires(Permission.CHOOSE)
def add_several() -> str:
    """Hand all that were ticked to the LMS in one answer."""
    if here().purpose is not Purpose.DEEP_LINKING:
        abort(404)
    ticked = frozenset(request.form.getlist("activity"))
    chosen = [each for each in ask(activity_choices, here().course_id) if str(each.id) in ticked]
    if not chosen:
        raise Refused("deep-linking.nothing", "Nothing was chosen. Go back and tick an activity.")
    return _answer(chosen)


@requires(Permission.CHOOSE)
def find_skills() -> str:
    """The skills in which what was typed occurs: a fragment for the form's script."""
    found = ask(competency_choices, request.args.get("find", "")[:200])
    return render_template(
        "instructor/skills.html",
        columns=activity_form.columns(found, (), _titles()),
        chosen=frozenset(),
    )


def check_wish() -> None:
    """Raise Refused where the LMS asked for something that nobody can choose here."""
    asked = here().deep_linking
    if asked is not None and "accept_types" in asked:
        check_kind(asked)


def _takes_several() -> bool:
    return bool((here().deep_linking or {}).get("accept_multiple"))


def _answer(chosen: Sequence[ActivityChoice]) -> str:
    items = [
        ActivityItem(
            activity_id=choice.id,
            title=choice.title,
            text=choice.text,
            maximum=Decimal(choice.maximum),
            # Work that stays elsewhere has no grade to send (delivery/columns.py).
            graded=not choice.address,
            window=request.form.get("opens") == "window",
            available_from=choice.available_from,
            due_at=choice.due_at,
        )
        for choice in chosen
    ]
    returned = respond(services(), here(), items)
    return render_template("deep_linking/return.html", returned=returned)


def _choice(activity_id: UUID) -> ActivityChoice:
    for choice in ask(activity_choices, here().course_id):
        if choice.id == activity_id:
            return choice
    abort(404)


def _form(
    form: ActivityForm,
    activity_id: UUID | None,
    *,
    heading: str,
    button: str,
    back: str,
    rubric_fixed: bool = False,
) -> str | Response | tuple[str, int]:
    """Show the form, search within it, or write the activity and go on."""
    rubrics = ask(rubric_choices, here().course_id)
    if request.method == "POST":
        form = activity_form.from_request(request.form)
        draft = None if request.form.get("do") == "find" else form.draft(rubrics)
        if draft is not None:
            try:
                written = do(
                    lambda s: write_activity(
                        s,
                        course_id=here().course_id,
                        author_id=here().person_id,
                        draft=draft,
                        activity_id=activity_id,
                        new_id=uuid5(here().handle_id, form.new) if form.new else None,
                    )
                )
            except Refused as refusal:
                form.blame(refusal, said(refusal))
            else:
                return _after(written)
    found = ask(competency_choices, form.find[:200])
    page = render_template(
        "instructor/activity_form.html",
        form=form,
        errors=form.errors,
        rubrics=rubrics,
        rubric_fixed=rubric_fixed,
        columns=activity_form.columns(found, form.chosen, _titles()),
        chosen={each.id for each in form.chosen},
        heading=heading,
        button=button,
        back=back,
        activity_id=activity_id,
        editing=request.endpoint == "instructor.edit_activity",
        may_configure=allowed(Permission.CONFIGURE),
    )
    return (page, 400) if form.errors else page


def _after(written: UUID) -> Response:
    if request.endpoint == "instructor.edit_activity":
        return go_to("instructor.class_list", done="edited")
    return go_to("instructor.preview", activity_id=written)


def _titles() -> dict[object, str]:
    return {
        Kind.HARD: gettext("Hard skills"),
        Kind.SOFT: gettext("Soft skills"),
        None: gettext("Other skills"),
    }
