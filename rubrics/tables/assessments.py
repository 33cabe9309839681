"""Assessments and what a release derives from them: scores, evidence values, assertions.

Only released revisions exist for learners, records, gradebooks and mastery. Derived rows are only
ever added; the newest one that is not withdrawn stands.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foundation.db import TenantOwned
from rubrics.tables.activities import Attempt
from rubrics.tables.base import Base, Dated, Identified, words
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import Person
from rubrics.tables.rubrics import Criterion, Level, RubricVersion
from rubrics.words import AssessmentState, AssessorRole


class Assessment(Identified, Dated, TenantOwned, Base):
    """One revision of one assessor's view of one attempt, on one rubric version."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("attempt_id", "assessor_id", "role", "revision"),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    assessor_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    rubric_version_id: Mapped[UUID] = mapped_column(ForeignKey("rubric_version.id"))
    supersedes_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("assessment.id", ondelete="SET NULL")
    )
    role: Mapped[AssessorRole] = mapped_column(words(AssessorRole))
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[AssessmentState] = mapped_column(
        words(AssessmentState), default=AssessmentState.DRAFT
    )
    comment: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    """Counts the saves of a draft, so that two tabs cannot overwrite each other unseen."""
    released_at: Mapped[datetime | None]
    attempt: Mapped[Attempt] = relationship(lazy="joined")
    assessor: Mapped[Person | None] = relationship()
    rubric_version: Mapped[RubricVersion] = relationship(lazy="joined")
    ratings: Mapped[list["CriterionRating"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan"
    )


class CriterionRating(TenantOwned, Base):
    """A level of a criterion, or "not observed", with its comment."""

    __tablename__ = "criterion_rating"
    __table_args__ = (
        CheckConstraint("NOT (not_observed AND level_id IS NOT NULL)", name="one_answer"),
    )

    assessment_id: Mapped[UUID] = mapped_column(
        ForeignKey("assessment.id", ondelete="CASCADE"), primary_key=True
    )
    criterion_id: Mapped[UUID] = mapped_column(ForeignKey("criterion.id"), primary_key=True)
    level_id: Mapped[UUID | None] = mapped_column(ForeignKey("level.id"))
    not_observed: Mapped[bool] = mapped_column(default=False)
    """Said in so many words. Neither this nor a level: not rated yet."""
    comment: Mapped[str] = mapped_column(Text, default="")
    criterion: Mapped[Criterion] = relationship(lazy="joined")
    level: Mapped[Level | None] = relationship(lazy="joined")


class ActivityScore(Identified, TenantOwned, Base):
    """The score of an attempt after one release, with the terms it is made of."""

    __tablename__ = "activity_score"
    __table_args__ = (UniqueConstraint("attempt_id", "person_id", "revision"),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    assessment_id: Mapped[UUID] = mapped_column(
        ForeignKey("assessment.id", ondelete="CASCADE"), index=True
    )
    revision: Mapped[int]
    share: Mapped[Decimal | None] = mapped_column(Numeric(9, 8))
    """S, between 0 and 1; None where nothing was observed."""
    points: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    maximum: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    terms: Mapped[dict[str, Any]]
    released_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class EvidenceValue(Identified, TenantOwned, Base):
    """What one attempt says about one competency of one person, over criteria and assessors."""

    __tablename__ = "evidence_value"
    __table_args__ = (
        UniqueConstraint("attempt_id", "person_id", "competency_id", "revision"),
        Index("ix_evidence_value_person_competency", "person_id", "competency_id"),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    competency_id: Mapped[UUID] = mapped_column(ForeignKey("competency.id"))
    assessment_id: Mapped[UUID] = mapped_column(
        ForeignKey("assessment.id", ondelete="CASCADE"), index=True
    )
    """The release that brought it."""
    revision: Mapped[int]
    value: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    """Between 0 and the scale's top; None where no aligned criterion was observed."""
    top: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    terms: Mapped[dict[str, Any]]
    dated_at: Mapped[datetime]
    """When the evidence was submitted, else when it was released: the order of mastery."""
    released_at: Mapped[datetime]
    standing: Mapped[bool] = mapped_column(default=True)
    """False once a newer revision or a withdrawal replaced it."""
    attempt: Mapped[Attempt] = relationship(lazy="joined")
    competency: Mapped[Competency] = relationship(lazy="joined")


class CompetencyAssertion(Identified, TenantOwned, Base):
    """Where a person stands in a competency after one release, with everything it rests on."""

    __tablename__ = "competency_assertion"
    __table_args__ = (UniqueConstraint("person_id", "competency_id", "revision"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    competency_id: Mapped[UUID] = mapped_column(ForeignKey("competency.id"), index=True)
    assessment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("assessment.id", ondelete="SET NULL"), index=True
    )
    revision: Mapped[int]
    estimate: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    level: Mapped[str | None] = mapped_column(String(100))
    at_mastery: Mapped[bool] = mapped_column(default=False)
    probability: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    interval_low: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    interval_high: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    certainty: Mapped[str] = mapped_column(String(50), default="")
    method: Mapped[str] = mapped_column(String(32))
    parameter: Mapped[str | None] = mapped_column(String(16))
    config_hash: Mapped[str] = mapped_column(String(64))
    inputs: Mapped[dict[str, Any]]
    """The evidence values, weights, scale and sentence: what a replay needs."""
    asserted_at: Mapped[datetime]
    competency: Mapped[Competency] = relationship(lazy="joined")
