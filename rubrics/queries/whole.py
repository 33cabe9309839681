"""An activity with its rubric as plain columns: what every page of an activity reads first.

Reads only, in a constant number of statements and without rows: loaded as rows, a rubric costs
several times as much as the rest of a learner's page. The criteria of a version are remembered.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, select, union_all
from sqlalchemy.orm import Session

from rubrics.queries.build import opens_at, sorted_views
from rubrics.queries.shapes import (
    ActivityView,
    AlignmentView,
    CompetencyView,
    CriterionView,
    LevelView,
    RubricView,
)
from rubrics.tables.activities import Activity, ActivityAlignment
from rubrics.tables.frameworks import Competency, Framework
from rubrics.tables.rubrics import Criterion, CriterionAlignment, Level, Rubric, RubricVersion

MOST_VERSIONS = 500
"""Rubric versions whose criteria a process remembers."""

_Criteria = tuple[tuple[CriterionView, tuple[tuple[UUID, Decimal], ...]], ...]
"""Criteria without what they align with, and the ids and weights of that."""

_REMEMBERED: dict[UUID, _Criteria] = {}

ACTIVITY = (
    Activity.course_id,
    Activity.title,
    Activity.text,
    Activity.method,
    Activity.maximum,
    Activity.due_at,
    Activity.address,
    Activity.counting,
    Activity.settings,
    Activity.rubric_version_id,
    RubricVersion.number,
    RubricVersion.state,
    RubricVersion.title.label("rubric_title"),
    RubricVersion.description.label("rubric_description"),
    Rubric.course_id.label("rubric_course_id"),
)
"""What `whole` reads of an activity, its rubric's version and its rubric."""
_ACTIVITY = (
    select(*ACTIVITY)
    .join(RubricVersion, RubricVersion.id == Activity.rubric_version_id)
    .join(Rubric, Rubric.id == RubricVersion.rubric_id)
    .where(Activity.id == bindparam("activity"))
)
_CRITERIA = (
    select(
        Criterion.id.label("criterion_id"),
        Criterion.position.label("criterion_position"),
        Criterion.title,
        Criterion.description.label("criterion_description"),
        Criterion.weight,
        Level.id,
        Level.position,
        Level.points,
        Level.quality,
        Level.description,
        Level.feedback,
    )
    .outerjoin(Level, Level.criterion_id == Criterion.id)
    .where(Criterion.version_id == bindparam("version"))
    .order_by(Criterion.position, Criterion.id, Level.position)
)
_ALIGNED = (
    select(
        CriterionAlignment.criterion_id, CriterionAlignment.competency_id, CriterionAlignment.weight
    )
    .join(Criterion, Criterion.id == CriterionAlignment.criterion_id)
    .where(Criterion.version_id == bindparam("version"))
)
_IS_TAGGED = ActivityAlignment.activity_id == bindparam("activity")
_COMPETENCIES = (
    select(
        Competency.id,
        Competency.label,
        Competency.full_statement,
        Competency.kind,
        Framework.title.label("framework"),
        ActivityAlignment.activity_id.label("tagged"),
    )
    .join(Framework, Framework.id == Competency.framework_id)
    .outerjoin(
        ActivityAlignment, and_(ActivityAlignment.competency_id == Competency.id, _IS_TAGGED)
    )
    .where(
        Competency.id.in_(
            union_all(
                select(ActivityAlignment.competency_id).where(_IS_TAGGED),
                select(CriterionAlignment.competency_id)
                .join(Criterion, Criterion.id == CriterionAlignment.criterion_id)
                .where(Criterion.version_id == bindparam("version")),
            )
        )
    )
)
"""The activity's tags and what its rubric is evidence of."""


def activity_whole(session: Session, activity_id: UUID) -> ActivityView | None:
    """The activity with its tags and its rubric; None where this tenant has none of this id."""
    row = session.execute(_ACTIVITY, {"activity": activity_id}).one_or_none()
    return None if row is None else whole(session, activity_id, row)


def whole(session: Session, activity_id: UUID, row: Any) -> ActivityView:
    """The activity of a row that has the columns ACTIVITY, which this tenant's session read."""
    version_id = row.rubric_version_id
    asked = {"activity": activity_id, "version": version_id}
    competencies, tagged = {}, []
    for each in session.execute(_COMPETENCIES, asked):
        view = competencies[each.id] = _competency(each)
        if each.tagged is not None:
            tagged.append(view)
    return ActivityView(
        id=activity_id,
        course_id=row.course_id,
        title=row.title,
        text=row.text,
        method=row.method,
        maximum=row.maximum,
        due_at=row.due_at,
        available_from=opens_at(row.settings),
        address=row.address,
        counting=row.counting,
        competencies=sorted_views(tagged),
        rubric=RubricView(
            version_id=version_id,
            number=row.number,
            state=row.state,
            title=row.rubric_title,
            description=row.rubric_description,
            course_id=row.rubric_course_id,
            criteria=tuple(
                _aligned(criterion, alignments, competencies)
                for criterion, alignments in _criteria(session, version_id)
            ),
        ),
    )


def _aligned(
    bare: CriterionView,
    alignments: tuple[tuple[UUID, Decimal], ...],
    competencies: dict[UUID, CompetencyView],
) -> CriterionView:
    made = (AlignmentView(competency=competencies[one], weight=each) for one, each in alignments)
    return CriterionView(
        id=bare.id,
        position=bare.position,
        title=bare.title,
        description=bare.description,
        weight=bare.weight,
        levels=bare.levels,
        alignments=tuple(sorted(made, key=lambda each: (-each.weight, each.competency.label))),
    )


def _criteria(session: Session, version_id: UUID) -> _Criteria:
    """Read once a process: a version is never changed (rubrics/tables/rubrics.py).

    Whoever asks has found the version in this tenant. What it aligns with is read each time.
    """
    known = _REMEMBERED.get(version_id)
    if known is not None:
        return known
    found = _read_criteria(session, version_id)
    # A writing session may be about to make the version.
    if session.info.get("read_only"):
        while len(_REMEMBERED) >= MOST_VERSIONS:
            _REMEMBERED.pop(next(iter(_REMEMBERED), version_id), None)
        _REMEMBERED[version_id] = found
    return found


def _read_criteria(session: Session, version_id: UUID) -> _Criteria:
    alignments: dict[UUID, list[tuple[UUID, Decimal]]] = {}
    for criterion_id, competency_id, weight in session.execute(_ALIGNED, {"version": version_id}):
        alignments.setdefault(criterion_id, []).append((competency_id, weight))
    by_criterion: dict[UUID, list[Any]] = {}
    for row in session.execute(_CRITERIA, {"version": version_id}):
        by_criterion.setdefault(row.criterion_id, []).append(row)
    return tuple(
        (
            CriterionView(
                id=criterion_id,
                position=rows[0].criterion_position,
                title=rows[0].title,
                description=rows[0].criterion_description,
                weight=rows[0].weight,
                levels=_levels(rows),
                alignments=(),
            ),
            tuple(alignments.get(criterion_id, ())),
        )
        for criterion_id, rows in by_criterion.items()
    )


def _levels(rows: Iterable[Any]) -> tuple[LevelView, ...]:
    return tuple(
        LevelView(
            id=row.id,
            position=row.position,
            points=row.points,
            quality=row.quality,
            description=row.description,
            feedback=row.feedback,
        )
        for row in rows
        if row.id is not None
    )


def _competency(row: Any) -> CompetencyView:
    return CompetencyView(
        id=row.id,
        label=row.label,
        statement=row.full_statement,
        kind=row.kind,
        framework=row.framework,
    )
