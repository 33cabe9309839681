"""The bytes attached to statements, on their way out and in.

Reads them from the store; as a body they are multipart/mixed (xAPI 1.0.3 Communication 1.5.2, IEEE
9274.1.1 4.1.3), beside a file of JSON Lines they are a folder of files named by their SHA-2 digest.
"""

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from foundation.db import Database
from xapi.statements import attachments
from xapi.store import blobs
from xapi.store.blobs import Blob

Parts = Mapping[str, Blob]
"""Bytes by their digest."""


def attachments_of(
    database: Database, tenant: UUID, sid: int, statement: Mapping[str, Any]
) -> dict[str, Blob]:
    """What a stored statement brought along; most have no attachment and cost no query."""
    if next(attachments.attachments(statement), None) is None:
        return {}
    with database.reading(tenant) as session:
        digests = blobs.brought_by(session, tenant, [sid]).get(sid, ())
        contents = {sha2: blobs.content(session, tenant, sha2) for sha2 in digests}
    types = {one.sha2: one.content_type for one in attachments.attachments(statement)}
    return {
        sha2: Blob(types[sha2], data)
        for sha2, data in sorted(contents.items())
        if data is not None and sha2 in types
    }


def body(json: bytes, parts: Parts) -> tuple[str, bytes]:
    """The Content-Type and the body of statements with their bytes, if they have any."""
    if not parts:
        return "application/json", json
    boundary = uuid4().hex
    pieces = [_part(boundary, ["Content-Type: application/json"], json)]
    for sha2, blob in parts.items():
        headers = [
            f"Content-Type: {blob.media_type}",
            "Content-Transfer-Encoding: binary",
            f"X-Experience-API-Hash: {sha2}",
        ]
        pieces.append(_part(boundary, headers, blob.data))
    whole = b"".join(pieces) + f"--{boundary}--\r\n".encode()
    return f'multipart/mixed; boundary="{boundary}"', whole


def _part(boundary: str, headers: Sequence[str], data: bytes) -> bytes:
    head = "\r\n".join([f"--{boundary}", *headers, "", ""])
    return head.encode() + data + b"\r\n"


class Folder:
    """A folder of attached bytes: a file for each digest."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take_out(self, database: Database, tenant: UUID, sids: Iterable[int]) -> None:
        """Write what these statements brought and is not there yet. Raises OSError."""
        self._path.mkdir(parents=True, exist_ok=True)
        with database.reading(tenant) as session:
            brought = blobs.brought_by(session, tenant, list(sids))
        for sha2 in sorted(set().union(*brought.values())):
            target = self._path / sha2
            if target.exists():
                continue
            with database.reading(tenant) as session:
                data = blobs.content(session, tenant, sha2)
            if data is None:
                continue
            descriptor, name = tempfile.mkstemp(prefix=".", dir=self._path)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            Path(name).replace(target)

    def find(self, sha2: str) -> bytes | None:
        """The bytes of a digest, checked; None where there are none, or others. Raises OSError."""
        try:
            data = (self._path / sha2).read_bytes()
        except FileNotFoundError:
            return None
        return data if attachments.is_digest(sha2, data) else None
