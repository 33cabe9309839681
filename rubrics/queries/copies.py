"""Activities as something to take over: offers to an instructor, and the content without a course.

Reads only. Whether somebody may take an activity of another course is not decided here: the ids
come from what the LMS signed, or from the course's own list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from rubrics.actions.checks import found
from rubrics.errors import Refused
from rubrics.formats.activity_file import (
    WEIGHTS,
    ActivityContent,
    CriterionContent,
    LevelContent,
    RubricContent,
    SkillContent,
)
from rubrics.queries.shapes import ActivityView
from rubrics.queries.whole import activity_whole
from rubrics.tables.activities import Activity
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import Course
from rubrics.tables.rubrics import Criterion, RubricVersion

COPIED_FROM = "copied_from"
"""In an activity's settings: ids of the activities that it is a copy of, the nearest first."""


@dataclass(frozen=True, slots=True)
class CopyOffer:
    """An activity of another course of this tenant, to be copied."""

    activity: ActivityView
    course_title: str


def copy_offers(session: Session, activity_ids: Sequence[UUID]) -> tuple[CopyOffer, ...]:
    """These activities in this order, as far as they still exist."""
    rows = session.execute(
        select(Activity.id, Course.title)
        .join(Course, Course.id == Activity.course_id)
        .where(Activity.id.in_(activity_ids))
    )
    titles = {row.id: row.title for row in rows}
    return tuple(
        CopyOffer(view, titles[each])
        for each in activity_ids
        if each in titles and (view := activity_whole(session, each)) is not None
    )


def copy_in(session: Session, course_id: UUID, source_ids: Sequence[UUID]) -> UUID | None:
    """The course's oldest copy of the first of these activities that it has a copy of."""
    rows = session.execute(
        select(Activity.id, Activity.settings)
        .where(Activity.course_id == course_id)
        .order_by(Activity.created_at, Activity.id)
    )
    copies: dict[str, UUID] = {}
    for activity_id, settings in rows:
        for source in settings.get(COPIED_FROM, ())[:1]:
            copies.setdefault(source, activity_id)
    return next((copies[str(each)] for each in source_ids if str(each) in copies), None)


def not_yet_copied(
    session: Session, course_id: UUID, source_ids: Sequence[UUID]
) -> tuple[UUID, ...]:
    """Those that the course has no copy of, without the originals of what is copied or listed."""
    rows = session.scalars(
        select(Activity).where(or_(Activity.course_id == course_id, Activity.id.in_(source_ids)))
    )
    known = {row.id: ancestors(row) for row in rows}
    originals = {each for chain in known.values() for each in chain}
    return tuple(
        each for each in dict.fromkeys(source_ids) if each in known and each not in originals
    )


def activity_content(session: Session, activity_id: UUID, course_id: UUID) -> ActivityContent:
    """An activity of the course with its rubric, whole. Refuses that of another course."""
    row = found(session, Activity, activity_id, "activity")
    if row.course_id != course_id:
        raise Refused(
            "activity.other_course",
            "This activity belongs to another course. Choose one of this course.",
        )
    rubric = rubric_content(row.rubric_version)
    tags = [each.competency for each in row.alignments]
    named = {each.identifier: each for each in tags}
    for criterion in row.rubric_version.criteria:
        named |= {each.competency.identifier: each.competency for each in criterion.alignments}
    weights = row.settings.get("assessor_weights", {})
    return ActivityContent(
        title=row.title,
        text=row.text,
        method=row.method,
        maximum=row.maximum,
        address=row.address,
        counting=row.counting,
        skills=tuple(sorted({each.identifier for each in tags})),
        rubric=rubric,
        items=tuple(_skill(named[identifier]) for identifier in sorted(named)),
        attempts=int(row.settings.get("attempts", 1)),
        weights={name: Decimal(str(weights[name])) for name in WEIGHTS if name in weights},
    )


def rubric_content(version: RubricVersion) -> RubricContent:
    """A version of a rubric without its place in this tenant."""
    return RubricContent(
        identifier=version.rubric.identifier,
        title=version.title,
        description=version.description,
        criteria=tuple(_criterion(each) for each in version.criteria),
    )


def ancestors(activity: Activity) -> tuple[UUID, ...]:
    """The activities that this one is a copy of, the nearest first."""
    return tuple(UUID(each) for each in activity.settings.get(COPIED_FROM, ()))


def _criterion(row: Criterion) -> CriterionContent:
    return CriterionContent(
        identifier=row.identifier,
        title=row.title,
        description=row.description,
        weight=row.weight,
        levels=tuple(
            LevelContent(
                identifier=level.identifier,
                points=level.points,
                quality=level.quality,
                description=level.description,
                feedback=level.feedback,
            )
            for level in row.levels
        ),
        alignments=tuple(
            sorted((each.competency.identifier, each.weight) for each in row.alignments)
        ),
    )


def _skill(row: Competency) -> SkillContent:
    return SkillContent(row.identifier, row.uri, row.label, row.full_statement)
