"""What happens at the same moment: one login twice, two first launches, two frames of a page."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.launch.logins import cookie_name
from lti_tool.platforms.tables import Deployment, DeploymentPolicy, LtiContext
from rubrics.tables.people import Course, Person
from tests.lti_tool.platform import KeySets, SignedPlatform


def _at_once(app: Flask, posts: list[tuple[FlaskClient, dict[str, str]]]) -> list[TestResponse]:
    start = Barrier(len(posts))

    def send(post: tuple[FlaskClient, dict[str, str]]) -> TestResponse:
        client, form = post
        start.wait()
        return client.post("/lti/launch", data=form)

    with ThreadPoolExecutor(len(posts)) as threads:
        return list(threads.map(send, posts))


def _ready(
    app: Flask, platform: SignedPlatform, **claims: Any
) -> tuple[FlaskClient, dict[str, str]]:
    client = app.test_client()
    sent = platform.login(client)
    token = platform.sign(platform.claims(sent["nonce"], **claims))
    return client, {"state": sent["state"], "id_token": token}


def _count(db: Database, table: type[Any]) -> int:
    with db.reading(EVERY_TENANT) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("round_", range(3))
def test_one_login_launches_once(
    round_: int, app: Flask, platform: SignedPlatform, db: Database
) -> None:
    client, form = _ready(app, platform)
    cookie = client.get_cookie(cookie_name(form["state"]))
    assert cookie is not None
    posts = []
    for _ in range(6):
        same_browser = app.test_client()
        same_browser.set_cookie(cookie.key, cookie.value)
        posts.append((same_browser, form))
    answers = _at_once(app, posts)
    assert sorted(answer.status_code for answer in answers) == [303, 400, 400, 400, 400, 400]
    for answer in answers:
        assert answer.status_code == 303 or "launch.state.unknown" in answer.text
    assert _count(db, LaunchHandle) == 1


def test_first_launches_of_a_course_make_it_once(
    app: Flask, platform: SignedPlatform, db: Database
) -> None:
    posts = [_ready(app, platform, sub=str(number)) for number in range(6)]
    assert [answer.status_code for answer in _at_once(app, posts)] == [303] * 6
    assert _count(db, Course) == 1
    assert _count(db, LtiContext) == 1
    assert _count(db, Person) == 6


def test_only_the_first_of_two_new_deployments_is_admitted(
    app: Flask, db: Database, keys: KeySets
) -> None:
    platform = SignedPlatform(deployment_id="known")
    platform.register(db, keys, policy=DeploymentPolicy.FIRST)
    with db.writing(EVERY_TENANT) as session:
        session.query(Deployment).delete()
    posts = []
    for number in range(4):
        platform.deployment_id = f"new-{number}"
        posts.append(_ready(app, platform))
    answers = _at_once(app, posts)
    assert sorted(answer.status_code for answer in answers) == [303, 403, 403, 403]
    assert _count(db, Deployment) == 1


def test_two_frames_in_one_browser(app: Flask, platform: SignedPlatform) -> None:
    """Both logins begin before either launch ends, and both pages stay open."""
    client = app.test_client()
    first, second = platform.login(client), platform.login(client)
    pages = []
    for sent, link in ((second, "link-2"), (first, "link-1")):
        token = platform.sign(platform.claims(sent["nonce"], link=link))
        answer = client.post("/lti/launch", data={"state": sent["state"], "id_token": token})
        assert answer.status_code == 303
        pages.append(answer.location)
    titles = [client.get(page).get_json()["placement_title"] for page in pages]
    assert titles == ["Link link-2", "Link link-1"]
