"""Registering LMSs: what is refused, what a second call changes, whose the deployments are."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from lti_tool.platforms.registrations import (
    AddedPlatform,
    RegistrationInfo,
    add_platform,
    further_hosts,
    is_private,
    list_hosts,
    list_platforms,
)
from lti_tool.platforms.tables import Deployment, DeploymentPolicy, Registration
from rubrics.errors import Refused
from rubrics.tables.people import Tenant

LMS = {
    "issuer": "https://lms.example",
    "client_id": "client-1",
    "auth_login_url": "https://lms.example/auth",
    "auth_token_url": "https://lms.example/token",
    "key_set_url": "https://lms.example/jwks",
    "deployment_ids": ["1"],
    "name": "North",
}


def _add(db: Database, **changes: Any) -> AddedPlatform:
    with db.writing(EVERY_TENANT) as session:
        return add_platform(session, **(LMS | changes))


def _tenants(db: Database) -> dict[str, str]:
    """The tenant's name of each deployment."""
    query = select(Deployment.deployment_id, Tenant.name).join(
        Tenant, Tenant.id == Deployment.tenant_id
    )
    with db.reading(EVERY_TENANT) as session:
        return {row.deployment_id: row.name for row in session.execute(query)}


def test_the_first_call_makes_the_tenant(db: Database) -> None:
    added = _add(db)
    assert [type(tenant) for tenant in added.new_tenants] == [UUID]
    assert added.registration.home_tenant_id == added.new_tenants[0]
    assert added.registration.private_hosts == ()
    assert _tenants(db) == {"1": "North"}


def test_the_second_call_changes_addresses_and_adds_deployments(db: Database) -> None:
    first = _add(db)
    second = _add(
        db,
        key_set_url="https://lms.example/keys",
        deployment_ids=["1", "2"],
        name="N",
        policy=DeploymentPolicy.ALL,
    )
    assert second.new_tenants == ()
    assert second.registration.id == first.registration.id
    assert second.registration.key_set_url == "https://lms.example/keys"
    assert second.registration.policy is DeploymentPolicy.ALL
    assert _tenants(db) == {"1": "North", "2": "North"}


def test_what_is_not_given_stays(db: Database) -> None:
    local = {
        "auth_login_url": "http://127.0.0.1:8001/auth",
        "auth_token_url": "http://127.0.0.1:8001/token",
        "key_set_url": "http://127.0.0.1:8001/jwks",
    }
    audience = "https://api.lms.example/token"
    policy = DeploymentPolicy.ALL
    first = _add(db, **local, private=True, policy=policy, auth_audience=audience).registration
    first = _listed(db, first, "canvas.school.example")
    assert _add(db, **local, name="").registration == first
    emptied = _add(db, auth_audience="", private=False).registration
    assert (emptied.auth_audience, is_private(emptied)) == (None, False)
    assert emptied.private_hosts == ("canvas.school.example:443",), "listed hosts stay"


def test_only_addresses_that_are_typed_become_private(db: Database) -> None:
    home = {"auth_login_url": "http://10.0.0.1/auth", "auth_token_url": "http://10.0.0.1/token"}
    first = _add(db, **home, key_set_url="http://10.0.0.1/jwks", private=True).registration
    assert first.private_hosts == ("lms.example:443", "10.0.0.1:80")
    with pytest.raises(Refused):
        _add(db, **home, key_set_url="http://10.0.0.2/jwks")
    _add(db, **home, key_set_url="https://keys.example/jwks")
    again = _add(db, **home, key_set_url="https://keys.example/jwks", private=True).registration
    assert again.private_hosts == first.private_hosts, "nobody typed another private address"
    moved = _add(db, **home, key_set_url="http://10.0.0.2/jwks", private=True).registration
    assert moved.private_hosts == (*first.private_hosts, "10.0.0.2:80")
    back = _add(db, **home, key_set_url="https://keys.example/jwks").registration
    assert back.private_hosts == first.private_hosts, "an address that is left is forgotten"


def _listed(db: Database, known: RegistrationInfo, *hosts: str) -> RegistrationInfo:
    with db.writing(EVERY_TENANT) as session:
        return list_hosts(session, known.id, hosts)


