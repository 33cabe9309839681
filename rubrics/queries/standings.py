"""Where a learner stands in competencies, with what it rests on and why; all skills of a learner.

Reads only: assertions, standing evidence values and scales, in a constant number of statements.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, lazyload

from rubrics.actions.checks import found
from rubrics.queries.build import display_name
from rubrics.queries.shapes import CompetencyView
from rubrics.queries.skill_shapes import (
    EvidencePoint,
    MySkills,
    PathPoint,
    PlacedActivity,
    ScaleLevel,
    Standing,
)
from rubrics.scoring.certainty import Certainty
from rubrics.scoring.english import CERTAINTY
from rubrics.tables.activities import Activity, ActivityAlignment, Attempt, Placement
from rubrics.tables.assessments import Assessment, CompetencyAssertion, EvidenceValue
from rubrics.tables.frameworks import Competency, Framework, ProficiencyLevel, ProficiencyScale
from rubrics.tables.people import Course, Enrolment, Person
from rubrics.tables.rubrics import Criterion, CriterionAlignment
from rubrics.words import CourseRole

_COMPETENCIES = (
    select(
        Competency.id,
        Competency.label,
        Competency.full_statement,
        Competency.kind,
        Framework.title.label("framework"),
        Framework.scale_id,
        ProficiencyScale.top,
        ProficiencyScale.mastery,
    )
    .join(Framework, Framework.id == Competency.framework_id)
    .join(ProficiencyScale, ProficiencyScale.id == Framework.scale_id)
    .where(Competency.id.in_(bindparam("ids", expanding=True)))
)
_LEVELS = (
    select(
        ProficiencyLevel.scale_id,
        ProficiencyLevel.label,
        ProficiencyLevel.threshold,
        ProficiencyLevel.description,
    )
    .where(ProficiencyLevel.scale_id.in_(bindparam("scales", expanding=True)))
    .order_by(ProficiencyLevel.threshold)
)


def standings(
    session: Session, person_id: UUID, competency_ids: Collection[UUID]
) -> tuple[Standing, ...]:
    """Where the person stands in each of these competencies: hard and soft, by label."""
    shown_by: dict[UUID, list[PlacedActivity]] = {}
    return _standings(session, person_id, competency_ids, shown_by)


def my_skills(session: Session, person_id: UUID) -> MySkills:
    """All skills in which the person was assessed, or that the person's courses would show."""
    person = found(session, Person, person_id, "person")
    shown_by = _shown_by(session, person_id)
    assessed = session.scalars(
        select(CompetencyAssertion.competency_id)
        .where(CompetencyAssertion.person_id == person_id)
        .distinct()
    )
    return MySkills(
        person_id=person_id,
        name=display_name(person),
        standings=_standings(session, person_id, {*assessed, *shown_by}, shown_by),
    )


def _standings(
    session: Session,
    person_id: UUID,
    competency_ids: Collection[UUID],
    shown_by: dict[UUID, list[PlacedActivity]],
) -> tuple[Standing, ...]:
    assertions: dict[UUID, list[CompetencyAssertion]] = {}
    for assertion in session.scalars(
        select(CompetencyAssertion)
        .options(lazyload(CompetencyAssertion.competency))
        .where(
            CompetencyAssertion.person_id == person_id,
            CompetencyAssertion.competency_id.in_(competency_ids),
        )
        .order_by(CompetencyAssertion.revision)
    ):
        assertions.setdefault(assertion.competency_id, []).append(assertion)
    points = _evidence(session, person_id, competency_ids)
    assessors = _assessors(session, points)
    competencies = session.execute(_COMPETENCIES, {"ids": list(competency_ids)}).all()
    levels = _levels(session, {row.scale_id for row in competencies})
    made = [
        _standing(
            competency,
            levels.get(competency.scale_id, ()),
            assertions.get(competency.id, []),
            [point for _, point in points.get(competency.id, [])],
            len({who for row, _ in points.get(competency.id, []) for who in assessors[row]}),
            shown_by.get(competency.id, []),
        )
        for competency in competencies
    ]
    kinds = {"hard": 0, "soft": 1}
    return tuple(
        sorted(
            made,
            key=lambda each: (
                kinds.get(each.competency.kind or "", 2),
                each.competency.label.casefold(),
                each.competency.id,
            ),
        )
    )


def _levels(session: Session, scale_ids: Collection[UUID]) -> dict[UUID, tuple[ScaleLevel, ...]]:
    """The levels of these scales, rising."""
    found_of: dict[UUID, list[ScaleLevel]] = {}
    for row in session.execute(_LEVELS, {"scales": list(scale_ids)}):
        level = ScaleLevel(label=row.label, threshold=row.threshold, description=row.description)
        found_of.setdefault(row.scale_id, []).append(level)
    return {scale_id: tuple(levels) for scale_id, levels in found_of.items()}


