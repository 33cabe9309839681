"""Tenants stay apart: by issuer, by client_id, and by deployment of one client_id."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.onboarding import onboard
from lti_tool.platforms.tables import DeploymentPolicy, WaitingDeployment
from rubrics.tables.activities import Placement
from rubrics.tables.people import Tenant
from tests.lti_tool.launch.activities import activity_of
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.platform import KeySets, SignedPlatform


def _here(client: FlaskClient, address: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(address).get_json()
    return found


def _apart(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return not {
        first[name] == second[name] for name in ("tenant", "person", "course", "placement")
    } & {True}


def test_two_schools_on_one_issuer(app: Flask, db: Database, keys: KeySets) -> None:
    """One cloud, two client ids: the same user and course ids mean other people and courses."""
    north = SignedPlatform(client_id="north").register(db, keys)
    south = SignedPlatform(client_id="south").register(db, keys)
    a, b = app.test_client(), app.test_client()
    at_north, at_south = north.launch(a), south.launch(b)
    assert _apart(_here(a, at_north), _here(b, at_south))
    for client, foreign in ((a, at_south), (b, at_north)):
        answer = client.get(foreign)
        assert answer.status_code == 403
        assert "access.person.other" in answer.text


def test_two_schools_on_one_client_id(app: Flask, db: Database, keys: KeySets) -> None:
    """Blackboard's way: the school is the deployment."""
    policy = DeploymentPolicy.EACH
    north = SignedPlatform(deployment_id="north").register(
        db, keys, tenant_name="North", policy=policy
    )
    south = SignedPlatform(deployment_id="south").register(
        db, keys, tenant_name="South", policy=policy
    )
    a, b = app.test_client(), app.test_client()
    at_north, at_south = north.launch(a), south.launch(b)
    assert _apart(_here(a, at_north), _here(b, at_south))
    assert "access.person.other" in a.get(at_south).text
    with db.reading(EVERY_TENANT) as session:
        assert set(session.scalars(select(Tenant.name))) == {"North", "South"}


def test_an_activity_hint_of_another_tenant_opens_nothing(
    app: Flask, db: Database, keys: KeySets
) -> None:
    """The same guess is made in the other direction by test_launch_accepted."""
    north = SignedPlatform(client_id="north").register(db, keys)
    south = SignedPlatform(client_id="south").register(db, keys)
    a, b = app.test_client(), app.test_client()
    theirs = activity_of(db, _here(a, north.launch(a))["course"])
    hint = {"twofold_activity": str(theirs)}
    here, there = _here(b, south.launch(b, custom=hint)), _here(a, north.launch(a, custom=hint))
    with db.reading(EVERY_TENANT) as session:
        assert session.get_one(Placement, UUID(here["placement"])).activity_id is None
        assert session.get_one(Placement, UUID(there["placement"])).activity_id == theirs
        assert {row.copied_from is None for row in session.scalars(select(LaunchHandle))} == {True}


@pytest.mark.parametrize("policy", DeploymentPolicy)
def test_the_policy_decides_about_a_new_deployment(
    policy: DeploymentPolicy, app: Flask, db: Database, keys: KeySets
) -> None:
    platform = SignedPlatform(deployment_id="first").register(db, keys, policy=policy)
    known = _here(client := app.test_client(), platform.launch(client))
    platform.deployment_id = "second"
    answer = platform.post(client)
    if policy is DeploymentPolicy.ALL:
        assert _here(client, answer.location)["tenant"] == known["tenant"]
        return
    assert_refused(answer, "launch.deployment.waiting")
    assert "second" in answer.text
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(WaitingDeployment.deployment_id)).all() == ["second"]
    platform.register(db, keys, policy=policy)
    assert _here(client, platform.launch(client))["tenant"] == known["tenant"]
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(WaitingDeployment.deployment_id)).all() == []


def test_the_first_deployment_is_accepted(app: Flask, db: Database, keys: KeySets) -> None:
    platform = SignedPlatform(deployment_id="whatever")
    platform.register(db, keys)
    onboard(
        db,
        issuer="https://fresh.example",
        client_id="client-1",
        auth_login_url="https://fresh.example/auth",
        auth_token_url="https://fresh.example/token",
        key_set_url=platform.key_set_url,
    )
    fresh = SignedPlatform(issuer="https://fresh.example", deployment_id="d1")
    assert fresh.launch(app.test_client())
    fresh.deployment_id = "d2"
    assert_refused(fresh.post(app.test_client()), "launch.deployment.waiting")
