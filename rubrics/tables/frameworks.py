"""Competency frameworks and the proficiency scale they are measured on.

The shape is CASE 1.1: a framework is a CFDocument, a competency a CFItem. `kind` is the tenant's
own overlay and is no part of what was imported.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foundation.db import TenantOwned
from rubrics.tables.base import Base, Dated, Identified, words
from rubrics.words import Kind


class ProficiencyScale(Identified, Dated, TenantOwned, Base):
    """Named levels with thresholds; its top is the K of every evidence value."""

    __tablename__ = "proficiency_scale"
    __table_args__ = (UniqueConstraint("tenant_id", "title"),)

    title: Mapped[str] = mapped_column(String(200))
    top: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    mastery: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    """From here on a learner is at mastery."""
    levels: Mapped[list["ProficiencyLevel"]] = relationship(
        order_by="ProficiencyLevel.threshold", lazy="selectin"
    )


class ProficiencyLevel(Identified, TenantOwned, Base):
    """One level of a scale, reached from its threshold on."""

    __tablename__ = "proficiency_level"
    __table_args__ = (UniqueConstraint("scale_id", "threshold"),)

    scale_id: Mapped[UUID] = mapped_column(ForeignKey("proficiency_scale.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(100))
    threshold: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    description: Mapped[str] = mapped_column(Text, default="")


class Framework(Identified, Dated, TenantOwned, Base):
    """A set of competencies with one publisher (CASE CFDocument)."""

    __tablename__ = "framework"
    __table_args__ = (UniqueConstraint("tenant_id", "identifier"),)

    identifier: Mapped[UUID]
    scale_id: Mapped[UUID] = mapped_column(ForeignKey("proficiency_scale.id"))
    title: Mapped[str] = mapped_column(String(500))
    creator: Mapped[str] = mapped_column(String(500))
    version: Mapped[str] = mapped_column(String(50), default="")
    language: Mapped[str] = mapped_column(String(35), default="en")
    description: Mapped[str] = mapped_column(Text, default="")
    licence: Mapped[str] = mapped_column(String(200), default="")
    attribution: Mapped[str] = mapped_column(Text, default="")
    extensions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Not joined: whoever names a competency reads its framework, and hardly anybody the scale.
    scale: Mapped[ProficiencyScale] = relationship()


class Competency(Identified, Dated, TenantOwned, Base):
    """A hard or soft skill that can be shown (CASE CFItem)."""

    __tablename__ = "competency"
    __table_args__ = (UniqueConstraint("framework_id", "identifier"),)

    framework_id: Mapped[UUID] = mapped_column(ForeignKey("framework.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("competency.id", ondelete="SET NULL"), index=True
    )
    identifier: Mapped[UUID]
    uri: Mapped[str | None] = mapped_column(String(1000))
    """The publisher's own identifier where there is one: then it is the IRI in statements."""
    position: Mapped[int] = mapped_column(default=0)
    full_statement: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(String(255))
    """CASE abbreviatedStatement: what people read in lists."""
    item_type: Mapped[str] = mapped_column(String(100), default="Skill")
    notes: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[Kind | None] = mapped_column(words(Kind))
    assessable: Mapped[bool] = mapped_column(default=True)
    """False for a group that only orders the tree."""
    extensions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    framework: Mapped[Framework] = relationship(lazy="joined")
