"""Statements about what a release says of a learner: criteria and the activity scored.

The learner is the actor, since the fact is about the learner; who assessed stands in the context.
"""

from decimal import Decimal
from typing import Any

import tincan
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.records import building, vocabulary
from lti_tool.records.building import Builder
from lti_tool.records.rows import row
from rubrics.events import ActivityScored, CriterionScored
from rubrics.tables.assessments import ActivityScore, Assessment, CriterionRating
from rubrics.tables.people import Course, Person
from rubrics.tables.rubrics import Criterion, Level

Statement = dict[str, Any]


def criterion_scored(session: Session, build: Builder, event: CriterionScored) -> list[Statement]:
    """One observed criterion of a released assessment."""
    person = row(session, Person, event.person_id)
    assessment = row(session, Assessment, event.assessment_id)
    rating = session.get(CriterionRating, (event.assessment_id, event.criterion_id))
    if person.is_test:
        return []
    if rating is None or rating.level is None:
        raise LookupError("a scored criterion has no level")
    criterion, placement = rating.criterion, assessment.attempt.placement
    names = build.names
    before = assessment.supersedes_id
    competencies = [alignment.competency for alignment in criterion.alignments]
    return [
        build.statement(
            identifier=names.criterion_scored(assessment.id, criterion.id, person.id),
            actor=person,
            verb=vocabulary.SCORED,
            target=building.criterion(names, criterion.identifier, criterion.title),
            at=event.at,
            result=_level_result(criterion, rating.level),
            context=build.context(
                registration=names.registration(person.id, placement.id, assessment.attempt_id),
                parent=[build.activity(building.placed(placement))],
                grouping=[
                    *map(build.competency, competencies),
                    build.course(row(session, Course, placement.course_id)),
                ],
                assessment=assessment,
                refers_to=(
                    names.criterion_scored(before, criterion.id, person.id)
                    if before and _was_scored(session, assessment, criterion)
                    else None
                ),
            ),
        )
    ]


def _was_scored(session: Session, assessment: Assessment, criterion: Criterion) -> bool:
    before = session.get(CriterionRating, (assessment.supersedes_id, criterion.id))
    return before is not None and before.level_id is not None


def _level_result(criterion: Criterion, level: Level) -> tincan.Result:
    points = [each.points for each in criterion.levels]
    lowest, highest = min(points), max(points)
    share = (level.points - lowest) / (highest - lowest) if highest > lowest else Decimal(1)
    scales = [alignment.competency.framework.scale for alignment in criterion.alignments]
    parts: dict[str, Any] = {}
    if scales:
        parts["success"] = all(share * scale.top >= scale.mastery for scale in scales)
    return tincan.Result(
        score=tincan.Score(
            raw=float(level.points),
            min=float(lowest),
            max=float(highest),
            scaled=round(float(share), 6),
        ),
        extensions=building.extensions(
            {
                vocabulary.LEVEL: {
                    "id": level.identifier.urn,
                    "position": level.position,
                    "quality": level.quality,
                }
            }
        ),
        **parts,
    )


def activity_scored(session: Session, build: Builder, event: ActivityScored) -> list[Statement]:
    """The score of an attempt: what the gradebook gets."""
    score = row(session, ActivityScore, event.score_id)
    person = row(session, Person, score.person_id)
    assessment = row(session, Assessment, score.assessment_id)
    if person.is_test or score.points is None or score.share is None:
        return []
    placement = assessment.attempt.placement
    names = build.names
    before = session.scalar(
        select(ActivityScore.id)
        .where(
            ActivityScore.attempt_id == score.attempt_id,
            ActivityScore.person_id == score.person_id,
            ActivityScore.revision < score.revision,
            ActivityScore.points.is_not(None),
        )
        .order_by(ActivityScore.revision.desc())
        .limit(1)
    )
    return [
        build.statement(
            identifier=names.statement("activity-scored", score.id),
            actor=person,
            verb=vocabulary.SCORED,
            target=build.activity(building.placed(placement)),
            at=event.at,
            result=tincan.Result(
                score=tincan.Score(
                    raw=float(score.points),
                    min=0,
                    max=float(score.maximum),
                    scaled=round(float(score.share), 6),
                ),
                completion=True,
                extensions=building.extensions({vocabulary.ARITHMETIC: score.terms}),
            ),
            context=build.context(
                registration=names.registration(person.id, placement.id, score.attempt_id),
                grouping=[build.course(row(session, Course, placement.course_id))],
                assessment=assessment,
                refers_to=names.statement("activity-scored", before) if before else None,
            ),
        )
    ]
