"""From what was received to what the store writes: parse, validate, splice, hash, references.

Everything that can be done before a transaction is open is done here, so that the write is short.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson

from xapi.statements import (
    attachments,
    compare,
    describe,
    parse,
    references,
    splice,
    times,
    validate,
)
from xapi.statements.attachments import Attachment
from xapi.statements.describe import Description
from xapi.statements.errors import V1, Invalid, section
from xapi.statements.parse import Parsed
from xapi.statements.references import Mention


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid statement, ready to be written."""

    id: UUID
    body: str
    """Its own text with id, authority and version; without `stored`, which the write decides."""
    hash: bytes
    moment: int | None
    """Its timestamp, microseconds since 1970; None where it has none (then it is `stored`)."""
    authority: str
    """The canonical identifier of its authority."""
    mentions: frozenset[Mention]
    target: UUID | None
    """The statement that its object refers to."""
    voids: bool
    descriptions: tuple[Description, ...]
    """What it says of activities and agents."""
    attachments: tuple[Attachment, ...]


def prepare(
    source: Mapping[str, Any] | bytes,
    *,
    authority: Mapping[str, Any],
    version: str = V1,
    statement_id: UUID | None = None,
) -> Prepared:
    """Prepare one statement, given as a dict or as received bytes.

    `authority` is the agent that vouches for it and replaces whatever it says. `version` is the
    rules to check by: "1.0.3" or "2.0.0". `statement_id` is the one that a request names: one in
    the statement must equal it. Without either, a random id. Raises Invalid.
    """
    data = source if isinstance(source, bytes) else orjson.dumps(source)
    parsed = parse.document(data)
    if isinstance(parsed, list):
        raise Invalid("statement.type", "$", "one statement is wanted, not a list of them",
                      section(version, None))  # fmt: skip
    return _prepare(parsed, authority, version, statement_id)


def prepare_all(data: bytes, *, authority: Mapping[str, Any], version: str = V1) -> list[Prepared]:
    """Prepare one statement or a batch from a body.

    Raises Invalid, with the place in the batch, for the first that is wrong or has a used id.
    """
    parsed = parse.document(data)
    if isinstance(parsed, Parsed):
        return [_prepare(parsed, authority, version, None)]
    found: dict[UUID, Prepared] = {}
    for number, one in enumerate(parsed):
        try:
            prepared = _prepare(one, authority, version, None)
        except Invalid as error:
            raise error.under(f"$[{number}]") from None
        if prepared.id in found:
            raise Invalid("statement.id.duplicate", f"$[{number}].id",
                          "another statement of this batch has the same id",
                          section(version, "id"))  # fmt: skip
        found[prepared.id] = prepared
    return list(found.values())


def _prepare(
    parsed: Parsed, authority: Mapping[str, Any], version: str, statement_id: UUID | None
) -> Prepared:
    statement = parsed.value
    validate.check(statement, version)
    given = UUID(statement["id"]) if "id" in statement else None
    if statement_id is not None and given is not None and given != statement_id:
        raise Invalid("statement.id.mismatch", "$.id",
                      "the statement's id is not the one that the request names",
                      section(version, "id"))  # fmt: skip
    identity = given or statement_id or uuid4()
    timestamp = statement.get("timestamp")
    return Prepared(
        id=identity,
        body=splice.spliced(parsed, identity, authority, version),
        hash=compare.comparison_hash(statement),
        moment=None if timestamp is None else times.moment(timestamp),
        authority=references.identifier(authority) or orjson.dumps(authority).decode(),
        mentions=references.mentions(statement, authority),
        target=references.target(statement),
        voids=references.voids(statement),
        descriptions=tuple(describe.descriptions(statement)),
        attachments=tuple(attachments.attachments(statement)),
    )
