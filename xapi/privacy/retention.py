"""How long a tenant keeps its records, and taking away what has grown older.

Statements go by `stored`, documents of people by their last change. A voiding stays as long as
what it voids, so that nothing voided comes back; nothing goes by halves, as each batch is one
transaction; whoever follows the log goes on undisturbed, as sids are never used again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database, insert_into
from xapi.privacy import expiring
from xapi.privacy.tables import Retention
from xapi.statements import times
from xapi.store import wiping
from xapi.store.documents import Kind
from xapi.store.tables import Conflict, Document, Statement

BATCH = 200
EVERY = timedelta(days=1)
LONGEST = 1200
"""Months."""
_OF_PEOPLE = (int(Kind.STATE), int(Kind.AGENT_PROFILE))


@dataclass(slots=True)
class Removed:
    """How much was, or would be, taken away."""

    statements: int = 0
    documents: int = 0
    attachments: int = 0

    def __bool__(self) -> bool:
        return bool(self.statements or self.documents)


def months_of(session: Session, tenant: UUID) -> int | None:
    """How many months the tenant's records are kept; None: for ever."""
    row = session.get(Retention, tenant)
    return None if row is None else row.months


def keep_for(session: Session, tenant: UUID, months: int | None) -> None:
    """Keep the tenant's records for so many months (1 to 1200) from now on, or for ever.

    Raises ValueError for any other number.
    """
    session.execute(delete(Retention).where(Retention.tenant == tenant))
    if months is None:
        return
    if not 1 <= months <= LONGEST:
        raise ValueError(f"months must be 1 to {LONGEST}")
    row = {"tenant": tenant, "months": months, "next_at": clock.now() + EVERY}
    session.execute(insert_into(session, Retention).values(row))


def before(months: int, now: datetime) -> datetime:
    """The moment so many calendar months ago; of a longer month's last days the last there was."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    for day in (now.day, 30, 29, 28):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            if day == 28:
                raise
    raise AssertionError("every month has 28 days")


def old(session: Session, tenant: UUID, cut: datetime) -> Removed:
    """What is older; a voiding may stay all the same, for what it voids."""
    limit = times.since_1970(cut)
    statements = select(func.count()).select_from(Statement)
    documents = select(func.count()).select_from(Document)
    return Removed(
        session.scalar(statements.where(Statement.tenant == tenant, Statement.sid < limit)) or 0,
        session.scalar(
            documents.where(
                Document.tenant == tenant, Document.kind.in_(_OF_PEOPLE), Document.updated < limit
            )
        )
        or 0,
    )


def remove(
    database: Database, tenant: UUID, cut: datetime, batch: int = BATCH
) -> Iterator[Removed]:
    """Take away what is older, a transaction at a time; yields what each one removed."""
    limit = times.since_1970(cut)
    last = -1
    while True:
        with database.reading(tenant) as session:
            page = expiring.page(session, tenant, limit, last, batch)
        if not page:
            break
        last = page[-1].sid
        with database.writing(tenant) as session:
            wiping.alone(session, tenant)
            statements, attachments = expiring.remove(session, tenant, limit, page)
        yield Removed(statements=statements, attachments=attachments)
    with database.writing(tenant) as session:
        session.execute(
            delete(Conflict).where(Conflict.tenant == tenant, Conflict.noticed_at < cut)
        )
    yield from _documents(database, tenant, limit, batch)


def due(database: Database) -> dict[UUID, int]:
    """Months by the tenants whose turn it is; each is asked for once a day, by one process."""
    now = clock.now()
    with database.writing(EVERY_TENANT) as session:
        rows = session.execute(
            update(Retention)
            .where(Retention.next_at <= now)
            .values(next_at=now + EVERY)
            .returning(Retention.tenant, Retention.months)
        )
        return {row.tenant: row.months for row in rows}


def again(session: Session, tenant: UUID) -> None:
    """The tenant is not done: its turn comes again at once."""
    row = update(Retention).where(Retention.tenant == tenant)
    session.execute(row.values(next_at=clock.now()))


def _documents(database: Database, tenant: UUID, limit: int, batch: int) -> Iterator[Removed]:
    expired = (
        Document.tenant == tenant,
        Document.kind.in_(_OF_PEOPLE),
        Document.updated < limit,
    )
    while True:
        with database.writing(tenant) as session:
            wiping.alone(session, tenant)
            keys = list(session.scalars(select(Document.key).where(*expired).limit(batch)))
            session.execute(
                delete(Document)
                .where(Document.key.in_(keys), Document.updated < limit)
                .execution_options(synchronize_session=False)
            )
        if not keys:
            return
        yield Removed(documents=len(keys))
