"""The attachments that a statement names, and whether bytes are what they are said to be. Pure.

xAPI 1.0.3 Data 2.4.11, IEEE 9274.1.1 4.2.2.6.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"

_HEADER = re.compile(r"[\x20-\x7e]+")
_ALGORITHMS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""By the length of the digest in hexadecimal."""


Brought = Mapping[int, Collection[str]]
"""By the sid of a statement: the digests of the bytes that came with it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a statement says of one attachment."""

    path: str
    """Where it stands in the statement, as a JSONPath."""
    sha2: str
    """In lower case."""
    needed: bool
    """It has no fileUrl, so its bytes must come along."""
    media_type: str
    usage: str
    """The IRI of its usageType."""
    signs: bool
    """It is the statement's signature."""

    @property
    def content_type(self) -> str:
        """The media type as the header of a part: without parameters that no header may have."""
        if _HEADER.fullmatch(self.media_type):
            return self.media_type
        return self.media_type.partition(";")[0].strip()


def attachments(statement: Mapping[str, Any], path: str = "$") -> Iterator[Attachment]:
    """Those of a valid statement and of its sub-statement."""
    for number, one in enumerate(statement.get("attachments", ())):
        yield Attachment(
            path=f"{path}.attachments[{number}]",
            sha2=one["sha2"].lower(),
            needed="fileUrl" not in one,
            media_type=one["contentType"],
            usage=one["usageType"],
            signs=is_signature(one) and path == "$",
        )
    if statement["object"].get("objectType") == "SubStatement":
        yield from attachments(statement["object"], f"{path}.object")


def named(statements: Iterable[tuple[int, str]], brought: Brought) -> list[tuple[str, str]]:
    """Digest and Content-Type of what these statements (sid, JSON) brought, each pair once.

    Equal bytes may have several types: each statement says what they are to it.
    """
    found: dict[tuple[str, str], None] = {}
    for sid, body in statements:
        if digests := brought.get(sid):
            every = attachments(orjson.loads(body))
            found.update(
                ((one.sha2, one.content_type), None) for one in every if one.sha2 in digests
            )
    return list(found)


def is_signature(attachment: Mapping[str, Any]) -> bool:
    """Whether an attachment is the signature of its statement."""
    return bool(attachment["usageType"] == SIGNATURE)


def is_digest(sha2: str, data: bytes) -> bool:
    """Whether `sha2` (in lower case) is a SHA-2 digest of these bytes."""
    algorithm = _ALGORITHMS.get(len(sha2))
    return algorithm is not None and hashlib.new(algorithm, data).hexdigest() == sha2


def digest(length: int, data: bytes) -> str:
    """The SHA-2 digest of these bytes that is so many hexadecimal digits long."""
    return hashlib.new(_ALGORITHMS[length], data).hexdigest()
