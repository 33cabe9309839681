"""Activities, where they are placed, and the attempts and submissions made there.

An activity is content; a placement shows it in a course; an attempt is what is assessed; a
submission is optional evidence of an attempt.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foundation.db import TenantOwned
from rubrics.tables.base import Base, Dated, Identified, words
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import LearnerGroup, Person
from rubrics.tables.rubrics import RubricVersion
from rubrics.words import Counting, EvidenceType, Method


class Activity(Identified, Dated, TenantOwned, Base):
    """What learners are asked to do, and how they will be seen doing it."""

    __tablename__ = "activity"
    __table_args__ = (CheckConstraint("maximum > 0", name="maximum_positive"),)

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    """The course whose instructors may edit it."""
    rubric_version_id: Mapped[UUID] = mapped_column(ForeignKey("rubric_version.id"))
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text, default="")
    method: Mapped[Method] = mapped_column(words(Method))
    maximum: Mapped[Decimal] = mapped_column(Numeric(8, 2), default=Decimal(100))
    """Points of the full score, as the gradebook shows them."""
    due_at: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(String(2000))
    """Where the work is, when it stays outside: assessed here, with no grade of its own."""
    counting: Mapped[Counting] = mapped_column(words(Counting), default=Counting.LATEST)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Switched-on assessor weights and what later pages set."""
    rubric_version: Mapped[RubricVersion] = relationship(lazy="joined")
    alignments: Mapped[list["ActivityAlignment"]] = relationship(lazy="selectin")


class ActivityAlignment(TenantOwned, Base):
    """A competency that an activity is tagged with."""

    __tablename__ = "activity_alignment"

    activity_id: Mapped[UUID] = mapped_column(
        ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True
    )
    competency_id: Mapped[UUID] = mapped_column(
        ForeignKey("competency.id"), primary_key=True, index=True
    )
    competency: Mapped[Competency] = relationship(lazy="joined")


class Placement(Identified, Dated, TenantOwned, Base):
    """A place in a course where an activity is shown, or will be once somebody sets it up."""

    __tablename__ = "placement"

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    activity_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("activity.id", ondelete="SET NULL"), index=True
    )
    title: Mapped[str] = mapped_column(String(500), default="")
    activity: Mapped[Activity | None] = relationship(lazy="joined")


class Attempt(Identified, Dated, TenantOwned, Base):
    """One try at a placement's activity, by a learner or a group: what is assessed."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("placement_id", "person_id", "number"),
        UniqueConstraint("placement_id", "group_id", "number"),
        CheckConstraint("(person_id IS NULL) <> (group_id IS NULL)", name="person_or_group"),
    )

    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id", ondelete="CASCADE"))
    person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    group_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("learner_group.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int] = mapped_column(default=1)
    chosen: Mapped[bool] = mapped_column(default=False)
    """The one that counts, where the activity says that somebody chooses."""
    placement: Mapped[Placement] = relationship(lazy="joined")
    person: Mapped[Person | None] = relationship(lazy="joined")
    group: Mapped[LearnerGroup | None] = relationship()


class Submission(Identified, Dated, TenantOwned, Base):
    """Evidence of an attempt: a draft that saves itself until it is submitted."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("attempt_id", "number"),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(default=1)
    """Submitting again before the assessment makes the next one; the last one stands."""
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    items: Mapped[list["EvidenceItem"]] = relationship(
        order_by="EvidenceItem.position", lazy="selectin", cascade="all, delete-orphan"
    )


class EvidenceItem(Identified, Dated, TenantOwned, Base):
    """One text, link or file of a submission."""

    __tablename__ = "evidence_item"

    submission_id: Mapped[UUID] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    type: Mapped[EvidenceType] = mapped_column(words(EvidenceType))
    text: Mapped[str] = mapped_column(Text, default="")
    """The text itself, the link's address, or the file's name."""
    media_type: Mapped[str | None] = mapped_column(String(255))
    size: Mapped[int | None]
    """Bytes of a file."""
    sha256: Mapped[str | None] = mapped_column(String(64))
    storage_key: Mapped[str | None] = mapped_column(String(255))
