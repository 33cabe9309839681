"""Writing activities and putting them where learners meet them.

Touches activities, their competency tags and placements; returns ActivityTagged for each
competency that an activity was newly tagged with, and ActivityChanged for what a gradebook shows.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from rubrics.actions.checks import clean_link, clean_text, clean_title, found, locked
from rubrics.actions.done import Done
from rubrics.errors import Refused
from rubrics.events import ActivityChanged, ActivityTagged, Event
from rubrics.queries.activities import has_released
from rubrics.queries.build import AVAILABLE_FROM
from rubrics.scoring.figures import half_up
from rubrics.tables.activities import Activity, ActivityAlignment, Attempt, Placement, Submission
from rubrics.tables.assessments import Assessment
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import Course, Person
from rubrics.tables.rubrics import RubricVersion
from rubrics.words import Method, RubricState

HIGHEST_MAXIMUM = Decimal(1000)
MOST_COMPETENCIES = 50


@dataclass(frozen=True, slots=True)
class ActivityDraft:
    """What an instructor writes of an activity."""

    title: str
    text: str
    method: Method
    rubric_version_id: UUID
    competency_ids: Collection[UUID]
    maximum: Decimal = Decimal(100)
    """Points of the full score: above 0, at most 1000, with at most two decimals."""
    due_at: datetime | None = None
    available_from: datetime | None = None
    """From when on learners are meant to work on it; they may look at it before."""
    address: str | None = None
    """Where the work is, when it stays outside."""


def write_activity(
    session: Session,
    *,
    course_id: UUID,
    author_id: UUID,
    draft: ActivityDraft,
    activity_id: UUID | None = None,
    new_id: UUID | None = None,
    at: datetime | None = None,
) -> Done[UUID]:
    """Create an activity of the course, or edit the one of `activity_id`; gives its id.

    `new_id` is the id of the one to create: where it is there already, the same form was sent
    twice, and the second time edits what the first one made. Refuses what cannot be kept (codes
    "activity.…"), the activity of another course, and another rubric once an assessment was
    released.
    """
    at = at or clock.now()
    found(session, Course, course_id, "course")
    found(session, Person, author_id, "person")
    if activity_id is None and new_id is not None and _is_there(session, new_id):
        activity_id = new_id
    activity = None if activity_id is None else _to_edit(session, activity_id, course_id)
    values = {
        "title": clean_title(draft.title, "activity.title"),
        "text": clean_text(draft.text, "activity.text").strip(),
        "method": Method(draft.method),
        "rubric_version_id": _rubric(session, draft.rubric_version_id, course_id, activity),
        "maximum": _maximum(draft.maximum),
        "due_at": _due(draft.due_at),
        "settings": _settings(draft, activity),
        "address": clean_link(draft.address, "activity.address") if draft.address else None,
    }
    competency_ids = _competencies(session, draft.competency_ids)
    changed = activity is not None and any(
        getattr(activity, name) != values[name] for name in ("title", "maximum", "address")
    )
    if activity is None:
        activity = Activity(
            **({} if new_id is None else {"id": new_id}),
            course_id=course_id,
            created_by_id=author_id,
            **values,
        )
        session.add(activity)
    else:
        for name, value in values.items():
            setattr(activity, name, value)
    session.flush()
    new = _tag(session, activity, competency_ids)
    events: list[Event] = [ActivityTagged(at, activity.id, each, author_id) for each in new]
    if changed:
        events.append(ActivityChanged(at, activity.id))
    return Done(activity.id, tuple(events))


def place_activity(session: Session, *, placement_id: UUID, activity_id: UUID) -> Done[None]:
    """Show the activity at the placement.

    Refuses the activity of another course, and a placement where learners have worked already.
    """
    locked(session, Placement, placement_id)
    placement = found(session, Placement, placement_id, "placement")
    activity = found(session, Activity, activity_id, "activity")
    if activity.course_id != placement.course_id:
        raise Refused(
            "activity.other_course",
            "This activity belongs to another course. Choose one of this course.",
        )
    if placement.activity_id not in (None, activity_id) and _is_worked_on(session, placement_id):
        raise Refused(
            "placement.in_use",
            "Learners have worked on the activity that is here. Add a new link for another one.",
        )
    placement.activity_id = activity_id
    session.flush()
    session.refresh(placement)
    return Done(None)


def _to_edit(session: Session, activity_id: UUID, course_id: UUID) -> Activity:
    locked(session, Activity, activity_id)
    activity = found(session, Activity, activity_id, "activity")
    if activity.course_id != course_id:
        raise Refused(
            "activity.other_course",
            "This activity belongs to another course, and only its instructors can edit it.",
        )
    return activity


def _rubric(session: Session, version_id: UUID, course_id: UUID, activity: Activity | None) -> UUID:
    if activity is not None and activity.rubric_version_id == version_id:
        return version_id
    version = found(session, RubricVersion, version_id, "rubric")
    if version.state is not RubricState.ACTIVE:
        raise Refused(
            "rubric.not_active",
            "This version of the rubric is not in use. Choose an active one.",
        )
    if version.rubric.course_id not in (None, course_id):
        raise Refused(
            "rubric.other_course", "This rubric belongs to another course. Choose another one."
        )
    if not version.criteria:
        raise Refused("rubric.empty", "This rubric has no criteria. Choose another one.")
    if activity is not None and has_released(session, activity.id):
        raise Refused(
            "activity.rubric_in_use",
            "Assessments with the present rubric were released, so it stays. "
            "Write a new activity to use another rubric.",
        )
    return version_id


def _is_worked_on(session: Session, placement_id: UUID) -> bool:
    attempts = select(Attempt.id).where(Attempt.placement_id == placement_id)
    return any(
        session.scalar(select(table.id).where(table.attempt_id.in_(attempts)).limit(1))
        for table in (Submission, Assessment)
    )


def _maximum(maximum: Decimal) -> Decimal:
    if not maximum.is_finite() or not 0 < maximum <= HIGHEST_MAXIMUM or maximum != half_up(maximum):
        raise Refused(
            "activity.maximum",
            "The points of the full score must be above 0 and at most %(highest)d, "
            "with at most two decimals.",
            highest=int(HIGHEST_MAXIMUM),
        )
    return maximum


def _due(due_at: datetime | None) -> datetime | None:
    if due_at is not None and due_at.tzinfo is None:
        raise Refused("activity.due", "The time when the work is due needs a time zone.")
    return due_at


def _settings(draft: ActivityDraft, activity: Activity | None) -> dict[str, Any]:
    """The activity's settings with the draft's window; all others stay."""
    opens, due_at = _due(draft.available_from), draft.due_at
    if opens is not None and due_at is not None and opens >= due_at:
        raise Refused(
            "activity.available",
            "The work is due before the activity opens. Change one of the two times.",
        )
    settings = {} if activity is None else dict(activity.settings)
    settings.pop(AVAILABLE_FROM, None)
    if opens is not None:
        settings[AVAILABLE_FROM] = opens.astimezone(UTC).isoformat()
    return settings


def _is_there(session: Session, activity_id: UUID) -> bool:
    return session.scalar(select(Activity.id).where(Activity.id == activity_id)) is not None


def _competencies(session: Session, ids: Collection[UUID]) -> tuple[UUID, ...]:
    """The ids without repetition, each of an assessable competency of this tenant."""
    wanted = tuple(dict.fromkeys(ids))
    if len(wanted) > MOST_COMPETENCIES:
        raise Refused(
            "activity.competencies",
            "An activity can be tagged with at most %(most)d competencies. Choose fewer.",
            most=MOST_COMPETENCIES,
        )
    known = set(
        session.scalars(
            select(Competency.id).where(Competency.id.in_(wanted), Competency.assessable)
        )
    )
    if known != set(wanted):
        raise Refused(
            "competency.unknown",
            "One of the competencies does not exist here, or only groups others. Choose it again.",
        )
    return wanted


def _tag(session: Session, activity: Activity, wanted: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Make the tags exactly these; gives the new ones."""
    present = {row.competency_id: row for row in activity.alignments}
    for competency_id, row in present.items():
        if competency_id not in wanted:
            session.delete(row)
    new = tuple(each for each in wanted if each not in present)
    session.add_all(ActivityAlignment(activity_id=activity.id, competency_id=each) for each in new)
    session.flush()
    session.refresh(activity, ["alignments", "rubric_version"])
    return new
