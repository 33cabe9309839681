"""An export with the bytes attached to its statements: one stream, a tar archive.

POSIX.1-2001 (pax), section 3, written here: it needs neither a whole file's length beforehand nor a
list of what is in it, as a zip would, so memory is constant. statements/ has the export in pieces,
which are the whole in the order of their names; attachments/ has each digest's bytes once, as
`twofold lrs import --attachments` reads them.
"""

import tarfile
from uuid import UUID

from foundation.db import Database
from xapi.store import blobs, scan
from xapi.store.scan import Span
from xapi.transfer.export import Pieces

_BLOCK = 512
_END = bytes(2 * _BLOCK)


def stream(database: Database, span: Span, form: str, pieces: Pieces) -> Pieces:
    """The archive of an export in that format (its files' suffix) and of what was attached."""
    for place, (many, piece) in enumerate(pieces, 1):
        yield many, _member(f"statements/{place:06}.{form}", piece)
    for sha2 in scan.digests(database, span):
        data = _content(database, span.tenant, sha2)
        if data is not None:
            yield 0, _member(f"attachments/{sha2}", data)
    yield 0, _END


def _content(database: Database, tenant: UUID, sha2: str) -> bytes | None:
    with database.reading(tenant) as session:
        return blobs.content(session, tenant, sha2)


def _member(name: str, data: bytes) -> bytes:
    head = tarfile.TarInfo(name)
    head.size = len(data)
    head.mode = 0o600
    return head.tobuf(tarfile.PAX_FORMAT) + data + bytes(-len(data) % _BLOCK)
