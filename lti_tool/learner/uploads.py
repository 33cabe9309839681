"""Which files count as evidence: how large, of which kinds, and what their bytes must begin with.

Touches the request's files only. The browser's own word for a file's type is not believed: the
ending decides, and where the kind has a signature the bytes must have it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage

from lti_tool.display import file_size
from lti_tool.services import services
from rubrics.errors import Refused

LONGEST_TEXT = 50_000
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_OFFICE = (b"\xd0\xcf\x11\xe0",)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"

TYPES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF8",)),
    "webp": ("image/webp", (b"RIFF",)),
    "txt": ("text/plain", ()),
    "md": ("text/plain", ()),
    "csv": ("text/csv", ()),
    "zip": ("application/zip", _ZIP),
    "docx": (f"{_OFFICE}.wordprocessingml.document", _ZIP),
    "xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _ZIP),
    "pptx": (f"{_OFFICE}.presentationml.presentation", _ZIP),
    "odt": (f"{_OPEN}.text", _ZIP),
    "ods": (f"{_OPEN}.spreadsheet", _ZIP),
    "odp": (f"{_OPEN}.presentation", _ZIP),
    "doc": ("application/msword", _OLD_OFFICE),
    "xls": ("application/vnd.ms-excel", _OLD_OFFICE),
    "ppt": ("application/vnd.ms-powerpoint", _OLD_OFFICE),
    "mp3": ("audio/mpeg", ()),
    "m4a": ("audio/mp4", ()),
    "ogg": ("audio/ogg", (b"OggS",)),
    "wav": ("audio/wav", (b"RIFF",)),
    "mp4": ("video/mp4", ()),
    "webm": ("video/webm", (b"\x1a\x45\xdf\xa3",)),
    "mov": ("video/quicktime", ()),
}
"""By ending: the media type that it is stored with, and the bytes that it may begin with."""


@dataclass(frozen=True)
class Limits:
    """What the form says and the server checks: characters, bytes, endings."""

    text: int
    file: int
    accept: str


@dataclass(frozen=True)
class Upload:
    """A file that was accepted, not stored yet."""

    name: str
    media_type: str
    content: bytes


def limits() -> Limits:
    """The limits of this installation."""
    return Limits(
        text=LONGEST_TEXT,
        file=int(services().settings.max_file_bytes),
        accept=",".join(f".{ending}" for ending in TYPES),
    )


def accepted(files: Iterable[FileStorage]) -> list[Upload]:
    """The files that were chosen. Raises Refused "evidence.file_…" where one does not fit."""
    return [_accepted(file) for file in files if file.filename]


def _accepted(file: FileStorage) -> Upload:
    name, largest = str(file.filename), limits().file
    ending = name.rpartition(".")[2].lower()
    if ending not in TYPES:
        raise Refused(
            "evidence.file_type",
            "“%(name)s” is of a kind that is not taken. Documents, pictures, sound, video and "
            "zip archives are.",
            name=name,
        )
    media_type, signatures = TYPES[ending]
    content = file.stream.read(largest + 1)
    if not content:
        raise Refused("evidence.file_empty", "“%(name)s” is empty.", name=name)
    if len(content) > largest:
        raise Refused(
            "evidence.file_size",
            "“%(name)s” is larger than %(largest)s. Make it smaller, or hand in a link to it.",
            name=name,
            largest=file_size(largest),
        )
    if signatures and not content.startswith(signatures):
        raise Refused(
            "evidence.file_content",
            "“%(name)s” is not what its ending says. Save it again in the program it is from.",
            name=name,
        )
    return Upload(name=name, media_type=media_type, content=content)
