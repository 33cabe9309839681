"""The activity as its learners see it, and the page of a learner's skills.

Views only: one query, render. Instructors may look at the activity, without the evidence form.
"""

from dataclasses import dataclass, field
from datetime import datetime

from flask import redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from foundation import clock
from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.asking import address, allowed, ask, placement
from lti_tool.learner.uploads import limits
from rubrics.queries.learning import learner_page
from rubrics.queries.shapes import ItemView, SubmissionView
from rubrics.queries.skill_shapes import LearnerPage
from rubrics.queries.standings import my_skills as all_skills


@dataclass(frozen=True)
class EvidenceForm:
    """The evidence form as typed; files are those that are stored already."""

    text: str = ""
    links: list[str] = field(default_factory=list)
    files: tuple[ItemView, ...] = ()
    saved_at: datetime | None = None


@requires(Permission.SEE_ACTIVITY)
def activity() -> str | Response:
    """What to do, how it is seen, the evidence form; the result once there is one."""
    if here().placement_id is None:
        return redirect(address("start.start"))
    learner = ask(learner_page, placement(), here().person_id)
    if learner.page.activity is None:
        return redirect(address("start.start"))
    return render(learner, stored_form(learner), {}, _notice(request.args.get("done", "")))


@requires(Permission.SEE_MY_SKILLS)
def my_skills() -> str:
    """Hard beside soft: where the learner stands, and why."""
    return render_template("learner/my_skills.html", skills=ask(all_skills, here().person_id))


def stored_form(learner: LearnerPage) -> EvidenceForm:
    """The form of the draft, else of what was handed in last."""
    stored: SubmissionView | None = learner.draft or learner.submitted
    if stored is None:
        return EvidenceForm()
    return EvidenceForm(
        text=stored.text,
        links=[item.text for item in stored.links],
        files=stored.files,
        saved_at=learner.draft.saved_at if learner.draft else None,
    )


def render(learner: LearnerPage, form: EvidenceForm, errors: dict[str, str], notice: str) -> str:
    """The page of the activity."""
    return render_template(
        "learner/activity.html",
        learner=learner,
        form=form,
        errors=errors,
        notice=notice,
        limits=limits(),
        **_window(learner),
        may_submit=allowed(Permission.SUBMIT),
        may_see_skills=allowed(Permission.SEE_MY_SKILLS),
        may_see_class=allowed(Permission.SEE_CLASS),
    )


def _window(learner: LearnerPage) -> dict[str, bool]:
    """Whether the learner is here before the activity opens, or after its work was due."""
    activity, at = learner.page.activity, clock.now()
    opens, due_at = (activity.available_from, activity.due_at) if activity else (None, None)
    return {
        "opens_later": opens is not None and opens > at,
        "is_overdue": due_at is not None and due_at < at and learner.submitted is None,
    }


def _notice(done: str) -> str:
    notices = {
        "submitted": gettext("Handed in. Your instructor can see it now."),
        "saved": gettext("Saved. Only you see it until you submit."),
    }
    return str(notices.get(done, ""))
