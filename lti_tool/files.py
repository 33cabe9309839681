"""Evidence files: bytes in a folder, keyed by tenant, written whole or not at all.

The database row is what makes a file exist; bytes without a row are swept by nobody's page.
"""

import hashlib
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4


class FileMissing(LookupError):
    """The bytes of a stored file are not there: the folder was moved or restored without them."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """Where stored bytes are, their length and their SHA-256 in hexadecimal."""

    storage_key: str
    size: int
    sha256: str


class EvidenceFiles:
    """The files of one installation, in one folder."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def put(self, tenant_id: UUID, content: bytes) -> FileRef:
        """Store bytes durably under a new random key."""
        key = f"{tenant_id.hex}/{uuid4().hex}"
        path = self._path(tenant_id, key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
            try:
                temporary.write(content)
                temporary.flush()
                os.fsync(temporary.fileno())
                Path(temporary.name).replace(path)
            except OSError:
                Path(temporary.name).unlink(missing_ok=True)
                raise
        return FileRef(key, len(content), hashlib.sha256(content).hexdigest())

    def open(self, tenant_id: UUID, storage_key: str) -> BinaryIO:
        """The bytes of a file of this tenant. Raises FileMissing."""
        try:
            return self._path(tenant_id, storage_key).open("rb")
        except FileNotFoundError as error:
            raise FileMissing(storage_key) from error

    def remove(self, tenant_id: UUID, storage_key: str) -> None:
        """Delete the bytes of a file of this tenant; they may be gone already."""
        self._path(tenant_id, storage_key).unlink(missing_ok=True)

    def keys(self, tenant_id: UUID, older_than: float = 0.0) -> list[str]:
        """The keys of the tenant's files that were stored more than so many seconds ago."""
        latest = time.time() - older_than
        return [
            f"{tenant_id.hex}/{path.name}"
            for path in (self._folder / tenant_id.hex).glob("*")
            if path.is_file() and path.stat().st_mtime <= latest
        ]

    def _path(self, tenant_id: UUID, key: str) -> Path:
        owner, _, name = key.partition("/")
        if owner != tenant_id.hex or not name.isalnum():
            raise FileMissing(key)
        return self._folder / owner / name
