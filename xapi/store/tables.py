"""The tables of the store; their own Base, so that nothing outside points into them.

A tenant is an opaque UUID here, never a foreign key. What PostgreSQL has in addition (the column
xid, the sequence and the function that hand out sids) is in postgresql.py.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, MetaData, SmallInteger, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from foundation.db import JSON_VALUE, NAMING, UTCDateTime


class Base(DeclarativeBase):
    """The store's own metadata, migrated in the same lineage as the rest."""

    metadata = MetaData(naming_convention=NAMING)


class Statement(Base):
    """One statement, append-only; only `voided_by` ever changes."""

    __tablename__ = "xapi_statement"

    sid: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    """Microseconds since 1970 at which it was stored, at least the last + 1; `stored` is this."""
    tenant: Mapped[UUID]
    id: Mapped[UUID]
    """The statement's id, unique in its tenant."""
    body: Mapped[str] = mapped_column(Text)
    """What was received with id, authority and version spliced in; `stored` comes from sid."""
    hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    """What two equal statements share (xapi.statements.compare)."""
    moment: Mapped[int | None] = mapped_column(BigInteger)
    """The timestamp in microseconds since 1970; null where none was given: then it is `stored`."""
    authority: Mapped[bytes] = mapped_column(LargeBinary(16))
    """The key of its authority: what a credential that reads only its own is compared with."""
    voided_by: Mapped[int | None] = mapped_column(BigInteger)
    """The sid of the statement that voided it."""

    __table_args__ = (
        Index("uq_xapi_statement_tenant_id", "tenant", "id", unique=True),
        Index("ix_xapi_statement_tenant_sid", "tenant", "sid"),
    )


class Reference(Base):
    """What a statement mentions, for the filters: a kind, the hash of the thing, the statement.

    The hash is keyed with the tenant (xapi.store.keys), so that tenants never share a key. A
    statement whose object is a StatementRef also has what its target mentions.
    """

    __tablename__ = "xapi_reference"

    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """A `xapi.statements.references.Kind`."""
    hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    sid: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Target(Base):
    """A statement whose object is a StatementRef, by the id that it points at (stored or not)."""

    __tablename__ = "xapi_target"

    tenant: Mapped[UUID] = mapped_column(primary_key=True)
    target: Mapped[UUID] = mapped_column(primary_key=True)
    sid: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The statement that points."""
    voids: Mapped[bool]
    """It is a voiding statement."""

    __table_args__ = ({"sqlite_with_rowid": False},)


class Conflict(Base):
    """An alarm: a statement of ours was not stored, as another one already had its id."""

    __tablename__ = "xapi_conflict"

    tenant: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    """The statement that could not be stored."""
    sid: Mapped[int] = mapped_column(BigInteger)
    """The statement that holds the id."""
    noticed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Credential(Base):
    """A key and the digests of its secrets: the store of one tenant, some scopes."""

    __tablename__ = "xapi_credential"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The user name of HTTP Basic."""
    tenant: Mapped[UUID] = mapped_column(index=True)
    """The tenant it belongs to, or the nil UUID: the installation's."""
    name: Mapped[str] = mapped_column(String(200))
    """What a person calls it."""
    secret_digest: Mapped[str] = mapped_column(String(64))
    """foundation.secrets.digest of the secret; the secret itself is shown once and not kept."""
    scopes: Mapped[list[str]] = mapped_column(JSON_VALUE)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    rotated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the secret was last replaced."""
    old_digest: Mapped[str | None] = mapped_column(String(64))
    """The secret before, which holds until `old_until`."""
    old_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    rate: Mapped[int | None]
    """The most requests a minute; null: no limit."""
    busy_until: Mapped[float] = mapped_column(default=0.0)
    """Seconds since 1970 until which the allowance is used up (xapi.access.limits)."""
    origins: Mapped[list[str] | None] = mapped_column(JSON_VALUE)
    """Web origins that may use it from a browser; null: any."""


class Document(Base):
    """A document of a learner's state, of an activity's profile or of an agent's profile."""

    __tablename__ = "xapi_document"

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    """The hash of tenant, kind, activity, agent, registration and name (xapi.store.documents)."""
    tenant: Mapped[UUID]
    place: Mapped[bytes] = mapped_column(LargeBinary(16))
    """The hash of what a list of documents names: tenant, kind, activity and agent."""
    kind: Mapped[int] = mapped_column(SmallInteger)
    """A `xapi.store.documents.Kind`."""
    activity: Mapped[str | None] = mapped_column(Text)
    agent: Mapped[str | None] = mapped_column(Text)
    """The canonical identifier (xapi.statements.references.identifier)."""
    agent_key: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    """xapi.store.keys.key of the agent: to find all documents of a person."""
    registration: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text)
    """The stateId or profileId."""
    media_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    etag: Mapped[str] = mapped_column(String(40))
    """The SHA-1 of the content in hexadecimal, as xAPI 1.0.3 Communication 3.1 asks."""
    updated: Mapped[int] = mapped_column(BigInteger)
    """Microseconds since 1970."""

    __table_args__ = (
        Index("ix_xapi_document_place_updated", "place", "updated"),
        Index("ix_xapi_document_tenant_updated", "tenant", "updated"),
    )


class Description(Base):
    """One way in which statements described a thing: an activity's definition, an agent's name.

    Rows are only added, one for each distinct description; what they amount to together is
    computed by who reads (xapi.store.descriptions), so that storing statements never waits for it.
    """

    __tablename__ = "xapi_description"

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    """xapi.store.keys.key of the activity's IRI or of the agent's canonical identifier."""
    hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    """The hash of the text."""
    tenant: Mapped[UUID]
    sid: Mapped[int] = mapped_column(BigInteger)
    """The statement that first said so."""
    text: Mapped[str] = mapped_column(Text)
    """JSON: the definition, or the name."""

    __table_args__ = ({"sqlite_with_rowid": False},)


class Attachment(Base):
    """Bytes that came with statements: once for each tenant, however many statements have them."""

    __tablename__ = "xapi_attachment"

    tenant: Mapped[UUID] = mapped_column(primary_key=True)
    sha2: Mapped[str] = mapped_column(String(128), primary_key=True)
    """The digest by which statements name the bytes, in lower case."""
    media_type: Mapped[str] = mapped_column(Text)
    length: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Attached(Base):
    """A statement that brought bytes along; one that only names their digest has no such row."""

    __tablename__ = "xapi_attached"

    sid: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sha2: Mapped[str] = mapped_column(String(128), primary_key=True)

    __table_args__ = (
        Index("ix_xapi_attached_sha2", "sha2"),
        {"sqlite_with_rowid": False},
    )
