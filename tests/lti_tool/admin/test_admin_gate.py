"""The administrator's session: its cookie, and what the database keeps of it.

Who is kept out of every page, and every form without its token: tests/lti_tool/routes.
"""

import pytest
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access import cookies
from lti_tool.admin import sessions
from lti_tool.admin.tables import Administrator, AdministratorSession
from tests.lti_tool.admin.conftest import Browser, browser_of


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """What the gate decides does not depend on the engine; test_admin_limits.py runs on both."""
    return Database(sqlite_url)


def test_the_cookie_is_out_of_reach(browser: Browser, root: str) -> None:
    answer = browser_of(browser.client.application).log_in(root)
    cookie = next(
        each
        for each in answer.headers.getlist("Set-Cookie")
        if each.startswith(f"{cookies.ADMINISTRATOR}=")
    )
    assert cookies.ADMINISTRATOR.startswith("__Host-")
    for attribute in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert f"; {attribute}" in cookie
    assert "Domain" not in cookie


def test_a_session_is_kept_as_a_digest(db: Database, browser: Browser) -> None:
    cookie = browser.client.get_cookie(cookies.ADMINISTRATOR)
    assert cookie is not None
    with db.reading(EVERY_TENANT) as session:
        kept = session.scalars(select(AdministratorSession)).one()
        assert cookie.value not in (kept.digest, str(kept.administrator_id))
        found = sessions.find(session, cookie.value, kept.seen_at, awaits_code=False)
        assert found is not None
        assert found[0].id == session.scalars(select(Administrator.id)).one()