def _standing(
    competency: Any,
    levels: tuple[ScaleLevel, ...],
    assertions: list[CompetencyAssertion],
    evidence: list[EvidencePoint],
    assessors: int,
    shown_by: list[PlacedActivity],
) -> Standing:
    last = assertions[-1] if assertions else None
    estimate = last.estimate if last else None
    above = (level for level in levels if estimate is None or level.threshold > estimate)
    return Standing(
        competency=CompetencyView(
            id=competency.id,
            label=competency.label,
            statement=competency.full_statement,
            kind=competency.kind,
            framework=competency.framework,
        ),
        estimate=estimate,
        top=competency.top,
        level=last.level if last else None,
        at_mastery=last.at_mastery if last else False,
        mastery=competency.mastery,
        probability=last.probability if last else None,
        interval_low=last.interval_low if last else None,
        interval_high=last.interval_high if last else None,
        certainty=CERTAINTY[Certainty(last.certainty)] if last else "",
        sentence=last.inputs.get("sentence", "") if last else "",
        method=last.method if last else "",
        parameter=last.parameter if last else None,
        asserted_at=last.asserted_at if last else None,
        levels=levels,
        next_level=next(above, None),
        evidence=tuple(evidence),
        met=sum(point.value >= competency.mastery for point in evidence),
        assessors=assessors,
        path=tuple(
            PathPoint(estimate=each.estimate, level=each.level, asserted_at=each.asserted_at)
            for each in assertions
        ),
        shown_by=tuple(shown_by),
    )


_Points = dict[UUID, list[tuple[tuple[UUID, ...], EvidencePoint]]]


def _evidence(session: Session, person_id: UUID, competency_ids: Collection[UUID]) -> _Points:
    """By competency: the assessments behind each standing evidence value, and the value."""
    rows = session.execute(
        select(
            EvidenceValue.id,
            EvidenceValue.competency_id,
            EvidenceValue.value,
            EvidenceValue.dated_at,
            EvidenceValue.terms,
            Activity.title,
        )
        .join(Attempt, Attempt.id == EvidenceValue.attempt_id)
        .join(Placement, Placement.id == Attempt.placement_id)
        .outerjoin(Activity, Activity.id == Placement.activity_id)
        .where(
            EvidenceValue.person_id == person_id,
            EvidenceValue.competency_id.in_(competency_ids),
            EvidenceValue.standing,
            EvidenceValue.value.is_not(None),
        )
        .order_by(EvidenceValue.dated_at, EvidenceValue.id)
    )
    points: _Points = {}
    for row_id, competency_id, value, dated_at, terms, title in rows:
        point = EvidencePoint(
            id=row_id, activity_title=title or "", value=value or Decimal(0), dated_at=dated_at
        )
        behind = tuple(UUID(each["assessment_id"]) for each in terms["assessments"])
        points.setdefault(competency_id, []).append((behind, point))
    return points


def _assessors(session: Session, points: _Points) -> dict[tuple[UUID, ...], set[UUID | None]]:
    """For each set of assessments, the people who made them."""
    sets = {behind for each in points.values() for behind, _ in each}
    if not sets:
        return {}
    rows = session.execute(
        select(Assessment.id, Assessment.assessor_id).where(
            Assessment.id.in_({one for behind in sets for one in behind})
        )
    )
    who = {row.id: row.assessor_id for row in rows}
    return {behind: {who.get(one) for one in behind} for behind in sets}


def _shown_by(session: Session, person_id: UUID) -> dict[UUID, list[PlacedActivity]]:
    """By competency: activities placed in the person's courses that are tagged with or rate it."""
    rated = (
        select(Criterion.version_id, CriterionAlignment.competency_id)
        .join(CriterionAlignment, CriterionAlignment.criterion_id == Criterion.id)
        .subquery()
    )
    placed = (
        select(Placement.id, Activity.title, Course.title)
        .join(Activity, Activity.id == Placement.activity_id)
        .join(Course, Course.id == Placement.course_id)
        .join(Enrolment, Enrolment.course_id == Placement.course_id)
        .where(Enrolment.person_id == person_id, Enrolment.role == CourseRole.LEARNER)
    )
    tagged = placed.join(
        ActivityAlignment, ActivityAlignment.activity_id == Activity.id
    ).add_columns(ActivityAlignment.competency_id)
    aligned = placed.join(rated, rated.c.version_id == Activity.rubric_version_id).add_columns(
        rated.c.competency_id
    )
    found_by: dict[UUID, list[PlacedActivity]] = {}
    unique = {*map(tuple, session.execute(tagged)), *map(tuple, session.execute(aligned))}
    for placement_id, title, course, competency_id in sorted(unique, key=lambda row: row[1:3]):
        found_by.setdefault(competency_id, []).append(
            PlacedActivity(placement_id=placement_id, title=title, course_title=course)
        )
    return found_by
