"""Registering an LMS gives its tenant frameworks and rubrics, once."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from foundation.db import EVERY_TENANT, Database
from lti_tool.onboarding import onboard
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import Deployment, Registration
from rubrics.errors import Refused
from rubrics.queries.activities import rubric_choices
from rubrics.queries.frameworks import credits
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import Course, Tenant


def add(db: Database, **changes: object) -> RegistrationInfo:
    values: dict[str, object] = {
        "issuer": "https://lms.example.org",
        "client_id": "abc",
        "auth_login_url": "https://lms.example.org/auth",
        "auth_token_url": "https://lms.example.org/token",
        "key_set_url": "https://lms.example.org/jwks",
        "deployment_ids": ["1"],
        **changes,
    }
    return onboard(db, **values)  # type: ignore[arg-type]


def competencies(db: Database, tenant_id: UUID) -> int:
    with db.reading(tenant_id) as session:
        return session.scalar(select(func.count()).select_from(Competency)) or 0


def test_a_new_tenant_has_its_starter_content_once(db: Database) -> None:
    tenant_id = add(db).home_tenant_id
    first = competencies(db, tenant_id)
    assert first > 20
    add(db, name="The same LMS")
    assert competencies(db, tenant_id) == first
    with db.writing(tenant_id) as session:
        course = Course(title="Skills 101")
        session.add(course)
        session.flush()
        rubrics = rubric_choices(session, course.id)
    assert {len(rubric.criteria) for rubric in rubrics} == {5}
    assert len(rubrics) == 2
    with db.reading(tenant_id) as session:
        (credit,) = credits(session).values()
    assert "This service uses the ESCO classification of the European Commission." in credit
    assert "O*NET 29.3 Database" in credit


def test_two_schools_on_one_client_id_are_two_tenants(db: Database) -> None:
    add(db, tenant_name="North")
    add(db, tenant_name="South", deployment_ids=["2"])
    with db.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(Registration)) == 1
        found = session.execute(
            select(Deployment.deployment_id, Tenant.name, Tenant.id).join(
                Tenant, Tenant.id == Deployment.tenant_id
            )
        ).all()
    assert {(row.deployment_id, row.name) for row in found} == {("1", "North"), ("2", "South")}
    assert all(competencies(db, row.id) > 20 for row in found)


def test_a_refused_registration_leaves_nothing(db: Database) -> None:
    with pytest.raises(Refused) as refused:
        add(db, key_set_url="http://169.254.169.254/keys")
    assert refused.value.code == "platform.address"
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Tenant)).all() == []
