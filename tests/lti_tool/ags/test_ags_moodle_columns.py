"""Moodle 4.5's own answers about gradebook columns, replayed: found, made, changed, removed."""

import json
from decimal import Decimal
from typing import Any

import pytest

from lti_tool.ags import line_items
from lti_tool.ags.calls import Gradebook
from lti_tool.ags.line_items import Column
from lti_tool.lms.answers import LmsRefused
from tests.judges.moodle.recordings import recorded
from tests.lti_tool.ags.fake_lms import SCOPES, FakeLms, Planned, quick_http, token_client

MOODLE = "http://127.0.0.1:8088"
COLUMN = Column("1", "DL one", Decimal("40.5"), "act-1")


@pytest.fixture
def gradebook(lms: FakeLms) -> Gradebook:
    return Gradebook(quick_http(), token_client(), lms.registration(), SCOPES)


def _said(name: str) -> dict[str, Any]:
    said = [*recorded("ags_lineitems"), *recorded("expired_access_token")]
    (found,) = (each for each in said if each["name"] == name)
    return dict(found)


def _plan(lms: FakeLms, kind: str, *names: str) -> None:
    """Moodle's answers, at the address of the fake one."""
    for name in names:
        answer = _said(name)["response"]
        body = answer["body"] if isinstance(answer["body"], str) else json.dumps(answer["body"])
        lms.plan(kind, Planned(answer["status"], body.replace(MOODLE, lms.address)))


def _address(lms: FakeLms, item: int) -> str:
    return f"{lms.address}/mod/lti/services.php/2/lineitems/{item}/lineitem?type_id=1"


def test_the_column_of_a_link_is_found(lms: FakeLms, gradebook: Gradebook) -> None:
    _plan(lms, "lineitems", "list_by_resource_link_id")
    assert line_items.find(gradebook, lms.line_items_url, COLUMN) == _address(lms, 2)
    (request,) = lms.of("lineitems")
    asked = _said("list_by_resource_link_id")["request"]
    assert request.headers["accept"] == asked["headers"]["Accept"]
    assert request.path.endswith(asked["url"].partition("?")[2])


def test_a_column_is_made_as_moodle_takes_it(lms: FakeLms, gradebook: Gradebook) -> None:
    _plan(lms, "lineitems", "create_bound_to_link")
    assert line_items.make(gradebook, lms.line_items_url, COLUMN) == _address(lms, 7)
    (request,) = lms.of("lineitems")
    asked = _said("create_bound_to_link")["request"]
    assert request.headers["content-type"] == asked["headers"]["Content-Type"]
    assert set(json.loads(request.body)) == set(asked["body"])
    assert json.loads(request.body)["scoreMaximum"] == asked["body"]["scoreMaximum"]


def test_the_link_of_another_course_gets_none(lms: FakeLms, gradebook: Gradebook) -> None:
    _plan(lms, "lineitems", "create_foreign_link")
    with pytest.raises(LmsRefused) as refused:
        line_items.make(gradebook, lms.line_items_url, COLUMN)
    assert refused.value.code == "ags.forbidden"


def test_a_column_is_changed_and_keeps_what_it_had(lms: FakeLms, gradebook: Gradebook) -> None:
    had = _said("get_one")["response"]["body"]
    _plan(lms, "lineitem", "get_one", "put")
    column = Column("1", "Renamed", Decimal(60), had["resourceId"])
    assert line_items.update(gradebook, _address(lms, 6), column)
    sent = json.loads(lms.of("lineitem")[-1].body)
    kept = {name: value for name, value in had.items() if name not in ("id", "label")}
    assert sent["label"] == "Renamed"
    assert sent["scoreMaximum"] == 60
    assert {name: sent[name] for name in kept if name != "scoreMaximum"} == {
        name: value for name, value in kept.items() if name != "scoreMaximum"
    }


def test_a_column_that_is_gone(lms: FakeLms, gradebook: Gradebook) -> None:
    _plan(lms, "lineitem", "get_missing")
    with pytest.raises(LmsRefused) as refused:
        line_items.read(gradebook, _address(lms, 99999))
    assert refused.value.code == "ags.no-line-item"
    assert "doesn't exist" in refused.value.reason


def test_a_column_is_removed(lms: FakeLms, gradebook: Gradebook) -> None:
    _plan(lms, "lineitem", "delete_coupled_item", "get_missing")
    line_items.remove(gradebook, _address(lms, 2))
    line_items.remove(gradebook, _address(lms, 2))
    assert [request.method for request in lms.of("lineitem")] == ["DELETE", "DELETE"]


@pytest.mark.parametrize("name", ["expired_access_token", "no_token"])
def test_a_token_that_has_run_out_is_renewed(name: str, lms: FakeLms, gradebook: Gradebook) -> None:
    _plan(lms, "lineitems", name, "list_by_resource_link_id")
    assert line_items.find(gradebook, lms.line_items_url, COLUMN) == _address(lms, 2)
    first, second = (request.bearer for request in lms.of("lineitems"))
    assert first != second
