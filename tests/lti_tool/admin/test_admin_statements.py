"""The page of statements: by filter, in words, as stored, as they come; and who looked at whose."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from lti_tool.admin.statements_feed import PAGE, _shown, indented
from rubrics.tables.people import Tenant
from tests.lti_tool.admin.conftest import Browser
from tests.xapi.samples import AUTHORITY, pointing_at, statement
from tests.xapi.statements.test_prepare_fuzz import FULL, statements
from tests.xapi.store.helpers import put
from tests.xapi.store.test_follow import Late
from xapi.statements import spelling, times
from xapi.statements.errors import Invalid
from xapi.statements.prepare import prepare
from xapi.store import query
from xapi.store.query import Filters, Listed

VERB = "https://example.org/verbs/rated"
ACTIVITY = "https://example.org/activity/9"


def store(db: Database, name: str = "North School") -> UUID:
    with db.writing(EVERY_TENANT) as session:
        tenant = Tenant(name=name)
        session.add(tenant)
        session.flush()
        return tenant.id


def person(name: str) -> dict[str, Any]:
    return {"account": {"homePage": "https://lms.example", "name": name}}


def ids(page: str) -> list[str]:
    return re.findall(r'data-id="([^"]+)"', page)


def look(browser: Browser, tenant: UUID, asked: str = "") -> str:
    answer = browser.get(f"/admin/statements?tenant={tenant}{asked}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def seen(db: Database) -> list[audit.Entry]:
    with db.reading(EVERY_TENANT) as session:
        return audit.entries(session, action="statements.seen")


def test_nothing_is_shown_before_a_store_is_chosen(db: Database, browser: Browser) -> None:
    tenant = store(db)
    put(db, tenant, statement())
    page = browser.get("/admin/statements").get_data(as_text=True)
    assert "North School" in page
    assert ids(page) == []
    assert seen(db) == []


def test_words_and_json_are_shown_and_markup_is_not_made_of_them(
    db: Database, browser: Browser
) -> None:
    tenant = store(db)
    one = statement(
        actor={**person("<b>42</b>"), "name": "Ana"},
        verb={"id": VERB, "display": {"de": "bewertete", "en": "rated"}},
        object={"id": ACTIVITY, "definition": {"name": {"en": "<script>alert(1)</script>"}}},
        result={"score": {"scaled": 0.8333}, "extensions": {"https://e.org/x": "</pre>"}},
    )
    put(db, tenant, one)
    page = look(browser, tenant)
    assert ids(page) == [one["id"]]
    assert "rated" in page
    assert "83.33 %" in page
    assert "&lt;b&gt;42&lt;/b&gt;" in page
    for markup in ("<b>42", "<script>alert", "</pre>&#34;"):
        assert markup not in page
    german = browser.client.get(
        f"/admin/statements?tenant={tenant}", headers={"Accept-Language": "de"}
    ).get_data(as_text=True)
    assert "bewertete" in german


@given(sent=statements(), version=st.sampled_from(["1.0.3", "2.0.0"]))
@example(sent=FULL, version="2.0.0")
@example(sent=pointing_at(statement()["id"]), version="1.0.3")
@example(sent=statement(object={"objectType": "Agent", "mbox": "mailto:a@e.org"}), version="1.0.3")
@example(sent=statement(verb={"id": "urn:x", "display": {}}), version="2.0.0")
@settings(max_examples=100, deadline=None, database=None)
def test_whatever_may_be_stored_can_be_shown(sent: Any, version: str) -> None:
    try:
        one = prepare(json.dumps(sent).encode(), authority=AUTHORITY, version=version)
    except Invalid:
        return
    shown = _shown(Listed(10**15, one.body, one.moment), "de")
    assert shown.verb
    assert json.loads(shown.json)["id"] == str(one.id)


def test_numbers_are_shown_as_they_came() -> None:
    text = '{"a":[1.0,123456789012345678901234567890,{}],"b":{"c":null},"d":[]}'
    shown = indented(spelling.read(text))
    assert re.sub(r"\s", "", shown) == text
    assert shown.startswith('{\n  "a": [\n    1.0,')


def test_filters(db: Database, browser: Browser) -> None:
    tenant, other = store(db), store(db, "South School")
    category = {"contextActivities": {"category": [{"id": ACTIVITY}]}}
    rows = [
        statement(actor=person("1"), verb={"id": VERB}),
        statement(actor=person("2"), object={"id": ACTIVITY}),
        statement(actor=person("3"), context={**category, "instructor": person("1")}),
    ]
    stored = [put(db, tenant, one)[0].sid for one in rows]
    put(db, other, statement(actor=person("1"), verb={"id": VERB}))
    first, second, third = (one["id"] for one in rows)
    account = "&account=1&home=https://lms.example"
    after = times.written(stored[0]).replace("+", "%2B")
    for asked, expected in {
        "": [third, second, first],
        f"&verb={VERB}": [first],
        f"&activity={ACTIVITY}": [second],
        f"&activity={ACTIVITY}&related=1": [third, second],
        account: [first],
        f"{account}&related=1": [third, first],
        f"&since={after}": [third, second],
        f"&until={after}": [first],
        "&until=2020-01-01T00:00": [],
    }.items():
        assert ids(look(browser, tenant, asked)) == expected, asked
    assert "Nothing like that is stored." in look(browser, tenant, "&until=2020-01-01T00:00")


@pytest.mark.parametrize(
    ("asked", "field"),
    [("verb=nothing", "verb"), ("activity=a%20b", "activity"), ("since=yesterday", "since"),
     ("until=2026-02-30T10:00", "until"), ("account=1", "home"),
     ("home=https://lms.example", "account")],
)  # fmt: skip
def test_a_filter_that_cannot_be_read(
    db: Database, browser: Browser, asked: str, field: str
) -> None:
    tenant = store(db)
    put(db, tenant, statement())
    answer = browser.get(f"/admin/statements?tenant={tenant}&{asked}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert f'id="{field}-error"' in page
    assert ids(page) == []
    assert seen(db) == []


def test_pages_go_through_everything_once(db: Database, browser: Browser) -> None:
    tenant = store(db)
    rows = [statement() for _ in range(2 * PAGE + 3)]
    put(db, tenant, *rows)
    found: list[str] = []
    address = f"/admin/statements?tenant={tenant}&verb={rows[0]['verb']['id']}"
    while address:
        page = browser.get(address).get_data(as_text=True)
        found += ids(page)
        older = re.search(r'href="([^"]+before=[^"]+)"', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert found == [one["id"] for one in reversed(rows)]


def test_what_comes_in_is_fetched_by_itself(db: Database, browser: Browser) -> None:
    tenant = store(db)
    put(db, tenant, statement(verb={"id": VERB}))
    page = look(browser, tenant, f"&verb={VERB}")
    address = re.search(r'data-feed="([^"]+)" data-listen="(\d+)"', page)
    assert address is not None
    listen = address[2]
    rows = [statement(verb={"id": VERB}) for _ in range(PAGE + 2)]
    for one in rows:
        put(db, tenant, one, statement())
    got: list[str] = []
    for _ in range(3):
        asked = f"{address[1].replace('&amp;', '&')}&after={listen}"
        answer = browser.get(asked)
        assert answer.status_code == 200
        listen = answer.headers["X-Listen-From"]
        got += reversed(ids(answer.get_data(as_text=True)))
    assert [one for one in dict.fromkeys(got) if one in {row["id"] for row in rows}] == [
        one["id"] for one in rows
    ]
    assert "<html" not in answer.get_data(as_text=True)


def test_what_commits_late_is_not_missed(db: Database, browser: Browser) -> None:
    tenant = store(db)
    put(db, tenant, statement())
    look(browser, tenant)
    with Late(db, tenant) as late:
        if "postgresql" in db.url:
            put(db, tenant, statement())
        page = look(browser, tenant)
        late.commit()
    listen = re.search(r'data-listen="(\d+)"', page)
    assert listen is not None
    with db.reading(tenant) as session:
        latest = query.find(session, tenant, Filters()).found
    missed = next(str(found.id) for found in latest if found.sid == late.sid)
    assert missed not in ids(page)
    answer = browser.get(f"/admin/statements/new?tenant={tenant}&after={listen[1]}")
    assert missed in ids(answer.get_data(as_text=True))


def test_who_opens_whose_statements_is_written_down_once(db: Database, browser: Browser) -> None:
    tenant, other = store(db), store(db, "South School")
    assert browser.client.head(f"/admin/statements?tenant={tenant}").status_code == 200
    assert seen(db) == []
    for _ in range(3):
        look(browser, tenant)
        browser.get(f"/admin/statements/new?tenant={tenant}&after=1")
    assert [(one.tenant_id, one.actor) for one in seen(db)] == [(tenant, "administrator root")]
    look(browser, other)
    assert {one.tenant_id for one in seen(db)} == {tenant, other}
    browser.send("/admin/security", to="/admin/log-out")
    assert browser.log_in().status_code == 303
    look(browser, tenant)
    assert len(seen(db)) == 3
    look(browser, UUID(int=0))
    assert seen(db)[0].tenant_id is None


def test_a_store_that_is_not_there(db: Database, browser: Browser) -> None:
    store(db)
    for path in ("statements", "statements/new"):
        for tenant in (uuid4(), "nonsense"):
            answer = browser.get(f"/admin/{path}?tenant={tenant}&after=1")
            assert answer.status_code == 404
    assert seen(db) == []
