"""Credentials of HTTP Basic: a key that may be known and secrets of 256 random bits.

Touches the credential table. A credential belongs to a tenant, or to the installation: then it
works in every tenant's store, and in the installation's own. Only a secret's SHA-256 is kept. That
is enough for 256 random bits, and costs microseconds where a password hash would cost the request.
"""

from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.secrets import digest, new_token
from xapi.access import scopes as scoping
from xapi.store.tables import Credential

INSTALLATION = UUID(int=0)
"""Whose store it is where no tenant's is meant, and the owner of the installation's credentials."""

MAX_RATE = 1_000_000
"""The highest limit that can be set, in requests a minute."""

LONGEST_OVERLAP = timedelta(days=90)


class NoCredential(LookupError):
    """This owner has no credential of that key in force."""


def create(
    session: Session,
    owner: UUID,
    name: str,
    scopes: Collection[str],
    *,
    rate: int | None = None,
    origins: Collection[str] | None = None,
) -> tuple[str, str]:
    """Make a credential of a tenant or of INSTALLATION: (key, secret), the secret shown this once.

    `rate` is the most requests a minute, `origins` the web origins that may use it from a browser
    (None: any). Raises ValueError that says what is wrong with a scope, the rate or an origin.
    """
    wanted = scoping.parse(scopes)
    if rate is not None and not 1 <= rate <= MAX_RATE:
        raise ValueError(f"the rate must be between 1 and {MAX_RATE} requests a minute")
    key, secret = uuid4().hex, new_token()
    session.add(
        Credential(
            key=key,
            tenant=owner,
            name=name,
            secret_digest=digest(secret),
            scopes=sorted(wanted),
            created_at=clock.now(),
            rate=rate,
            origins=None if origins is None else sorted({_origin(each) for each in origins}),
        )
    )
    session.flush()
    return key, secret


def listed(session: Session, owner: UUID) -> list[Credential]:
    """The credentials of an owner, revoked ones too, the oldest first."""
    query = select(Credential).where(Credential.tenant == owner)
    return list(session.scalars(query.order_by(Credential.created_at, Credential.key)))


def rotate(session: Session, owner: UUID, key: str, overlap: timedelta) -> str:
    """Give a credential a new secret; the one before holds for `overlap` more, at most 90 days.

    One before that ends at once. Raises NoCredential, and ValueError for another overlap.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise ValueError(f"the overlap must be between 0 and {LONGEST_OVERLAP.days} days")
    row = _in_force(session, owner, key)
    moment, secret = clock.now(), new_token()
    row.old_digest, row.old_until = row.secret_digest, moment + overlap
    row.secret_digest, row.rotated_at = digest(secret), moment
    session.flush()
    return secret


def revoke(session: Session, owner: UUID, key: str) -> None:
    """End a credential and all its secrets. Raises NoCredential."""
    row = _in_force(session, owner, key)
    row.revoked_at, row.old_digest, row.old_until = clock.now(), None, None
    session.flush()


def _in_force(session: Session, owner: UUID, key: str) -> Credential:
    row = session.get(Credential, key, with_for_update=True)
    if row is None or row.tenant != owner or row.revoked_at is not None:
        raise NoCredential(key)
    return row


def _origin(written: str) -> str:
    parts = urlsplit(written)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    if parts.scheme not in ("http", "https") or origin != written.rstrip("/").lower():
        raise ValueError(f"{written} is not an origin such as https://app.example.org")
    return origin
