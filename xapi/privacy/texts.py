"""JSON and text without the person, whoever wrote it: documents and attached bytes. Pure.

Only what identifies by itself is taken out (addresses, digests of addresses, openids, accounts in
JSON, long account names); names only where JSON has them beside an agent that is the person. What
is neither JSON nor text is left as it is: nobody knows how without breaking it.
"""

import json
import re

from xapi.privacy import pseudonym, rewriting
from xapi.privacy.pseudonym import Pseudonym
from xapi.privacy.subject import Subject

_CHARSET = re.compile(r';\s*charset\s*=\s*"?([A-Za-z0-9._:-]+)', re.IGNORECASE)


def is_text(media_type: str) -> bool:
    """Whether bytes of this type can be looked through."""
    kind = _kind(media_type)
    return kind.startswith("text/") or _is_json(kind)


def of_bytes(media_type: str, content: bytes, subject: Subject, stands: Pseudonym) -> bytes | None:
    """The bytes with the pseudonym in the person's place; None where nothing is to be done."""
    if not is_text(media_type):
        return None
    text, encoding = _decoded(media_type, content)
    if _is_json(_kind(media_type)):
        new = _of_json(text, subject, stands)
    else:
        new = subject.exact.sub(str(stands.name), text)
    return None if new == text else new.encode(encoding)


def _of_json(text: str, subject: Subject, stands: Pseudonym) -> str:
    """Agents and whole strings first, then parts of strings, then keys."""

    def reword(value: str, _: bool) -> str:
        return subject.exact.sub(str(stands.name), value)

    if not subject.may_be_in(text, partly=True):
        return text
    try:
        new = pseudonym.of_text(text, subject, stands, extension=True)
        new = rewriting.replaced(new, lambda _: None, reword, extension=True)
    except (ValueError, RecursionError):
        return subject.exact.sub(str(stands.name), text)
    with_keys = subject.exact.sub(str(stands.name), new)
    return with_keys if _is_valid(with_keys) else new


def _is_valid(text: str) -> bool:
    """Not where a bare number was an account's name."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _kind(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _is_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith("+json")


def _decoded(media_type: str, content: bytes) -> tuple[str, str]:
    """The text, and the encoding that gives the same bytes again.

    Identifiers are ASCII, or nearly: where the encoding that is said is wrong, Latin-1 finds them
    and keeps every other byte.
    """
    said = _CHARSET.search(media_type)
    for encoding in (said[1] if said else "utf-8", "utf-8", "utf-16"):
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            text = content.decode(encoding)
            if text.encode(encoding) == content:
                return text, encoding
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1"), "latin-1"
