"""A person is erased from everything: tables, files, records; the class and the others stay."""

import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from foundation.db import EVERY_TENANT, Database
from lti_tool import schema
from lti_tool.admin import audit
from lti_tool.delivery.tables import GradeDelivery
from lti_tool.files import FileMissing
from lti_tool.privacy import application, erasing, people
from lti_tool.privacy.erasing import ERASED
from lti_tool.records import vocabulary
from rubrics.actions import people as meeting
from rubrics.queries.classes import class_list
from rubrics.scoring.replay import replay
from rubrics.tables.activities import EvidenceItem, Submission
from rubrics.tables.assessments import (
    ActivityScore,
    Assessment,
    CompetencyAssertion,
    CriterionRating,
)
from rubrics.tables.people import CourseGroupMember
from tests.lti_tool.privacy.class_of_maria import ISSUER, NEEDLES, Class, begun
from tests.lti_tool.records.story import stored
from tests.xapi.privacy.dump import dump, mentions
from xapi.privacy import finding, retention
from xapi.privacy.task import Task
from xapi.store.tables import Statement


def known(room: Class, person_id: UUID) -> people.Known:
    with room.db.reading(room.made.tenant_id) as session:
        found = people.by_id(session, person_id)
    assert found is not None
    return found


def begin(room: Class, person_id: UUID | None = None) -> Task:
    who = known(room, person_id or room.maria)
    return erasing.begin(room.place, who.as_subject(), who.id)


def erase(room: Class) -> Task:
    task = begin(room)
    erasing.finish(room.place, task, audit.COMMAND_LINE)
    return task


def bytes_on_disk(room: Class) -> bytes:
    return b"".join(path.read_bytes() for path in room.folder.rglob("*") if path.is_file())


def verbs(room: Class) -> Counter[str]:
    with room.db.reading(room.made.tenant_id) as session:
        bodies = session.scalars(
            select(Statement.body).where(Statement.tenant == room.made.tenant_id)
        )
        return Counter(json.loads(body)["verb"]["id"] for body in bodies)


def test_nothing_anywhere_says_who_it_was(room: Class) -> None:
    assert len(mentions(room.db, *NEEDLES)) > 10
    assert b"essay of mine" in bytes_on_disk(room)
    erase(room)
    assert mentions(room.db, *NEEDLES) == []
    assert b"essay of mine" not in bytes_on_disk(room)
    with room.db.reading(EVERY_TENANT) as session:
        noted = audit.entries(session)
    assert [entry.action for entry in noted] == ["person.erased"]
    assert noted[0].detail["statements"] > 5


