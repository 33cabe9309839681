"""Tenants, the people they know, and the courses these people are in.

No column here knows an LMS: lti_tool maps its contexts and deployments to these rows.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.db import TenantOwned
from rubrics.tables.base import Base, Dated, Identified, words
from rubrics.words import CourseRole, GroupKind


class Tenant(Identified, Dated, Base):
    """An organisation that sees its own rows and nobody else's."""

    __tablename__ = "tenant"

    name: Mapped[str] = mapped_column(String(200))


class Person(Identified, Dated, TenantOwned, Base):
    """Somebody as one identity provider names them; never matched by e-mail."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("tenant_id", "issuer", "subject"),)

    issuer: Mapped[str] = mapped_column(String(500))
    """Who vouches for the subject: with it the xAPI account {homePage, name}."""
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str | None] = mapped_column(String(500))
    given_name: Mapped[str | None] = mapped_column(String(255))
    family_name: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(320))
    is_test: Mapped[bool] = mapped_column(default=False)
    """A pretended learner (Canvas Student View): no statements, no grades."""
    seen_at: Mapped[datetime]


class Course(Identified, Dated, TenantOwned, Base):
    """A class of people who work together."""

    __tablename__ = "course"

    title: Mapped[str] = mapped_column(String(500))
    label: Mapped[str | None] = mapped_column(String(255))


class Enrolment(Identified, Dated, TenantOwned, Base):
    """A person's role in a course, as last heard."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("course_id", "person_id"),)

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    role: Mapped[CourseRole] = mapped_column(words(CourseRole))
    seen_at: Mapped[datetime]
    came_at: Mapped[datetime | None]
    """When the person last came here; None: only a class list has named them."""
    listed_at: Mapped[datetime | None]
    """When a class list first named them; None: they only came, as administrators do."""
    left_at: Mapped[datetime | None]
    """When the class list was first read without them; all of their work is kept."""


class LearnerGroup(Identified, Dated, TenantOwned, Base):
    """Learners of one course who are assessed together."""

    __tablename__ = "learner_group"

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(255))


class GroupMember(TenantOwned, Base):
    """One learner in one group."""

    __tablename__ = "group_member"

    group_id: Mapped[UUID] = mapped_column(
        ForeignKey("learner_group.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CourseGroup(Identified, Dated, TenantOwned, Base):
    """A section or group that the LMS divides a course into; lists are filtered by it."""

    __tablename__ = "course_group"
    __table_args__ = (UniqueConstraint("course_id", "kind", "key"),)

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    kind: Mapped[GroupKind] = mapped_column(words(GroupKind))
    key: Mapped[str] = mapped_column(String(255))
    """What the LMS knows it by."""
    name: Mapped[str] = mapped_column(String(255), default="")
    """What people call it; "" where the LMS gives only its key."""
    set_name: Mapped[str] = mapped_column(String(255), default="")
    """The set of groups that it belongs to."""


class CourseGroupMember(TenantOwned, Base):
    """One person in one of them, as last heard; who leaves the class is in none."""

    __tablename__ = "course_group_member"

    group_id: Mapped[UUID] = mapped_column(
        ForeignKey("course_group.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
