"""What is fixed once for an installation: the base of its IRIs and the namespace of its ids.

Written at the first start and never changed, since every statement refers to them.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from foundation.db import EVERY_TENANT, Database, insert_into
from lti_tool.settings import Settings, UnsafeSettings
from rubrics.tables.base import Base


class InstallationRow(Base):
    """The one row of this installation."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    iri_base: Mapped[str] = mapped_column(String(500))
    namespace: Mapped[UUID]


@dataclass(frozen=True, slots=True)
class Installation:
    """The prefix of our IRIs (no slash at its end) and the namespace of our version 5 UUIDs."""

    iri_base: str
    namespace: UUID


def found(database: Database, settings: Settings) -> Installation:
    """The installation of this database, founded now if this is its first start.

    Raises UnsafeSettings where TWOFOLD_IRI_BASE is not the one of the first start.
    """
    with database.reading(EVERY_TENANT) as session:
        installation = _read(session)
    if installation is None:
        with database.writing(EVERY_TENANT) as session:
            row = {
                "id": 1,
                "iri_base": settings.iri_base or settings.base_url,
                "namespace": uuid4(),
            }
            session.execute(
                insert_into(session, InstallationRow).values(row).on_conflict_do_nothing()
            )
            installation = _read(session)
    if installation is None:
        raise RuntimeError("the installation's row could not be written")
    if settings.iri_base and settings.iri_base != installation.iri_base:
        raise UnsafeSettings(
            f"TWOFOLD_IRI_BASE is {settings.iri_base}, but this installation's statements use "
            f"{installation.iri_base}. Set it back: identifiers cannot change."
        )
    return installation


def _read(session: Session) -> Installation | None:
    row = session.scalars(select(InstallationRow)).one_or_none()
    return None if row is None else Installation(row.iri_base, row.namespace)
