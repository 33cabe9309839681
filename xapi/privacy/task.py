"""An erasure under way, and the account of what it has changed."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from xapi.privacy.pseudonym import Pseudonym
from xapi.privacy.subject import Subject
from xapi.privacy.tables import Erasure
from xapi.store import keys


@dataclass(frozen=True, slots=True)
class Task:
    """An erasure that was begun."""

    id: UUID
    tenant: UUID
    subject: Subject
    pseudonym: Pseudonym

    @property
    def new_key(self) -> bytes:
        """The key under which the store knows the pseudonym."""
        return keys.key(self.tenant, self.pseudonym.identifier)


def count(session: Session, task: Task, **changed: int) -> None:
    """Add to what was changed, in the transaction that changed it."""
    row = session.get_one(Erasure, task.id)
    row.counts = {name: row.counts[name] + changed.get(name, 0) for name in row.counts}
