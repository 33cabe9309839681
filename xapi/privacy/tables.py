"""The tables of privacy: erasures, begun and finished, and how long a tenant keeps its records."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from foundation.db import JSON_VALUE, UTCDateTime
from xapi.store.tables import Base


class Erasure(Base):
    """One person's erasure. Once it is finished, the row tells neither who it was nor as whom."""

    __tablename__ = "xapi_erasure"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    tenant: Mapped[UUID] = mapped_column(index=True)
    pseudonym: Mapped[UUID | None]
    """Random: the account name that stands for the person from now on; null once finished."""
    person: Mapped[dict[str, Any] | None] = mapped_column(JSON_VALUE)
    """xapi.privacy.subject.Subject.kept(), so that a killed erasure goes on; null once finished."""
    begun_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    swept: Mapped[int] = mapped_column(BigInteger, default=0)
    """The sid up to which the whole log was looked through for mentions in extensions."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON_VALUE)
    """How many statements, documents and attachments were changed or removed so far, and how many
    documents and attachments are left unread, as they are neither JSON nor text."""


class Retention(Base):
    """How long a tenant keeps statements and documents of people; no row: for ever."""

    __tablename__ = "xapi_retention"

    tenant: Mapped[UUID] = mapped_column(primary_key=True)
    months: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When what has grown too old is looked for next."""
