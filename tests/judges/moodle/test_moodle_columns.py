"""Every question about gradebook columns that Moodle 4.5 was asked: what its answer leads to.

Each answer is given where this tool asks such a question: a list and a creation to a grade whose
link has no column yet, a column and its replacement to an activity that was edited.
"""

import json
from urllib.parse import urlsplit

import pytest
from sqlalchemy import delete

from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery.tables import GradeColumn
from lti_tool.platforms.tables import ResourceLink
from tests.judges.moodle.recordings import Exchange, exchanges
from tests.judges.moodle.replay import SERVICES, Moodle
from tests.lti_tool.ags.fake_lms import Planned
from tests.lti_tool.delivery.classroom import column_of, edit, settled, url_of
from tests.lti_tool.delivery.house import House, house

COLUMNS = exchanges("ags_lineitems")
LISTS = {name: each for name, each in COLUMNS.items() if each.path.partition("?")[0][-1] == "s"}
ONES = {name: each for name, each in COLUMNS.items() if name not in LISTS}
OF_LINK = f"{SERVICES}/2/lineitems/2/lineitem?type_id=1"
OURS = "/lineitems/1/lineitem?type_id=1"
NO_TOKEN = "retrying ags.unauthorised 401 Unauthorized"
PROVIDED = {
    "list": OF_LINK,
    "list_limit2": OF_LINK,
    "list_by_tag": OF_LINK,
    "list_by_resource_link_id": OF_LINK,
    "get_no_type_id": OF_LINK,
    # Another link's and another activity's columns are not taken for ours: one is made.
    "list_limit2_from2": OURS,
    "list_by_resource_id": OURS,
    "list_no_accept": "refused ags.refused 400 No context or unsupported content type",
    "list_accept_json": "refused ags.refused 400 No handler found for /2/lineitems "
    "application/json",
    "get_missing_course": "refused ags.no-line-item 404 Not Found: Course 999 doesn't exist",
    "get_wrong_type_id": NO_TOKEN,
    "no_token": NO_TOKEN,
    "garbage_token": NO_TOKEN,
    "list_with_score_only_token": NO_TOKEN,
    "create": f"{SERVICES}/2/lineitems/6/lineitem?type_id=1",
    "create_bound_to_link": f"{SERVICES}/2/lineitems/7/lineitem?type_id=1",
    "create_same_again": f"{SERVICES}/2/lineitems/8/lineitem?type_id=1",
    "create_max_0": f"{SERVICES}/2/lineitems/9/lineitem?type_id=1",
    "create_max_neg": f"{SERVICES}/2/lineitems/10/lineitem?type_id=1",
    "create_ctype_charset": f"{SERVICES}/2/lineitems/11/lineitem?type_id=1",
    "create_max_1000": f"{SERVICES}/2/lineitems/12/lineitem?type_id=1",
    "create_json_ctype": "refused ags.refused 400 No handler found for /2/lineitems "
    "application/json",
    "create_no_label": "refused ags.refused 400 No label or Score Maximum",
    "create_bad_max": "refused ags.refused 400 Bad Request",
    "create_foreign_link": "refused ags.forbidden 403 Forbidden",
    "create_long_label": "retrying ags.502 502 Bad Gateway",
    "create_unicode_html": "retrying ags.502 502 Bad Gateway",
    "create_with_readonly_token": NO_TOKEN,
}
"""The column that the link has then, and its grade is there; or where the grade stands."""
CHANGED = {
    "get_one": "delivered",
    "get_one_no_accept": "delivered",
    "get_after_put": "delivered",
    "put": "delivered",
    "put_no_label": "delivered ags.refused 400 Bad Request",
    "put_lineitem_delete_method_unsupported": "delivered ags.refused 405 Method Not Allowed",
    "get_missing": "gone",
}
"""Where the grade stands, and what is noted of the column."""


@pytest.fixture
def one(db: Database, moodle: Moodle) -> House:
    made = house(db, moodle)
    made.set(ResourceLink, made.link_id, resource_link_id="1")
    made.release(4, 2)
    return made


def _forget(one: House, moodle: Moodle, lineitem_url: str | None) -> None:
    """As if nothing had been said of the column yet."""
    for each in (moodle.planned, moodle.line_items, moodle.grades, moodle.kept, moodle.seen):
        each.clear()
    moodle.made = 0
    with one.db.writing(EVERY_TENANT) as session:
        session.execute(delete(GradeColumn))
    one.set(ResourceLink, one.link_id, lineitem_url=lineitem_url)


def _provided(one: House, moodle: Moodle, said: Exchange) -> str:
    _forget(one, moodle, None)
    if said.method == "GET":
        moodle.replay("lineitems", said, said)
    else:
        nothing = Planned(200, "[]")
        moodle.plan("lineitems", nothing, nothing)
        moodle.replay("lineitems", said, said)
    one.later()
    one.again(one.learner)
    one.work()
    state = one.state()
    if state.state != "delivered":
        assert url_of(one) is None
        return f"{state.state} {state.reason_code} {state.reason}"
    assert len(moodle.kept) == 1
    url = url_of(one) or ""
    assert moodle.of("scores")[0].path == urlsplit(url).path + "/scores?" + urlsplit(url).query
    return url.removeprefix(moodle.address)


def test_a_grade_whose_link_has_no_column(one: House, moodle: Moodle) -> None:
    assert {name: _provided(one, moodle, said) for name, said in LISTS.items()} == PROVIDED


def _changed(one: House, moodle: Moodle, name: str, said: Exchange) -> str:
    url = f"{moodle.address}{said.path}"
    _forget(one, moodle, url)
    one.later()
    one.again(one.learner)
    one.work()
    if said.method != "GET":
        had = {"id": url, "tag": "twofold", "label": "Role-play", "scoreMaximum": 100}
        moodle.plan("lineitem", Planned(200, json.dumps(had)))
    moodle.replay("lineitem", said)
    edit(one, title=name[:60])
    one.work()
    column = column_of(one)
    assert column.task is None
    return f"{one.state().state} {column.reason_code} {column.reason}".strip()


def test_an_activity_that_was_edited(one: House, moodle: Moodle) -> None:
    found = {
        name: _changed(one, moodle, name, said)
        for name, said in ONES.items()
        if said.method != "DELETE"
    }
    assert found == CHANGED


def test_work_that_has_no_grade_any_more(db: Database, moodle: Moodle) -> None:
    one = house(db, moodle)
    said = COLUMNS["delete_coupled_item"]
    one.set(ResourceLink, one.link_id, lineitem_url=f"{moodle.address}{said.path}")
    with one.db.writing(EVERY_TENANT) as session:
        session.add(
            GradeColumn(
                resource_link_pk=one.link_id,
                registration_id=one.registration_id,
                tenant_id=one.made.tenant_id,
                made=True,
            )
        )
    moodle.replay("lineitem", said)
    edit(one, address="https://elsewhere.example/work")
    settled(one)
    assert [(each.method, each.path) for each in moodle.of("lineitem")] == [("DELETE", said.path)]
    assert url_of(one) is None


def test_every_answer_has_been_given() -> None:
    assert set(PROVIDED) | set(CHANGED) | {"delete_coupled_item"} == set(COLUMNS)
