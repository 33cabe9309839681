"""From rows to the frozen values that pages read.

Touches rows that were loaded already; only `rubric_of` may send a statement, for a draft that has
not followed its activity's rubric yet.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session, lazyload, selectinload

from rubrics.queries.shapes import (
    ActivityView,
    AlignmentView,
    AssessmentView,
    CompetencyView,
    CriterionView,
    ItemView,
    LevelView,
    RatedCriterion,
    RubricView,
    ScoreView,
    SubmissionView,
)
from rubrics.tables.activities import Activity, Submission
from rubrics.tables.assessments import ActivityScore, Assessment, CriterionRating
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import Person
from rubrics.tables.rubrics import Criterion, RubricVersion
from rubrics.words import Kind

RATINGS_ALONE = (
    lazyload(Assessment.attempt),
    lazyload(Assessment.rubric_version),
    selectinload(Assessment.ratings).lazyload(CriterionRating.criterion),
    selectinload(Assessment.ratings).lazyload(CriterionRating.level),
)
"""Load assessments with their ratings and nothing else: the rubric is known from the activity."""

_KINDS = (Kind.HARD, Kind.SOFT, None)


def display_name(person: Person) -> str:
    """What a page calls the person; the provider's own id where it gave no name."""
    parts = " ".join(part for part in (person.given_name, person.family_name) if part)
    return person.name or parts or person.subject


def class_order(person: Person) -> tuple[str, str, UUID]:
    """The key that sorts a class: family name, then given name, Álvarez among the As."""
    name = display_name(person)
    return (
        _without_accents(person.family_name or name),
        _without_accents(person.given_name or name),
        person.id,
    )


def _without_accents(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def competency_view(row: Competency) -> CompetencyView:
    """One competency."""
    return CompetencyView(
        id=row.id,
        label=row.label,
        statement=row.full_statement,
        kind=row.kind,
        framework=row.framework.title,
    )


def competency_views(rows: Iterable[Competency]) -> tuple[CompetencyView, ...]:
    """Each competency once: hard, soft, then the others, by label."""
    return sorted_views(map(competency_view, rows))


def sorted_views(views: Iterable[CompetencyView]) -> tuple[CompetencyView, ...]:
    """Each competency once: hard, soft, then the others, by label."""
    unique = {view.id: view for view in views}
    return tuple(
        sorted(
            unique.values(),
            key=lambda view: (_KINDS.index(view.kind), view.label.casefold(), view.id),
        )
    )


def rubric_view(row: RubricVersion) -> RubricView:
    """A rubric version with its criteria, their levels and alignments."""
    return RubricView(
        version_id=row.id,
        number=row.number,
        state=row.state,
        title=row.title,
        description=row.description,
        course_id=row.rubric.course_id,
        criteria=tuple(_criterion_view(each) for each in row.criteria),
    )


AVAILABLE_FROM = "available_from"
"""In an activity's settings: an ISO 8601 time in UTC."""


def available_from(row: Activity) -> datetime | None:
    """When learners are meant to begin."""
    return opens_at(row.settings)


def opens_at(settings: Mapping[str, Any]) -> datetime | None:
    """When learners are meant to begin, by an activity's settings."""
    said = settings.get(AVAILABLE_FROM)
    return None if said is None else datetime.fromisoformat(said)


def is_late(submitted_at: datetime | None, due_at: datetime | None) -> bool:
    """True where it was handed in after it was due."""
    return submitted_at is not None and due_at is not None and submitted_at > due_at


def submission_view(row: Submission, due_at: datetime | None) -> SubmissionView:
    """A draft or what was handed in, with its items."""
    return SubmissionView(
        id=row.id,
        attempt_id=row.attempt_id,
        number=row.number,
        saved_at=row.saved_at,
        submitted_at=row.submitted_at,
        late=is_late(row.submitted_at, due_at),
        items=tuple(
            ItemView(
                id=item.id,
                type=item.type,
                text=item.text,
                media_type=item.media_type,
                size=item.size,
                storage_key=item.storage_key,
            )
            for item in row.items
        ),
    )


def rubric_of(session: Session, row: Assessment, activity: ActivityView) -> RubricView:
    """The rubric version of an assessment: as a rule the one that its activity has."""
    if row.rubric_version_id == activity.rubric.version_id:
        return activity.rubric
    return rubric_view(session.get_one(RubricVersion, row.rubric_version_id))


def assessment_view(row: Assessment, rubric: RubricView) -> AssessmentView:
    """A revision with every criterion of `rubric`, which must be of its rubric version."""
    ratings = {rating.criterion_id: rating for rating in row.ratings}
    criteria = []
    for criterion in rubric.criteria:
        rating = ratings.get(criterion.id)
        criteria.append(
            RatedCriterion(
                criterion=criterion,
                level=criterion.level(rating.level_id) if rating else None,
                not_observed=rating.not_observed if rating else False,
                comment=rating.comment if rating else "",
            )
        )
    return AssessmentView(
        id=row.id,
        attempt_id=row.attempt_id,
        role=row.role,
        revision=row.revision,
        state=row.state,
        version=row.version,
        saved_at=row.saved_at,
        released_at=row.released_at,
        comment=row.comment,
        criteria=tuple(criteria),
    )


def score_view(row: ActivityScore) -> ScoreView:
    """A score with its line of arithmetic."""
    return ScoreView(
        id=row.id,
        attempt_id=row.attempt_id,
        revision=row.revision,
        share=row.share,
        points=row.points,
        maximum=row.maximum,
        line=row.terms.get("line", ""),
        released_at=row.released_at,
    )


def _criterion_view(row: Criterion) -> CriterionView:
    return CriterionView(
        id=row.id,
        position=row.position,
        title=row.title,
        description=row.description,
        weight=row.weight,
        levels=tuple(
            LevelView(
                id=level.id,
                position=level.position,
                points=level.points,
                quality=level.quality,
                description=level.description,
                feedback=level.feedback,
            )
            for level in row.levels
        ),
        alignments=tuple(
            AlignmentView(competency=competency_view(each.competency), weight=each.weight)
            for each in sorted(row.alignments, key=lambda a: (-a.weight, a.competency.label))
        ),
    )
