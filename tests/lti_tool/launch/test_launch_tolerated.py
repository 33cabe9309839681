"""What honest platforms do, and what hostile ones put where we do not look, stops no launch."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.launch.claims import read
from rubrics.tables.people import CourseGroup
from tests.lti_tool.platform import (
    AGS,
    INSTRUCTOR,
    LTI,
    Claims,
    KeySets,
    SignedPlatform,
    way_in,
)


@pytest.fixture(scope="module")
def platform(shared_db: Database, shared_keys: KeySets) -> SignedPlatform:
    return SignedPlatform().register(shared_db, shared_keys)


def _page(client: FlaskClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize("hint", ["$Custom.twofold", "no-uuid", "", None, 7, {"a": 1}])
def test_a_useless_hint_does_no_harm(
    hint: Any, browser: FlaskClient, platform: SignedPlatform
) -> None:
    page = _page(browser, platform.launch(browser, custom={"twofold_activity": hint, "b": None}))
    assert page["purpose"] == "course-home"


SAYS_NOTHING: dict[str, Any] = {
    "a literal of Canvas": "$Canvas.x",
    "a literal of LTI": "$ResourceLink.id.history",
    "a number": 7,
    "a fraction": -1.5,
    "true": True,
    "null": None,
    "an object": {"a": {"b": 1}},
    "a list": ["x"],
}


@pytest.mark.parametrize("value", SAYS_NOTHING)
def test_custom_values_that_say_nothing(
    value: str, browser: FlaskClient, platform: SignedPlatform, shared_db: Database
) -> None:
    """Under every name that we read, and one that we do not: as if they were not there."""
    names = (
        *("twofold_activity", "resource_link_history", "context_history", "section_names"),
        *("section_ids", "section_sourcedid", "group_ids", "anything"),
    )
    custom = dict.fromkeys(names, SAYS_NOTHING[value])
    assert read(platform.claims("nonce", custom=custom)).custom == {}
    told = _page(browser, platform.launch(browser, custom=custom))
    assert told == _page(browser, platform.launch(browser))
    with shared_db.reading(EVERY_TENANT) as session:
        assert set(session.scalars(select(LaunchHandle.copied_from))) == {None}
        assert session.scalars(select(CourseGroup)).all() == []


def test_the_hint_of_an_activity_that_is_not_there_opens_none(
    browser: FlaskClient, platform: SignedPlatform
) -> None:
    hint = {"twofold_activity": "9b2d4c1e-0000-4000-8000-000000000000"}
    page = _page(browser, platform.launch(browser, link="hinted", custom=hint))
    assert page["purpose"] == "activity"
    assert page["placement_title"] == "Link hinted"


TOLERATED: dict[str, Callable[[Claims], Any]] = {
    "exp 55 s ago": lambda claims: claims.update(exp=time.time() - 55),
    "iat 55 s ahead": lambda claims: claims.update(iat=time.time() + 55),
    "iat 3 s ahead": lambda claims: claims.update(iat=int(time.time()) + 3),
    "nbf 55 s ahead": lambda claims: claims.update(nbf=time.time() + 55),
    "iat ten minutes ago": lambda claims: claims.update(iat=time.time() - 600),
    "aud a list of one": lambda claims: claims.update(aud=["client-1"]),
    "azp ours": lambda claims: claims.update(azp="client-1"),
    "sub of 255": lambda claims: claims.update(sub="s" * 255),
    "names null": lambda claims: claims.update(name=None, email=None, given_name=None),
    "no names": lambda claims: claims.pop("name"),
    "unknown claims": lambda claims: claims.update({"https://x.example/new": {"a": [1]}}),
    "no custom": lambda claims: claims.pop(f"{LTI}custom"),
    "no services": lambda claims: claims.pop(AGS),
    "empty line item": lambda claims: claims[AGS].update(lineitem=""),
    "return_url hostile": lambda claims: claims[f"{LTI}launch_presentation"].update(
        return_url="javascript:alert(1)", locale="; script-src *"
    ),
    "for_user of somebody": lambda claims: claims.update({f"{LTI}for_user": {"user_id": "1"}}),
}


@pytest.mark.parametrize("name", TOLERATED)
def test_what_platforms_do_is_tolerated(
    name: str, browser: FlaskClient, platform: SignedPlatform
) -> None:
    answer = platform.post(browser, TOLERATED[name])
    assert answer.status_code == 303, answer.text
    policy = browser.get(answer.location).headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://lms.example")


def test_a_forged_consumer_key_makes_nobody_somebody_else(
    browser: FlaskClient, platform: SignedPlatform
) -> None:
    forged = {
        f"{LTI}lti1p1": {
            "user_id": "5",
            "oauth_consumer_key": "k",
            "oauth_consumer_key_sign": "forged",
        }
    }
    known = _page(browser, platform.launch(browser, sub="5"))
    answer = platform.post(browser, lambda claims: claims.update(forged), sub="somebody-new")
    assert _page(browser, way_in(answer.location))["person"] != known["person"]


def test_names_are_cleaned_and_escaped(browser: FlaskClient, platform: SignedPlatform) -> None:
    page = _page(
        browser, platform.launch(browser, name="<b>A</b> \u202eevil\u0007 👩‍🏫 " + "x" * 600)
    )
    assert page["name"].startswith("<b>A</b> evil 👩‍🏫 xxx")
    assert len(page["name"]) <= 500


@pytest.mark.parametrize("accepted", [["link"], [], ["ltiResourceLink", "link"]])
def test_deep_linking_may_accept_other_types(
    accepted: list[str], browser: FlaskClient, platform: SignedPlatform
) -> None:
    settings = {"accept_types": accepted}
    page = _page(browser, platform.launch(browser, roles=[INSTRUCTOR], deep_linking=settings))
    assert page["deep_linking"]["accept_types"] == accepted
    assert page["deep_linking"]["data"] is None
