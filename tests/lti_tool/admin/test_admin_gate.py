"""Every route under /admin, from the route map: a page that is added cannot be forgotten.

Nobody but an administrator who is logged in gets anywhere; no other site may frame a page or send
a form.
"""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access import cookies
from lti_tool.admin import accounts, audit, sessions
from lti_tool.admin.tables import Administrator, AdministratorSession
from lti_tool.admin.views import OPEN
from rubrics.words import CourseRole
from tests.lti_tool.admin.conftest import LOGIN, Browser, browser_of
from tests.lti_tool.pages import school as schools

OPEN_ENDPOINTS = {f"admin.{endpoint}" for _, endpoint, _, _ in OPEN}


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """What the gate decides does not depend on the engine; test_admin_limits.py runs on both."""
    return Database(sqlite_url)


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Endpoint, method and a path for every route under /admin."""
    names = {name for rule in app.url_map.iter_rules() for name in rule.arguments}
    ids: dict[str, Any] = {name: uuid4() for name in names}
    ids["digest"] = "0" * 64
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.rule.startswith("/admin"):
                path = app.url_for(rule.endpoint, **{name: ids[name] for name in rule.arguments})
                methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
                found += [(rule.endpoint, method, path) for method in sorted(methods)]
    assert len(found) > 20
    return found


def behind_the_gate(app: Flask) -> list[tuple[str, str, str]]:
    return [each for each in routes(app) if each[0] not in OPEN_ENDPOINTS]


def test_only_the_log_in_is_open(app: Flask) -> None:
    assert {"admin.log_in", "admin.code"} == OPEN_ENDPOINTS
    for endpoint, _, path in behind_the_gate(app):
        view = app.view_functions[endpoint]
        assert getattr(view, "for_administrators", False), f"{path} has no administrator_required"


def test_a_stranger_is_sent_to_the_log_in(app: Flask, stranger: Browser) -> None:
    for endpoint, method, path in behind_the_gate(app):
        answer = stranger.client.open(path, method=method)
        assert answer.status_code == 303, (endpoint, method)
        assert answer.location.startswith("/admin/log-in"), (endpoint, method)


@pytest.mark.parametrize("role", [CourseRole.LEARNER, CourseRole.INSTRUCTOR])
def test_cookies_of_a_course_open_nothing(app: Flask, db: Database, role: CourseRole) -> None:
    school = schools.found(db)
    person = school.learner_ids[0] if role is CourseRole.LEARNER else school.instructor_id
    visit = school.visit(person, role)
    client = app.test_client(use_cookies=False)
    for name in (cookies.SESSION, cookies.ADMINISTRATOR):
        for endpoint, method, path in behind_the_gate(app):
            answer = client.open(path, method=method, headers={"Cookie": f"{name}={visit.secret}"})
            assert answer.status_code == 303, (endpoint, method, name)


def test_the_administrators_cookie_opens_no_course(
    app: Flask, db: Database, browser: Browser
) -> None:
    school = schools.found(db)
    visit = school.visit(school.instructor_id, CourseRole.INSTRUCTOR)
    cookie = browser.client.get_cookie(cookies.ADMINISTRATOR)
    assert cookie is not None
    answer = app.test_client(use_cookies=False).get(
        visit.path(""), headers={"Cookie": f"{cookies.SESSION}={cookie.value}"}
    )
    assert answer.status_code == 401


def test_an_administrator_gets_through(app: Flask, browser: Browser) -> None:
    for endpoint, method, path in behind_the_gate(app):
        if method == "GET":
            answer = browser.get(path)
            if endpoint == "admin.start":
                assert answer.location == "/admin/platforms"
            elif answer.status_code != 200:
                # The route names something that is not there.
                assert answer.status_code == 404, (endpoint, answer.status_code)
                assert "admin.gone" in answer.get_data(as_text=True), endpoint


def test_a_form_without_its_token_does_nothing(app: Flask, db: Database, browser: Browser) -> None:
    with db.reading(EVERY_TENANT) as session:
        before = len(audit.entries(session))
    for endpoint, method, path in routes(app):
        if method != "GET":
            wrong: dict[str, str]
            for wrong in ({}, {"csrf_token": "forged"}):
                answer = browser.client.open(path, method=method, data=wrong)
                expected = (303,) if endpoint in OPEN_ENDPOINTS else (400,)
                assert answer.status_code in expected, (endpoint, method, answer.status_code)
    with db.reading(EVERY_TENANT) as session:
        assert len(audit.entries(session)) == before
        assert session.scalars(select(AdministratorSession)).one()


def test_looking_changes_nothing(app: Flask, db: Database, browser: Browser) -> None:
    """HEAD comes to the views of GET, and carries no form token: it must not act as a form."""
    with db.reading(EVERY_TENANT) as session:
        before = len(audit.entries(session))
    for endpoint, method, path in routes(app):
        if method == "GET":
            answer = browser.client.head(path)
            assert answer.status_code == browser.get(path).status_code, endpoint
    with db.reading(EVERY_TENANT) as session:
        assert len(audit.entries(session)) == before


def test_a_token_of_another_session_is_refused(app: Flask, db: Database, browser: Browser) -> None:
    accounts.add(db, "other", "several other random words", actor="command line")
    other = browser_of(app)
    other.log_in("other", "several other random words")
    page = other.get("/admin/platforms/link").get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert token
    answer = browser.client.post("/admin/platforms/link", data={"csrf_token": token, "days": "7"})
    assert answer.status_code == 400
    assert "admin.form" in answer.get_data(as_text=True)


def test_nobody_may_frame_a_page(app: Flask, stranger: Browser, db: Database) -> None:
    accounts.add(db, LOGIN, "four random words here", actor="command line")

    def look() -> None:
        for endpoint, method, path in [*routes(app), ("", "GET", "/admin/nowhere")]:
            answer = stranger.client.open(path, method=method)
            policy = answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy, (endpoint, method)
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.status_code < 500, (endpoint, method)

    look()
    assert stranger.log_in().status_code == 303
    look()


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
