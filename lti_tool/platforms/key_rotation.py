"""Turning our signing keys over, with overlap: published, then signing, then retired, then gone.

Touches the table of tool keys, each new key with its audit entry. Serves 1EdTech Security Framework
1.1, 6.3: an LMS that keeps our key set for a day never meets a signature it cannot check. Two
processes may try at once: they queue at the installation's row, and the second finds nothing left
to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal, new_token
from lti_tool.admin import audit
from lti_tool.installation import InstallationRow
from lti_tool.platforms.tables import ToolKey

SIGNS_FOR = timedelta(days=30)
"""How long a key signs before the next one is made."""
SHOWN_BEFORE = timedelta(days=1)
"""How long a new key is published before it signs."""
SHOWN_AFTER = timedelta(days=14)
"""How long a retired key is still published: longer than anything it signed is valid."""
_BITS = 2048


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is kept; `sealed` is its private half, encrypted."""

    kid: str
    sealed: str
    signs_from: datetime
    retired_at: datetime | None


def published(session: Session, moment: datetime) -> list[KeyRow]:
    """The keys of our key set at this moment, in the order in which they sign."""
    query = (
        select(ToolKey)
        .where(or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > moment - SHOWN_AFTER))
        .order_by(ToolKey.signs_from, ToolKey.id)
    )
    return [
        KeyRow(row.id, row.private_pem, row.signs_from, row.retired_at)
        for row in session.scalars(query)
    ]


def signer(rows: Sequence[KeyRow], moment: datetime) -> KeyRow:
    """Of the published keys, in their order, the one that signs: the newest whose time has come."""
    begun = [row for row in rows if row.signs_from <= moment and row.retired_at is None]
    return begun[-1] if begun else rows[0]


def make_first(db: Database, seal: Seal, moment: datetime) -> None:
    """Make the first key of an installation, which signs at once; nothing if there is one."""
    sealed = _new_sealed(seal)
    with db.writing(EVERY_TENANT) as session:
        _queue(session)
        if not published(session, moment):
            session.add(ToolKey(id=_new_kid(), private_pem=sealed, signs_from=moment))


def step(db: Database, seal: Seal, moment: datetime) -> bool:
    """Do what is due: a new key, a retirement, a removal. Whether a new key was made."""
    with db.reading(EVERY_TENANT) as session:
        due = _is_due(published(session, moment), moment)
    sealed = _new_sealed(seal) if due else ""
    with db.writing(EVERY_TENANT) as session:
        _queue(session)
        rows = published(session, moment)
        made = bool(sealed) and _is_due(rows, moment)
        if made:
            kid = _new_kid()
            session.add(ToolKey(id=kid, private_pem=sealed, signs_from=moment + SHOWN_BEFORE))
            audit.note(session, actor=audit.SCHEDULE, action="key.rotated", subject=kid)
        _retire(session, rows, moment)
        session.execute(delete(ToolKey).where(ToolKey.retired_at <= moment - SHOWN_AFTER))
        return made


def rotate(db: Database, seal: Seal, moment: datetime, *, actor: str, leaked: bool = False) -> str:
    """Make a new key now, whatever the schedule says; gives its kid.

    It signs after SHOWN_BEFORE. `leaked`: it signs at once and every other key is deleted, so that
    LMSs refuse our signatures until they fetch our key set again.
    """
    sealed, kid = _new_sealed(seal), _new_kid()
    with db.writing(EVERY_TENANT) as session:
        _queue(session)
        if leaked:
            session.execute(delete(ToolKey))
        begins = moment if leaked else moment + SHOWN_BEFORE
        session.add(ToolKey(id=kid, private_pem=sealed, signs_from=begins))
        detail = {"others_deleted": leaked}
        audit.note(session, actor=actor, action="key.rotated", subject=kid, detail=detail)
    return kid


def describe(session: Session, moment: datetime) -> list[str]:
    """A line for each published key."""
    rows = published(session, moment)
    return [f"{row.kid}  {_standing(row, rows, moment)}" for row in rows]


def _standing(row: KeyRow, rows: Sequence[KeyRow], moment: datetime) -> str:
    if row.retired_at is not None:
        return f"retired, published until {row.retired_at + SHOWN_AFTER:%Y-%m-%d %H:%M} UTC"
    if row is signer(rows, moment):
        return f"signs since {row.signs_from:%Y-%m-%d %H:%M} UTC"
    if row.signs_from > moment:
        return f"published, signs from {row.signs_from:%Y-%m-%d %H:%M} UTC"
    return "published, about to be retired"


def _is_due(rows: Sequence[KeyRow], moment: datetime) -> bool:
    return bool(rows) and rows[-1].signs_from <= moment - SIGNS_FOR


def _retire(session: Session, rows: Sequence[KeyRow], moment: datetime) -> None:
    current = signer(rows, moment) if rows else None
    for row in rows:
        if current and row.retired_at is None and row.signs_from < current.signs_from:
            session.get_one(ToolKey, row.kid).retired_at = current.signs_from
    session.flush()


def _queue(session: Session) -> None:
    """Wait for whoever else turns the keys: until the end of this transaction it is our turn."""
    session.execute(select(InstallationRow.id).with_for_update())


def _new_sealed(seal: Seal) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    return seal.seal(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _new_kid() -> str:
    return new_token()[:16]
