"""How often a warm launch asks the database: a guard against what made launches slow once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.app import create_app
from lti_tool.services import EXTENSION
from tests.lti_tool.launch.activities import activity_of
from tests.lti_tool.launch_app import launch_services
from tests.lti_tool.platform import INSTRUCTOR, KeySets, SignedPlatform

MOST = {"login": 1, "launch": 15, "page": 4}
"""Statements, without BEGIN."""


@pytest.fixture
def app(db: Database, keys: KeySets) -> Flask:
    """The whole application."""
    return create_app(launch_services(db, keys))


@pytest.fixture
def counted(app: Flask) -> Callable[[Callable[[], Any]], tuple[Any, int]]:
    """Runs something and counts its statements."""
    sent: list[str] = []

    @event.listens_for(app.extensions[EXTENSION].db.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    def count(run: Callable[[], Any]) -> tuple[Any, int]:
        sent.clear()
        return run(), len(sent)

    return count


@pytest.mark.usefixtures("untidied")
def test_a_learner_who_was_here_before(
    client: FlaskClient,
    platform: SignedPlatform,
    db: Database,
    counted: Callable[[Callable[[], Any]], tuple[Any, int]],
) -> None:
    platform.launch(client, sub="teacher", roles=[INSTRUCTOR])
    with db.reading(EVERY_TENANT) as session:
        course_id: UUID = session.scalars(select(LaunchHandle.course_id)).one()
    custom = {"twofold_activity": str(activity_of(db, str(course_id)))}
    for _ in range(2):
        client.get(platform.launch(client, custom=custom), follow_redirects=True)
    begun, login = counted(lambda: platform.login(client))
    token = platform.sign(platform.claims(begun["nonce"], custom=custom))
    form = {"state": begun["state"], "id_token": token}
    entered, launch = counted(lambda: client.post("/lti/launch", data=form))
    shown, page = counted(lambda: client.get(entered.location))
    assert shown.status_code == 200
    found = {"login": login, "launch": launch, "page": page}
    assert {name: number for name, number in found.items() if number > MOST[name]} == {}, found
