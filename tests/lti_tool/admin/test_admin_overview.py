"""What the pages show of platforms and keys, on both engines."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal
from lti_tool.admin import overview
from lti_tool.admin.overview import KeyState
from lti_tool.platforms import key_rotation
from lti_tool.platforms.key_rotation import SHOWN_AFTER, SHOWN_BEFORE, SIGNS_FOR
from lti_tool.platforms.tables import WaitingDeployment
from lti_tool.registration import approval
from lti_tool.registration.audited import register_by_hand
from lti_tool.services import build
from rubrics.errors import Refused
from tests.lti_tool.launch_app import SECRET, settings

LMS = "https://lms.example.org"
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_platforms_with_their_deployments(db: Database) -> None:
    ids = {}
    for name in ("South", "North"):
        ids[name] = register_by_hand(
            db,
            actor="x",
            issuer=LMS,
            client_id=name,
            auth_login_url=f"{LMS}/auth",
            auth_token_url=f"{LMS}/token",
            key_set_url=f"{LMS}/jwks",
            name=f"LMS of {name}",
            tenant_name=name,
            deployment_ids=["1", "2"] if name == "North" else [],
        ).id
    with db.writing(EVERY_TENANT) as session:
        session.add(WaitingDeployment(registration_id=ids["North"], deployment_id="3", seen_at=AT))
        session.add(WaitingDeployment(registration_id=ids["South"], deployment_id="4", seen_at=AT))
    approval.approve_deployment(db, ids["South"], "4", "East", actor="x")
    with db.reading(EVERY_TENANT) as session:
        found = overview.platforms(session)
        alone = [overview.platform(session, row.info.id) for row in found]
        assert overview.platform(session, uuid4()) is None
    assert alone == found
    assert [(row.info.name, row.home_tenant) for row in found] == [
        ("LMS of North", "North"),
        ("LMS of South", "South"),
    ]
    shown = [[(each.deployment_id, each.tenant_name) for each in row.deployments] for row in found]
    assert shown == [[("3", None), ("1", "North"), ("2", "North")], [("4", "East")]]
    assert [each.deployment_id for each in found[0].waiting] == ["3"]


def test_an_approval_that_is_refused_changes_nothing(db: Database) -> None:
    with pytest.raises(Refused) as refused:
        approval.refuse(db, uuid4(), actor="x")
    assert refused.value.code == "registration.waiting.unknown"
    with pytest.raises(Refused):
        approval.approve_deployment(db, uuid4(), "1", None, actor="x")


def test_keys_in_their_life(db: Database) -> None:
    build(settings(db))
    seal = Seal(SECRET)
    key_rotation.make_first(db, seal, AT)
    turned = AT + SIGNS_FOR
    assert key_rotation.step(db, seal, turned)
    begins = turned + SHOWN_BEFORE

    def states(moment: datetime) -> list[tuple[KeyState, datetime]]:
        with db.reading(EVERY_TENANT) as session:
            return [(each.state, each.at) for each in overview.keys(session, moment)]

    assert states(turned) == [(KeyState.SIGNING, AT), (KeyState.COMING, begins)]
    key_rotation.step(db, seal, begins)
    assert states(begins) == [
        (KeyState.RETIRED, begins + SHOWN_AFTER),
        (KeyState.SIGNING, begins),
    ]
    assert states(begins + SHOWN_AFTER + timedelta(seconds=1)) == [(KeyState.SIGNING, begins)]
