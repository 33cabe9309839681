"""Handing in: the draft that saves itself, files, submit, and the way back to one's own files.

Views only: validate, one action, go on. What was typed is never lost by a refusal.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import jsonify, request
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.asking import ask, do, go_to, placement, said
from lti_tool.downloads import attachment, item_of
from lti_tool.files import FileRef
from lti_tool.learner.activity import EvidenceForm, render, stored_form
from lti_tool.learner.uploads import Upload, accepted
from lti_tool.services import services
from rubrics.actions import attempts, submissions
from rubrics.actions.done import Done
from rubrics.errors import Refused
from rubrics.queries.learning import learner_page


@requires(Permission.SUBMIT)
def hand_in() -> Response | tuple[str, int]:
    """Save text, links and files; then remove a file, or submit, where that was asked for."""
    removed = _identifier(request.form.get("remove", ""))
    submitting = removed is None and request.form.get("do") == "submit"
    try:
        uploads = accepted(request.files.getlist("file"))
        stored = [services().files.put(here().tenant_id, each.content) for each in uploads]
        _work(list(zip(uploads, stored, strict=True)), removed, submitting)
    except Refused as refusal:
        return _again(refusal), 400
    return go_to("learner.activity", done="submitted" if submitting else "saved")


@requires(Permission.SUBMIT)
def autosave() -> Response | tuple[Response, int]:
    """Save text and links in the background; an address that is still being typed waits."""
    try:
        _work([], None, False)
    except Refused as refusal:
        return jsonify(code=refusal.code, message=said(refusal)), 409
    return jsonify(saved=True)


@requires(Permission.SUBMIT)
def try_again() -> Response:
    """Begin one more attempt, where the activity allows it."""
    placement_id, person_id = placement(), here().person_id
    do(lambda s: Done(attempts.next_attempt(s, placement_id, person_id).id))
    return go_to("learner.activity")


@requires(Permission.SEE_ACTIVITY)
def download(item_id: UUID) -> Response:
    """One of the learner's own files, of the draft or as handed in."""
    learner = ask(learner_page, placement(), here().person_id)
    drafts = learner.draft.files if learner.draft else ()
    in_draft = any(item.id == item_id for item in drafts)
    return attachment(item_of(learner.draft if in_draft else learner.submitted, item_id))


def _work(files: Sequence[tuple[Upload, FileRef]], removed: UUID | None, submitting: bool) -> None:
    """All of it in one commit, so that nothing is half handed in."""
    placement_id, person_id = placement(), here().person_id
    text, links = request.form.get("text", ""), request.form.getlist("link")

    def action(session: Any) -> Done[None]:
        attempt = attempts.current_attempt(session, placement_id, person_id).id
        submissions.save_draft(
            session, attempt_id=attempt, person_id=person_id, text=text, links=links
        )
        for upload, ref in files:
            submissions.add_file(
                session,
                attempt_id=attempt,
                person_id=person_id,
                name=upload.name,
                media_type=upload.media_type,
                size=ref.size,
                sha256=ref.sha256,
                storage_key=ref.storage_key,
            )
        if removed is not None:
            submissions.remove_item(
                session, attempt_id=attempt, person_id=person_id, item_id=removed
            )
        if not submitting:
            return Done(None)
        submitted = submissions.submit(session, attempt_id=attempt, person_id=person_id)
        return Done(None, submitted.events)

    do(action)


def _again(refusal: Refused) -> str:
    """The page with what was typed, and the refusal beside its field."""
    learner = ask(learner_page, placement(), here().person_id)
    stored = stored_form(learner)
    form = EvidenceForm(
        text=request.form.get("text", ""),
        links=[link for link in request.form.getlist("link") if link.strip()],
        files=stored.files,
        saved_at=stored.saved_at,
    )
    name = "file" if "file" in refusal.code else "link" if "link" in refusal.code else "text"
    return render(learner, form, {name: said(refusal)}, "")


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
