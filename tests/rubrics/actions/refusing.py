"""How the tests of refusals ask: `refused` looks at everything before and after."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database
from rubrics.actions import activities, assessments
from rubrics.actions.done import Done
from rubrics.errors import Refused
from rubrics.tables.base import Base
from tests.rubrics.make import School


def refused(made: School, code: str, action: Callable[[Session], object]) -> None:
    """The action says no with this code, in whole words, and leaves everything as it was."""
    before = _everything(made.db)
    with pytest.raises(Refused) as refusal, made.db.writing(made.tenant_id) as session:
        action(session)
    assert refusal.value.code == code
    assert str(refusal.value).endswith(".")
    assert "%(" not in str(refusal.value)
    assert _everything(made.db) == before


def _everything(db: Database) -> list[list[Any]]:
    with db.reading(EVERY_TENANT) as session:
        return [
            sorted(map(repr, session.execute(select(table))))
            for table in Base.metadata.sorted_tables
        ]


def write(made: School, **changes: Any) -> Callable[[Session], Done[UUID]]:
    """Write an activity that differs from a usable one in these."""
    names: dict[str, Any] = {"course_id": made.course_id, "author_id": made.instructor_id}
    names |= {key: changes.pop(key) for key in tuple(changes) if key in (*names, "activity_id")}
    return lambda s: activities.write_activity(s, draft=made.draft(**changes), **names)


def open_draft(session: Session, made: School, attempt_id: UUID, **changes: Any) -> Done[UUID]:
    """Open the instructor's draft, or somebody else's."""
    names: dict[str, Any] = {"attempt_id": attempt_id, "assessor_id": made.instructor_id, **changes}
    return assessments.open_draft(session, **names)


def begun_draft(made: School) -> UUID:
    """A draft of the instructor's for the first learner."""
    attempt_id = made.attempt()
    return made.do(lambda s: open_draft(s, made, attempt_id))