def test_the_database_file_has_forgotten_too(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    room = begun(database, tmp_path / "files")
    path = Path(str(database.engine.url.database))
    erase(room)
    database.dispose()
    left = b"".join(one.read_bytes() for one in path.parent.glob("twofold.db*"))
    assert b"sub-of-paul" in left
    assert [needle for needle in NEEDLES if needle.encode() in left] == []


def test_class_figures_are_as_they_were(room: Class) -> None:
    def figures(session: Any) -> Any:
        return (
            sorted(map(str, session.scalars(select(ActivityScore.points)))),
            sorted(map(str, session.scalars(select(CompetencyAssertion.estimate)))),
            sorted(session.scalars(select(CriterionRating.level_id)), key=str),
            session.scalar(select(func.count()).select_from(Submission)),
        )

    before, counted = room.made.read(figures), verbs(room)
    erase(room)
    assert room.made.read(figures) == before
    assert verbs(room) == counted
    page = room.made.read(lambda session: class_list(session, room.made.placement_id))
    row = next(each for each in page.rows if each.person_id == room.maria)
    assert row.score is not None
    assert row.left_at is not None
    assert "Maria" not in row.name


def test_the_person_is_in_no_section_any_more(room: Class) -> None:
    erase(room)
    left = room.made.read(
        lambda session: list(session.scalars(select(CourseGroupMember.person_id)))
    )
    assert left == [room.paul]


def test_the_others_keep_every_byte(room: Class) -> None:
    def his(session: Any) -> Any:
        comments = select(Assessment.comment, CriterionRating.comment).join(CriterionRating)
        items = select(EvidenceItem.text, EvidenceItem.sha256).order_by(EvidenceItem.id)
        return (
            sorted(map(str, session.execute(comments.where(Assessment.assessor_id == room.maria)))),
            [tuple(row) for row in session.execute(items) if "mine" not in row.text],
        )

    before = room.made.read(his)
    tables = dump(room.db)
    erase(room)
    assert room.made.read(his) == before
    after = dump(room.db)
    paul = str(room.paul).replace("-", "")
    for table, rows in tables.items():
        gone = {row for row in rows - after[table] if paul in "".join(row).replace("-", "")}
        # What he said of her is about her; everything else of his is as it was.
        assert table == "assessment" or not gone, table
    assert b"essay of his" in bytes_on_disk(room)
    assert any("Our joint work" in text for text, _ in before[1])


def test_another_tenant_keeps_the_same_person(room: Class, tmp_path: Path) -> None:
    other = begun(room.db, tmp_path / "others", "South School")
    tenant = other.made.tenant_id
    ids = {str(tenant), tenant.hex}
    before = {
        table: {row for row in rows if ids & set(row)} for table, rows in dump(room.db).items()
    }
    erase(room)
    after = dump(room.db)
    assert all(rows <= after[table] for table, rows in before.items())
    assert b"essay of mine" in bytes_on_disk(other)


def test_what_is_left_over_on_the_disk_goes_too(room: Class) -> None:
    """A file that was taken out of a draft has no row any more, so nobody knows whose it was."""
    lost = room.place.files.put(room.made.tenant_id, b"taken back")
    recent = room.place.files.put(room.made.tenant_id, b"being uploaded")
    os.utime(room.folder / lost.storage_key, (0, 0))
    erase(room)
    with pytest.raises(FileMissing):
        room.place.files.open(room.made.tenant_id, lost.storage_key)
    room.place.files.open(room.made.tenant_id, recent.storage_key).close()


class Killed(BaseException):
    """What no handler catches."""


def die(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (erasing, "_remove_evidence"),
        (erasing, "_remove_file"),
        (audit, "note"),
        (erasing, "_remove_orphans"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_killed_anywhere_it_is_finished_later(
    room: Class, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    task = begin(room)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(Killed):
            erasing.finish(room.place, task, audit.COMMAND_LINE)
    again = erasing.begun(room.place)
    if name != "_remove_orphans":
        assert again == [task]
    for one in again:
        erasing.finish(room.place, one, audit.COMMAND_LINE)
    assert mentions(room.db, *NEEDLES) == []
    assert b"essay of mine" not in bytes_on_disk(room)
    assert erasing.begun(room.place) == []


def test_two_that_finish_it_are_one(room: Class) -> None:
    task = begin(room)
    assert erasing.finish(room.place, task, audit.COMMAND_LINE)["statements"]
    assert erasing.finish(room.place, task, audit.COMMAND_LINE) == {}
    with room.db.reading(EVERY_TENANT) as session:
        assert len(audit.entries(session)) == 1


def test_a_replay_holds_and_says_what_evidence_is_retired(room: Class) -> None:
    erase(room)
    claims = stored(room.made, vocabulary.ASSERTED)
    assert len(claims) >= 4
    for claim in claims:
        assert replay(claim["result"]["extensions"][vocabulary.ESTIMATE]).agrees
    with room.db.reading(room.made.tenant_id) as session:
        first = session.scalar(
            select(func.min(Statement.sid)).where(Statement.id == UUID(claims[0]["id"]))
        )
    cut = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=first or 0)
    for _ in retention.remove(room.db, room.made.tenant_id, cut):
        pass
    kept = {one["id"] for one in stored(room.made)}
    record = claims[0]["result"]["extensions"][vocabulary.ESTIMATE]
    assert claims[0]["id"] in kept
    found = {
        entry["source"]: Decimal(entry["value"])
        for entry in record["evidence"]
        if kept.issuperset(entry["statements"])
    }
    again = replay(record, found)
    assert again.agrees
    assert again.retired == tuple(entry["source"] for entry in record["evidence"])


def test_whoever_comes_again_is_somebody_new(room: Class) -> None:
    task = erase(room)
    with room.db.writing(room.made.tenant_id) as session:
        new = meeting.meet_person(session, issuer=ISSUER, subject="sub-of-maria", name="Maria")
        assert new.id != room.maria
        old = people.by_pseudonym(session, task.pseudonym)
        assert old is not None
        assert old.id == room.maria


def test_a_group_of_erased_people_has_no_evidence_left(room: Class) -> None:
    erase(room)
    assert mentions(room.db, "Our joint work")
    task = begin(room, room.paul)
    erasing.finish(room.place, task, audit.COMMAND_LINE)
    assert mentions(room.db, "Our joint work", "Paul", "sub-of-paul") == []


def test_a_grade_on_its_way_goes_nowhere(room: Class) -> None:
    erase(room)
    with room.db.reading(room.made.tenant_id) as session:
        assert list(session.scalars(select(GradeDelivery.person_id))) == [room.paul]


def person_columns() -> set[str]:
    """Every column that leads to a person, in every table there is."""
    return {
        f"{table.name}.{column.name}"
        for metadata in schema.METADATA
        for table in metadata.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "person.id" for key in column.foreign_keys)
        or column.name in ("person_id", "learner_id", "assessor_id", "author_id")
    }


@pytest.mark.parametrize(
    "covered",
    [
        lambda: set(ERASED),
        lambda: {column for section in application.SECTIONS for column in section.columns},
    ],
    ids=["erased", "exported"],
)
def test_no_table_with_people_is_forgotten(covered: Callable[[], set[str]]) -> None:
    """Who adds a column that leads to a person says what export and erasure do with it."""
    assert covered() == person_columns()


def test_nothing_is_found_by_the_old_names(room: Class) -> None:
    subject = known(room, room.maria).as_subject()
    with room.db.reading(room.made.tenant_id) as session:
        assert finding.amount(session, room.made.tenant_id, subject).as_actor > 5
        assert [one.id for one in people.suggested(session, "muster")] == [room.maria]
    task = erase(room)
    with room.db.reading(room.made.tenant_id) as session:
        assert not finding.amount(session, room.made.tenant_id, subject)
        assert people.suggested(session, "muster") == []
        new = known(room, room.maria).as_subject()
        assert new.identifiers == {task.pseudonym.identifier}
        assert finding.amount(session, room.made.tenant_id, new).as_actor > 5
