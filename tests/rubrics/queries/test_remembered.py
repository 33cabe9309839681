"""The criteria of a rubric's version are read once a process; what else a page shows, each time."""

from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from foundation.db import Database
from rubrics.queries import whole
from rubrics.queries.activities import activity_page
from rubrics.tables.frameworks import Competency
from rubrics.tables.rubrics import Criterion, CriterionAlignment, Level
from rubrics.words import Kind
from tests.rubrics.make import School, school


@pytest.fixture
def made(db: Database, monkeypatch: pytest.MonkeyPatch) -> School:
    """A school whose rubric nobody has read yet."""
    monkeypatch.setattr(whole, "_REMEMBERED", {})
    return school(db, learners=1)


def _read(made: School) -> tuple[Any, int]:
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(made.db.engine, "before_cursor_execute", note)
    try:
        page = made.read(lambda s: activity_page(s, made.placement_id))
    finally:
        event.remove(made.db.engine, "before_cursor_execute", note)
    return page, sum(" criterion" in each and " level" in each for each in sent)


def test_it_is_read_once_and_is_the_same(made: School) -> None:
    first, times = _read(made)
    second, again = _read(made)
    assert (times, again) == (1, 0)
    assert first == second
    assert first.activity.rubric.criteria[0].alignments


def test_what_a_competency_is_called_is_read_each_time(made: School) -> None:
    before, _ = _read(made)
    (alignment, *_) = before.activity.rubric.criteria[0].alignments
    with made.db.writing(made.tenant_id) as session:
        changed = update(Competency).where(Competency.id == alignment.competency.id)
        session.execute(changed.values(label="Renamed", kind=Kind.HARD))
    after, _ = _read(made)
    (alignment, *_) = after.activity.rubric.criteria[0].alignments
    assert (alignment.competency.label, alignment.competency.kind) == ("Renamed", Kind.HARD)


def test_a_writing_session_remembers_nothing(made: School) -> None:
    """It may be about to make the version that it reads."""
    with made.db.writing(made.tenant_id) as session:
        activity_page(session, made.placement_id)
    assert whole._REMEMBERED == {}


def test_what_is_remembered_is_bounded(made: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "MOST_VERSIONS", 1)
    other = school(made.db, learners=1, name="Another")
    for each in (made, other, made):
        _read(each)
        assert len(whole._REMEMBERED) == 1


@pytest.mark.parametrize("table", [Criterion, Level, CriterionAlignment])
def test_a_version_is_never_changed(made: School, table: type[Any]) -> None:
    with made.db.reading(made.tenant_id) as session:
        row = session.query(table).first()
        session.expunge(row)

    def change(session: Session) -> None:
        mine = session.merge(row)
        field = "points" if table is Level else "weight"
        setattr(mine, field, getattr(mine, field) + 1)
        session.flush()

    with made.db.writing(made.tenant_id) as session, pytest.raises(RuntimeError, match="next"):
        change(session)