def test_further_hosts_are_listed_and_replaced(db: Database) -> None:
    known = _add(db).registration
    listed = _listed(
        db, known, "Canvas.School.example", "canvas.school.example:443", "[fd00::1]:8443"
    )
    assert listed.private_hosts == ("canvas.school.example:443", "fd00::1:8443")
    assert further_hosts(listed) == ("canvas.school.example:443", "[fd00::1]:8443")
    assert not is_private(listed)
    assert _listed(db, known, *further_hosts(listed)) == listed
    assert _listed(db, known).private_hosts == ()


@pytest.mark.parametrize(
    "typed",
    ["", "https://a.example", "a.example/x", "u@a.example", "a.example?x", "a b", "a.example:0",
     "a.example:x", "*.example", "a.example#", "a" * 300],
)  # fmt: skip
def test_what_is_no_host_is_refused(typed: str, db: Database) -> None:
    known = _add(db).registration
    with pytest.raises(Refused) as refused:
        _listed(db, known, typed)
    assert refused.value.code == "platform.host"


@pytest.mark.parametrize(
    ("issuer", "policy"),
    [("https://blackboard.com", DeploymentPolicy.EACH), ("https://b.example", "first")],
)
def test_schools_that_share_a_client_id_wait_each(issuer: str, policy: str, db: Database) -> None:
    assert _add(db, issuer=issuer).registration.policy == policy
    given = _add(db, issuer=issuer, policy=DeploymentPolicy.ALL)
    assert given.registration.policy is DeploymentPolicy.ALL
    assert _add(db, issuer=issuer).registration.policy is DeploymentPolicy.ALL


def test_deployments_of_one_client_id_may_be_different_tenants(db: Database) -> None:
    _add(db, tenant_name="North")
    added = _add(db, tenant_name="South", deployment_ids=["2"])
    assert len(added.new_tenants) == 1
    again = _add(db, tenant_name="South", deployment_ids=["3"])
    assert again.new_tenants == ()
    assert _tenants(db) == {"1": "North", "2": "South", "3": "South"}
    with pytest.raises(Refused) as refused:
        _add(db, tenant_name="South", deployment_ids=["1"])
    assert refused.value.code == "platform.deployment.taken"
    assert _tenants(db) == {"1": "North", "2": "South", "3": "South"}


def test_a_tenant_of_another_issuer_is_not_joined_by_its_name(db: Database) -> None:
    first = _add(db)
    other = _add(db, issuer="https://b.example", client_id="b")
    assert first.registration.home_tenant_id != other.registration.home_tenant_id


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"auth_login_url": "http://lms.example/auth"}, "platform.address"),
        ({"auth_token_url": "javascript:alert(1)"}, "platform.address"),
        ({"key_set_url": "https://user@lms.example/jwks"}, "platform.address"),
        ({"key_set_url": "https://lms.example/" + "a" * 2000}, "platform.address"),
        ({"key_set_url": ""}, "platform.address"),
        ({"issuer": ""}, "platform.text"),
        ({"issuer": "https://lms.example\n"}, "platform.text"),
        ({"client_id": " client-1"}, "platform.text"),
        ({"client_id": "c" * 256}, "platform.text"),
        ({"deployment_ids": ["1", ""]}, "platform.text"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], code: str, db: Database) -> None:
    with pytest.raises(Refused) as refused:
        _add(db, **changes)
    assert refused.value.code == code
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration)).all() == []
        assert session.scalars(select(Tenant)).all() == []


def test_a_private_lms_may_speak_http(db: Database) -> None:
    local = {
        "issuer": "http://127.0.0.1:8001",
        "auth_login_url": "http://127.0.0.1:8001/auth",
        "auth_token_url": "http://127.0.0.1:8001/token",
        "key_set_url": "http://localhost:8001/jwks",
    }
    with pytest.raises(Refused):
        _add(db, **local)
    added = _add(db, **local, private=True)
    assert added.registration.private_hosts == ("127.0.0.1:8001", "localhost:8001")


def test_the_list(db: Database) -> None:
    _add(db)
    _add(db, client_id="client-2", deployment_ids=[], policy=DeploymentPolicy.EACH)
    with db.reading(EVERY_TENANT) as session:
        lines = list_platforms(session)
    assert [line.rpartition("  id ")[0] for line in lines] == [
        "North: https://lms.example  client client-1  policy first  deployments: 1 (North)",
        "North: https://lms.example  client client-2  policy each  deployments: none yet",
    ]
