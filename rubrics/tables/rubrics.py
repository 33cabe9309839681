"""Rubrics: versions, weighted criteria, anchored levels, and what a criterion is evidence of.

The shape is CASE 1.1 (CFRubric, CFRubricCriterion, CFRubricCriterionLevel). A version that was
used is never changed: an edit makes the next version.
"""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foundation.db import TenantOwned
from rubrics.tables.base import Base, Dated, Identified, words
from rubrics.tables.frameworks import Competency
from rubrics.words import RubricState


class Rubric(Identified, Dated, TenantOwned, Base):
    """What the versions of one rubric have in common. No course: it stands in the library."""

    __tablename__ = "rubric"
    __table_args__ = (UniqueConstraint("tenant_id", "identifier"),)

    identifier: Mapped[UUID]
    course_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), index=True
    )


class RubricVersion(Identified, Dated, TenantOwned, Base):
    """One wording of a rubric, to which assessments refer."""

    __tablename__ = "rubric_version"
    __table_args__ = (UniqueConstraint("rubric_id", "number"),)

    rubric_id: Mapped[UUID] = mapped_column(ForeignKey("rubric.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(default=1)
    state: Mapped[RubricState] = mapped_column(words(RubricState), default=RubricState.ACTIVE)
    title: Mapped[str] = mapped_column(String(500))
    description: Mapped[str] = mapped_column(Text, default="")
    rubric: Mapped[Rubric] = relationship(lazy="joined")
    criteria: Mapped[list["Criterion"]] = relationship(
        order_by="Criterion.position", lazy="selectin"
    )


class Criterion(Identified, TenantOwned, Base):
    """One thing that is looked at (CASE CFRubricCriterion)."""

    __tablename__ = "criterion"
    __table_args__ = (CheckConstraint("weight > 0", name="weight_positive"),)

    version_id: Mapped[UUID] = mapped_column(
        ForeignKey("rubric_version.id", ondelete="CASCADE"), index=True
    )
    identifier: Mapped[UUID]
    """The same through all versions of the rubric."""
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(Text, default="")
    weight: Mapped[Decimal] = mapped_column(Numeric(8, 3))
    levels: Mapped[list["Level"]] = relationship(order_by="Level.position", lazy="selectin")
    alignments: Mapped[list["CriterionAlignment"]] = relationship(lazy="selectin")


class Level(Identified, TenantOwned, Base):
    """One behaviourally anchored level of a criterion (CASE CFRubricCriterionLevel)."""

    __tablename__ = "level"
    __table_args__ = (UniqueConstraint("criterion_id", "position"),)

    criterion_id: Mapped[UUID] = mapped_column(ForeignKey("criterion.id", ondelete="CASCADE"))
    identifier: Mapped[UUID]
    position: Mapped[int]
    """Rises with the points: 1 is the lowest."""
    points: Mapped[Decimal] = mapped_column(Numeric(8, 3))
    quality: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text)
    feedback: Mapped[str] = mapped_column(Text, default="")
    """What the next level asks, in words for the learner."""


class CriterionAlignment(TenantOwned, Base):
    """How much a criterion says about a competency: many to many, weighted."""

    __tablename__ = "criterion_alignment"
    __table_args__ = (CheckConstraint("weight > 0", name="weight_positive"),)

    criterion_id: Mapped[UUID] = mapped_column(
        ForeignKey("criterion.id", ondelete="CASCADE"), primary_key=True
    )
    competency_id: Mapped[UUID] = mapped_column(
        ForeignKey("competency.id"), primary_key=True, index=True
    )
    weight: Mapped[Decimal] = mapped_column(Numeric(8, 3), default=Decimal(1))
    competency: Mapped[Competency] = relationship(lazy="joined")


def _never_changed(_mapper: object, _connection: object, row: object) -> None:
    # Pages remember the criteria of a version (rubrics/queries/whole.py).
    raise RuntimeError(f"a {type(row).__name__} of a version was changed: make the next version")


for _table in (Criterion, Level, CriterionAlignment):
    event.listen(_table, "before_update", _never_changed)
