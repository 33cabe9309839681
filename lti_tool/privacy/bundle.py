"""The export of one person as a zip archive, written a piece at a time into any binary file.

JSON Lines for statements, JSON for everything else, files as they were handed in; README.txt says
what is what. Touches the record store, the application's tables and the evidence files, to read.
"""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from uuid import UUID

from foundation import clock
from lti_tool.files import FileMissing
from lti_tool.privacy import application
from lti_tool.privacy.erasing import Place
from rubrics.tables.activities import EvidenceItem
from xapi.privacy import records
from xapi.privacy.records import Others, Part
from xapi.privacy.subject import Subject

_README = """\
Everything that this installation of Twofold holds about one person
Written {moment:%Y-%m-%d %H:%M} UTC

statements/      the learning records (xAPI statements), one in a line, the oldest first:
                 actor.jsonl: what you did; object.jsonl: what was done to you;
                 related.jsonl: where you are mentioned otherwise, or where something refers to
                 a record of yours. Records that were declared void are among them.
documents/       what learning content keeps about you, byte for byte; index.json describes it
attachments/     files that came with your records; index.json describes them
application/     what the application itself knows:
{sections}
evidence/        the files that you or your group handed in

Other people are numbered ("others": 1, 2, …) or appear by their role, never by name. Texts
that people wrote are as they wrote them. Times are in UTC.
"""
_ENDINGS = {"application/json": ".json", "text/plain": ".txt", "application/pdf": ".pdf"}


def write(
    place: Place, subject: Subject, person_id: UUID | None, into: IO[bytes]
) -> dict[str, int]:
    """Write the archive; how many statements, documents, attachments and files are in it."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _readme())
        counts, sids = _statements(place, subject, archive)
        counts["documents"] = _documents(place, subject, archive)
        counts["attachments"] = _attachments(place, sids, archive)
        counts["files"] = 0 if person_id is None else _application(place, person_id, archive)
    return counts


def _readme() -> str:
    sections = "\n".join(f"  {one.name + '.json':24} {one.says}" for one in application.SECTIONS)
    return _README.format(moment=clock.now(), sections=sections)


def _statements(
    place: Place, subject: Subject, archive: zipfile.ZipFile
) -> tuple[dict[str, int], list[int]]:
    """Three passes, as an archive takes one file at a time; the others' numbers are the same."""
    others = Others(subject, place.iri_base)
    count, own = 0, []
    for part in Part:
        with _entry(archive, f"statements/{part.value}.jsonl") as out:
            for one in records.statements(place.database, place.tenant, others):
                if one.part is not part:
                    continue
                out.write(one.text.encode() + b"\n")
                count += 1
                if part is not Part.RELATED:
                    own.append(one.sid)
    return {"statements": count}, own


def _documents(place: Place, subject: Subject, archive: zipfile.ZipFile) -> int:
    index: list[dict[str, Any]] = []
    for known, content in records.documents(place.database, place.tenant, subject):
        name = f"documents/{len(index) + 1:04}{_ending(known['contentType'])}"
        with _entry(archive, name) as out:
            out.write(content)
        index.append({"file": name, **known})
    archive.writestr("documents/index.json", _json(index))
    return len(index)


def _attachments(place: Place, sids: list[int], archive: zipfile.ZipFile) -> int:
    index: dict[str, dict[str, Any]] = {}
    for sid in sids:
        for sha2 in records.digests(place.database, place.tenant, sid):
            found = (
                None if sha2 in index else records.attachment(place.database, place.tenant, sha2)
            )
            if found is None:
                continue
            media_type, content = found
            name = f"attachments/{sha2}{_ending(media_type)}"
            with _entry(archive, name) as out:
                out.write(content)
            index[sha2] = {"file": name, "sha2": sha2, "contentType": media_type}
    archive.writestr("attachments/index.json", _json(list(index.values())))
    return len(index)


def _application(place: Place, person_id: UUID, archive: zipfile.ZipFile) -> int:
    with place.database.reading(place.tenant) as session:
        for section in application.SECTIONS:
            entries = list(section.entries(session, person_id))
            archive.writestr(f"application/{section.name}.json", _json(entries))
        files = list(application.files(session, person_id))
    for item in files:
        _file(place, item, archive)
    return len(files)


def _file(place: Place, item: EvidenceItem, archive: zipfile.ZipFile) -> None:
    name = application.file_name(item)
    try:
        source = place.files.open(place.tenant, item.storage_key or "")
    except FileMissing:
        archive.writestr(f"{name}.missing.txt", "The bytes of this file are not there any more.\n")
        return
    with source, _entry(archive, name) as out:
        shutil.copyfileobj(source, out)


@contextmanager
def _entry(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    with archive.open(name, "w", force_zip64=True) as out:
        yield out


def _ending(media_type: str) -> str:
    plain = re.split(r"[;\s]", media_type.lower(), maxsplit=1)[0]
    return _ENDINGS.get(plain, ".bin")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n"
