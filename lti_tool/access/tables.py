"""Browser sessions, launch handles and window tickets: who may open which page.

Only digests of secrets are kept. A handle opens nothing by itself: it needs the cookie of a live
session of the same person.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.db import TenantOwned
from rubrics.tables.base import Base, Dated, Identified, words
from rubrics.words import CourseRole


class Purpose(StrEnum):
    """What a launch came for."""

    ACTIVITY = "activity"
    COURSE_HOME = "course-home"
    DEEP_LINKING = "deep-linking"


class BrowserSession(Dated, TenantOwned, Base):
    """One browser that one person uses; its cookie holds the secret."""

    __tablename__ = "browser_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The digest of the cookie's secret."""
    root_id: Mapped[str | None] = mapped_column(String(64), index=True)
    """The first session of those that came from one another, as a window from a frame; they end
    together. None for the first itself. No foreign key: it may be swept before the others."""
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    """Set when another person launched in this browser, or where this session came from."""


class LaunchHandle(Identified, Dated, TenantOwned, Base):
    """One launch: the place, the person and the role that its pages are opened with."""

    __tablename__ = "launch_handle"

    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    placement_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), index=True
    )
    resource_link_pk: Mapped[UUID | None] = mapped_column(
        ForeignKey("resource_link.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[CourseRole] = mapped_column(words(CourseRole))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    deep_linking: Mapped[dict[str, Any] | None]
    """The platform's settings for the answer; only where the purpose is deep linking."""
    copied_from: Mapped[dict[str, Any] | None]
    """Ids of the activities that the LMS says this link ("link") or course ("course") had before
    it was copied, the nearest first."""
    learners: Mapped[list[Any] | None]
    """Ids of the learners that the launch is about: those of a mentor, or the one whose submission
    is reviewed."""
    frame_origins: Mapped[list[Any]] = mapped_column(default=list)
    locale: Mapped[str] = mapped_column(String(35), default="en")
    test_student: Mapped[bool] = mapped_column(default=False)
    """A preview by an instructor: writes no statement and no grade."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class WindowTicket(TenantOwned, Base):
    """Takes one handle from a frame into a window of its own, once, within a minute."""

    __tablename__ = "window_ticket"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    handle_id: Mapped[UUID] = mapped_column(
        ForeignKey("launch_handle.id", ondelete="CASCADE"), index=True
    )
    session_id: Mapped[str] = mapped_column(ForeignKey("browser_session.id", ondelete="CASCADE"))
    """The session that asked for it; once that has ended, the ticket opens nothing."""
    page: Mapped[str | None] = mapped_column(String(2000))
    """What the frame shows, after `/l/<handle>/`; None: where the launch leads."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
