"""The Base that the domain's tables share, and that lti_tool declares its own tables on.

Every row has a random UUID as its key, so that an id tells nothing and travels between databases.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Enum, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from foundation import clock
from foundation.db import JSON_VALUE, NAMING, UTCDateTime


class Base(DeclarativeBase):
    """All tables but the learning record store's."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UTCDateTime,
        dict[str, Any]: JSON_VALUE,
        list[Any]: JSON_VALUE,
    }


class Identified:
    """Mixin: a random UUID as primary key."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)


class Dated:
    """Mixin: when the row was first written."""

    created_at: Mapped[datetime] = mapped_column(default=clock.now)


def words(enum: type[StrEnum]) -> Enum:
    """A column of an enumeration, stored as its words and checked by the application alone."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )
