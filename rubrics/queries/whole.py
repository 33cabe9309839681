"""An activity with its rubric as plain columns: what every page of an activity reads first.

Reads only, in a constant number of statements and without rows: loaded as rows, a rubric costs
several times as much as the rest of a learner's page.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
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

_ACTIVITY = (
    select(
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
_COMPETENCY = (
    Competency.id,
    Competency.label,
    Competency.full_statement,
    Competency.kind,
    Framework.title.label("framework"),
)
_ALIGNED = (
    select(CriterionAlignment.criterion_id, CriterionAlignment.weight, *_COMPETENCY)
    .join(Criterion, Criterion.id == CriterionAlignment.criterion_id)
    .join(Competency, Competency.id == CriterionAlignment.competency_id)
    .join(Framework, Framework.id == Competency.framework_id)
    .where(Criterion.version_id == bindparam("version"))
    .order_by(CriterionAlignment.weight.desc(), Competency.label)
)
_TAGGED = (
    select(*_COMPETENCY)
    .join_from(ActivityAlignment, Competency, Competency.id == ActivityAlignment.competency_id)
    .join(Framework, Framework.id == Competency.framework_id)
    .where(ActivityAlignment.activity_id == bindparam("activity"))
)


def activity_whole(session: Session, activity_id: UUID) -> ActivityView | None:
    """The activity with its tags and its rubric; None where this tenant has none of this id."""
    row = session.execute(_ACTIVITY, {"activity": activity_id}).one_or_none()
    if row is None:
        return None
    tagged = session.execute(_TAGGED, {"activity": activity_id})
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
        competencies=sorted_views(map(_competency, tagged)),
        rubric=RubricView(
            version_id=row.rubric_version_id,
            number=row.number,
            state=row.state,
            title=row.rubric_title,
            description=row.rubric_description,
            course_id=row.rubric_course_id,
            criteria=_criteria(session, row.rubric_version_id),
        ),
    )


def _criteria(session: Session, version_id: UUID) -> tuple[CriterionView, ...]:
    alignments: dict[UUID, list[AlignmentView]] = {}
    for each in session.execute(_ALIGNED, {"version": version_id}):
        view = AlignmentView(competency=_competency(each), weight=each.weight)
        alignments.setdefault(each.criterion_id, []).append(view)
    by_criterion: dict[UUID, list[Any]] = {}
    for row in session.execute(_CRITERIA, {"version": version_id}):
        by_criterion.setdefault(row.criterion_id, []).append(row)
    return tuple(
        CriterionView(
            id=criterion_id,
            position=rows[0].criterion_position,
            title=rows[0].title,
            description=rows[0].criterion_description,
            weight=rows[0].weight,
            levels=_levels(rows),
            alignments=tuple(alignments.get(criterion_id, ())),
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
