"""Assessing one learner: the two panes, the draft that saves itself, and release.

Views only: read the form, one query or one action, render. Rating writes a draft that nobody else
sees; release is a page of its own that says what will happen.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import jsonify, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from foundation import clock
from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.asking import allowed, ask, do, go_to, placement, said
from lti_tool.delivery.states import grade_states
from lti_tool.downloads import attachment, item_of
from lti_tool.instructor import grading_form, groups
from lti_tool.instructor.grading_form import GradingForm
from rubrics.actions import assessments, releases
from rubrics.actions.attempts import current_attempt
from rubrics.actions.done import Done
from rubrics.errors import Refused
from rubrics.queries.classes import assessment_page
from rubrics.queries.shapes import AssessmentPage

KEYS_COOKIE = "__Host-tf-keys"
"""Set by the page's script: "off" where a person switched the shortcuts off."""
STALE = frozenset({"assessment.stale", "assessment.unknown", "assessment.released"})


@requires(Permission.ASSESS)
def assess(person_id: UUID) -> str:
    """The learner's evidence beside the rubric: to be rated, or as it was released."""
    page = _page(person_id)
    if page.draft is not None:
        return _render(page, grading_form.from_assessment(page.draft, is_draft=True))
    if page.released is None or "change" in request.args:
        return _render(page, grading_form.from_assessment(page.released, is_draft=False))
    return _render(page, None)


@requires(Permission.ASSESS)
def save(person_id: UUID) -> str | Response | tuple[str, int]:
    """Save the draft; with "release", go on to the page that asks once more."""
    page = _page(person_id)
    form = grading_form.from_request(request.form, page.rubric)
    try:
        version = _save(page, form)
    except Refused as refusal:
        if refusal.code in STALE:
            newer = _page(person_id)
            stands = grading_form.from_assessment(newer.draft, is_draft=True)
            return _render(newer, replace(form, version=stands.version, stale=True)), 409
        form.errors["comment"] = said(refusal)
        return _render(page, form), 400
    if request.form.get("do") != "release":
        return go_to("instructor.assess", person_id=person_id)
    if not form.check_complete(page.rubric):
        saved = replace(form, version=version, saved_at=clock.now(), incomplete=True)
        return _render(page, saved), 400
    return go_to("instructor.release", person_id=person_id)


@requires(Permission.ASSESS)
def autosave(person_id: UUID) -> Response | tuple[Response, int]:
    """Save the draft in the background: the new version, or why not."""
    page = _page(person_id)
    try:
        version = _save(page, grading_form.from_request(request.form, page.rubric))
    except Refused as refusal:
        return jsonify(code=refusal.code, message=said(refusal)), 409
    return jsonify(version=version)


@requires(Permission.ASSESS)
def release(person_id: UUID) -> str | Response | tuple[str, int]:
    """Say what a release will do, then do it."""
    page = _page(person_id)
    if page.draft is None or page.draft.rated < len(page.draft.criteria):
        return go_to("instructor.assess", person_id=person_id)
    if request.method != "POST":
        return _ask_to_release(page, "")
    seen = (request.form.get("assessment", ""), request.form.get("version", ""))
    draft, assessor_id = page.draft, here().person_id
    changed = gettext("The draft was changed in another window. This is how it is now.")
    if seen != (str(draft.id), str(draft.version)):
        return _ask_to_release(page, changed), 409
    do(
        lambda s: releases.release(
            s, assessment_id=draft.id, assessor_id=assessor_id, expected_version=draft.version
        )
    )
    return go_to("instructor.assess", person_id=person_id)


@requires(Permission.ASSESS)
def download(person_id: UUID, item_id: UUID) -> Response:
    """A file of what the learner handed in."""
    return attachment(item_of(_page(person_id).submission, item_id))


def _ask_to_release(page: AssessmentPage, notice: str) -> str:
    draft = page.draft
    return render_template(
        "instructor/release.html",
        page=page,
        expected=draft and grading_form.expected_points(draft, page.activity.maximum),
        shared=page.score is not None and page.released is None,
        notice=notice,
        may_configure=allowed(Permission.CONFIGURE),
    )


def _page(person_id: UUID) -> AssessmentPage:
    return ask(assessment_page, placement(), person_id, here().person_id, groups.chosen())


def _render(page: AssessmentPage, form: GradingForm | None) -> str:
    return render_template(
        "instructor/assess.html",
        page=page,
        form=form,
        errors=form.errors if form else {},
        grade_state=None if form else ask(grade_states, placement()).get(page.person_id),
        keys_off=request.cookies.get(KEYS_COOKIE) == "off",
        may_configure=allowed(Permission.CONFIGURE),
    )


def _save(page: AssessmentPage, form: GradingForm) -> int:
    """Begin the attempt and the draft at need, and save the form; gives the new version."""
    placement_id, assessor_id = placement(), here().person_id

    def action(session: Any) -> Done[int]:
        attempt = current_attempt(session, placement_id, page.person_id)
        if page.attempt_id not in (None, attempt.id):
            raise Refused(
                "assessment.other_attempt",
                "The learner began another attempt meanwhile. Reload the page.",
            )
        draft = assessments.open_draft(session, attempt_id=attempt.id, assessor_id=assessor_id)
        saved = assessments.save(
            session,
            assessment_id=draft.value,
            assessor_id=assessor_id,
            ratings=form.ratings(),
            comment=form.comment,
            expected_version=form.version,
        )
        return Done(saved.value, (*draft.events, *saved.events))

    return do(action)
