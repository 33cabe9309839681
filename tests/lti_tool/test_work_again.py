"""The one commit, where two at the same moment make what there can be only one of."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database
from lti_tool.platforms.registrations import new_tenant
from lti_tool.work import work
from rubrics.actions.done import Done
from rubrics.tables.rubrics import Rubric
from tests.lti_tool.launch_app import launch_services
from tests.lti_tool.platform import KeySets


@pytest.fixture
def tenant_id(db: Database) -> UUID:
    with db.writing(EVERY_TENANT) as session:
        return new_tenant(session, "North").id


def _rubrics(db: Database) -> int:
    with db.reading(EVERY_TENANT) as session:
        return session.scalar(select(func.count()).select_from(Rubric)) or 0


def test_the_second_finds_what_the_first_made(db: Database, tenant_id: UUID) -> None:
    identifier, asked = uuid4(), []

    def somebody_else_was_faster(session: Session) -> Done[str]:
        taken = session.scalar(select(Rubric.id).where(Rubric.identifier == identifier))
        asked.append(taken is not None)
        if taken is not None and len(asked) > 1:
            return Done("found")
        session.add_all([Rubric(identifier=identifier), Rubric(identifier=identifier)])
        session.flush()
        return Done("made")

    with db.writing(tenant_id) as session:
        session.add(Rubric(identifier=identifier))
    services = launch_services(db, KeySets())
    assert work(services, tenant_id, somebody_else_was_faster) == "found"
    assert asked == [True, True]
    assert _rubrics(db) == 1


def test_what_never_fits_is_said_after_three_tries(db: Database, tenant_id: UUID) -> None:
    tries = []

    def impossible(session: Session) -> Done[None]:
        tries.append(1)
        session.add_all([Rubric(identifier=UUID(int=1)), Rubric(identifier=UUID(int=1))])
        session.flush()
        return Done(None)

    with pytest.raises(IntegrityError):
        work(launch_services(db, KeySets()), tenant_id, impossible)
    assert len(tries) == 3
    assert _rubrics(db) == 0
