"""Statements from a file of JSON Lines into the store; again is harmless.

A line that is equal to what is stored changes nothing; one that differs is a conflict; one that is
no statement is reported with its number, and one without an id has one by its text. The rest is
stored, in batches. `authority` is kept as the file has it, since this is an administrator's
restore; `stored` is the moment of the import.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO
from uuid import UUID, uuid5

import orjson
from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.statements.errors import V1, V2, Invalid
from xapi.statements.prepare import Prepared, prepare
from xapi.store import blobs, write
from xapi.store.blobs import Blob
from xapi.store.write import Outcome, Verdict
from xapi.transfer.parts import Folder

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of the longest line that is read."""
_ROWS = 500
_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that was not stored: its number from 1, and why."""

    line: int
    code: str
    path: str
    message: str


@dataclass(slots=True)
class Summary:
    """What an import did."""

    line: int = 0
    """Up to this line everything is settled."""
    stored: int = 0
    equal: int = 0
    """Were there already."""
    conflicts: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    prepared: Prepared
    parts: Mapping[str, Blob]


class _Undone(Exception):
    """Ends the transaction of a trial without a trace."""


class Import:
    """One run over one file."""

    def __init__(
        self,
        database: Database,
        tenant: UUID,
        *,
        authority: Mapping[str, Any],
        dry_run: bool = False,
        folder: Folder | None = None,
        on_fault: Callable[[Fault], None] = lambda _fault: None,
        progress: Callable[[int], None] = lambda _bytes: None,
    ) -> None:
        """`authority` is for lines without one, `folder` has the bytes attached to statements.

        `progress` is told of the file's bytes that were settled.
        """
        self.summary = Summary()
        self._database, self._tenant = database, tenant
        self._authority = authority
        self._dry_run, self._folder = dry_run, folder
        self._on_fault, self._progress = on_fault, progress
        self._batch: list[_Line] = []
        self._read = self._attached = 0

    def run(self, file: BinaryIO, from_line: int = 1) -> Summary:
        """Import a file from a line on."""
        number = 0
        while data := file.readline(LONGEST_LINE + 1):
            number += 1
            self._read += len(data)
            if len(data) > LONGEST_LINE:
                self._bad(number, "line.size", f"longer than {LONGEST_LINE} bytes")
                while data and not data.endswith(b"\n"):
                    data = file.readline(LONGEST_LINE)
                    self._read += len(data)
            elif number >= from_line and data.strip():
                self._take(number, data)
            if len(self._batch) >= _ROWS or self._read + self._attached >= _BYTES:
                self._store(number)
        self._store(number)
        return self.summary

    def _take(self, number: int, data: bytes) -> None:
        try:
            prepared = self._prepared(data)
        except Invalid as error:
            self._bad(number, error.code, error.message, error.path)
            return
        brought: dict[str, Blob] = {}
        for one in prepared.attachments:
            held = None if self._folder is None else self._folder.find(one.sha2)
            if held is not None:
                brought[one.sha2] = Blob(one.media_type, held)
                self._attached += len(held)
            elif one.needed or one.signs:
                missing = f"the bytes of this attachment are missing: {one.sha2}"
                self._bad(number, "attachment.missing", missing, one.path)
                return
        self._batch.append(_Line(number, prepared, brought))

    def _prepared(self, data: bytes) -> Prepared:
        authority, version, identity = self._authority, V1, None
        try:
            said = orjson.loads(data)
        except orjson.JSONDecodeError:
            said = None  # prepare says what is wrong with it
        if isinstance(said, dict):
            authority = said.get("authority", authority)
            version = V2 if str(said.get("version", "")).startswith("2") else V1
            if "id" not in said:  # the same at every import
                identity = uuid5(self._tenant, sha256(data.strip()).hexdigest())
        try:
            return prepare(data, authority=authority, version=version, statement_id=identity)
        except Invalid:
            if version == V2:
                raise
            try:  # a request of 2.0 may bring what calls itself 1.0
                return prepare(data, authority=authority, version=V2, statement_id=identity)
            except Invalid:
                pass
            raise

    def _bad(self, number: int, code: str, message: str, path: str = "$") -> None:
        self.summary.bad += 1
        self._on_fault(Fault(number, code, path, message))

    def _store(self, number: int) -> None:
        prepared = [one.prepared for one in self._batch]
        outcomes: list[Outcome] = []
        try:
            if prepared:
                with self._database.writing(self._tenant) as session:
                    outcomes = write.append(session, self._tenant, prepared)
                    self._keep(session, outcomes)
                    if self._dry_run:
                        raise _Undone
        except _Undone:
            pass
        for line, outcome in zip(self._batch, outcomes, strict=True):
            if outcome.verdict is Verdict.STORED:
                self.summary.stored += 1
            elif outcome.verdict is Verdict.EQUAL:
                self.summary.equal += 1
            else:
                self.summary.conflicts += 1
                said = f"another statement already has the id {outcome.id}"
                self._on_fault(Fault(line.number, "statement.id.conflict", "$.id", said))
        self._progress(self._read)
        self._batch, self._read, self._attached = [], 0, 0
        self.summary.line = number

    def _keep(self, session: Session, outcomes: Sequence[Outcome]) -> None:
        for line, outcome in zip(self._batch, outcomes, strict=True):
            if line.parts and outcome.verdict is Verdict.STORED:
                brought = [(outcome.sid, sha2) for sha2 in line.parts]
                blobs.keep(session, self._tenant, line.parts, brought)
