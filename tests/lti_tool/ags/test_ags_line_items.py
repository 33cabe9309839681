"""Columns over the wire: found, made, read, brought up to date, removed."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lti_tool.ags.calls import Gradebook
from lti_tool.ags.line_items import Column, find, make, read, remove, update
from lti_tool.lms.answers import LmsConflict, LmsRefused, LmsUnavailable
from tests.lti_tool.ags.fake_lms import SCOPES, FakeLms, Planned, quick_http, token_client


def gradebook(lms: FakeLms) -> Gradebook:
    return Gradebook(quick_http(), token_client(), lms.registration(), SCOPES)


def find_or_make(book: Gradebook, url: str, column: Column) -> str:
    return find(book, url, column) or make(book, url, column)


COLUMN = Column("link-1", "Handle an upset client", Decimal(40), "activity-1")


def test_the_column_of_a_link_is_found_before_one_is_made(lms: FakeLms) -> None:
    book = gradebook(lms)
    made = find_or_make(book, lms.line_items_url, COLUMN)
    assert made == f"{lms.address}/lineitems/1/lineitem?type_id=1"
    assert find_or_make(book, lms.line_items_url, COLUMN) == made
    assert len(lms.line_items) == 1
    item = lms.line_items[0]
    assert item["resourceLinkId"] == "link-1"
    assert item["scoreMaximum"] == 40
    assert (item["resourceId"], item["tag"]) == ("activity-1", "twofold")


def test_a_column_says_that_work_is_reviewed_here_where_the_lms_takes_it(lms: FakeLms) -> None:
    for family, expected in (("moodle", {"InProgress", "Submitted", "Completed"}), (None, None)):
        registration = lms.registration(product_family=family)
        book = Gradebook(quick_http(), token_client(), registration, SCOPES)
        make(book, lms.line_items_url, COLUMN)
        review = lms.line_items[-1].get("submissionReview")
        assert (review and set(review["reviewableStatus"])) == expected


def test_a_long_label_is_cut(lms: FakeLms) -> None:
    find_or_make(gradebook(lms), lms.line_items_url, Column("l", "x" * 500, Decimal("7.5"), "a"))
    assert len(lms.line_items[0]["label"]) == 100
    assert lms.line_items[0]["scoreMaximum"] == 7.5


def test_a_gradebook_that_takes_whole_points_gets_a_hundred(lms: FakeLms) -> None:
    lms.plan("lineitems", Planned(200, "[]"), Planned(200, "[]"), Planned(400, "{}"))
    find_or_make(gradebook(lms), lms.line_items_url, Column("l", "Half", Decimal("7.5"), "a"))
    assert lms.line_items[0]["scoreMaximum"] == 100
    assert lms.line_items[0]["resourceLinkId"] == "l", "still coupled to its link"


def test_a_column_said_to_be_elsewhere_is_refused(lms: FakeLms) -> None:
    hostile = {"resourceLinkId": "link-1", "id": "https://evil.example/lineitem"}
    lms.plan("lineitems", Planned(200, json.dumps([hostile])))
    with pytest.raises(LmsRefused):
        find_or_make(gradebook(lms), lms.line_items_url, COLUMN)
    lms.plan(
        "lineitems",
        Planned(200, "[]"),
        Planned(200, "[]"),
        Planned(201, "", {"Location": "/lineitems/9/lineitem"}),
        Planned(200, "[]"),
        Planned(200, "[]"),
        Planned(201, ""),
    )
    book = gradebook(lms)
    assert find_or_make(book, lms.line_items_url, COLUMN) == f"{lms.address}/lineitems/9/lineitem"
    with pytest.raises(LmsUnavailable) as unavailable:
        find_or_make(book, lms.line_items_url, COLUMN)
    assert unavailable.value.code == "ags.line-item"


def test_it_is_asked_for_by_link_then_by_activity_then_made(lms: FakeLms) -> None:
    find_or_make(gradebook(lms), lms.line_items_url, COLUMN)
    by_link, by_activity, _ = lms.of("lineitems")
    assert parse_qs(urlsplit(by_link.path).query) == {
        "type_id": ["1"],
        "resource_link_id": ["link-1"],
    }
    assert parse_qs(urlsplit(by_activity.path).query) == {
        "type_id": ["1"],
        "resource_id": ["activity-1"],
        "tag": ["twofold"],
    }


@pytest.mark.parametrize(
    ("item", "ours"),
    [
        ({"resourceId": "activity-1", "tag": "twofold"}, True),
        ({"resourceId": "activity-1"}, True),
        ({"resourceId": "activity-2", "tag": "twofold"}, False),
        ({"resourceId": "activity-1", "resourceLinkId": "link-2"}, False),
        ({"label": "Handle an upset client"}, False),
        ({"resourceId": 7}, False),
    ],
)
def test_a_decoupled_column_is_found_by_its_activity(
    lms: FakeLms, item: dict[str, Any], ours: bool
) -> None:
    """Whatever the LMS does with the filters: Open edX and others leave some out."""
    url = f"{lms.address}/lineitems/4/lineitem"
    everything = Planned(200, json.dumps([{"id": url, **item}]))
    lms.plan("lineitems", everything, everything)
    found = find(gradebook(lms), lms.line_items_url, COLUMN)
    assert found == (url if ours else None)


def test_the_column_of_another_link_is_not_taken_for_ours(lms: FakeLms) -> None:
    url = f"{lms.address}/lineitems/4/lineitem"
    lms.line_items.append({"id": url, "resourceId": "activity-1", "tag": "twofold"})
    book = gradebook(lms)
    assert find(book, lms.line_items_url, COLUMN, others={url}) is None
    assert find(book, lms.line_items_url, COLUMN, others={f"{url}x"}) == url


def test_by_label_only_when_asked(lms: FakeLms) -> None:
    url = f"{lms.address}/lineitems/4/lineitem"
    lms.line_items.append({"id": url, "label": COLUMN.label})
    book = gradebook(lms)
    assert find(book, lms.line_items_url, COLUMN) is None
    assert find(book, lms.line_items_url, COLUMN, by_label=True) == url
    lms.line_items[0]["tag"] = "another-tool"
    assert find(book, lms.line_items_url, COLUMN, by_label=True) is None


@pytest.mark.parametrize("status", [400, 404, 412, 422])
def test_where_it_cannot_be_coupled_to_the_link_it_is_made_decoupled(
    lms: FakeLms, status: int
) -> None:
    lms.plan("lineitems", Planned(status, "{}"))
    make(gradebook(lms), lms.line_items_url, COLUMN)
    (item,) = lms.line_items
    assert "resourceLinkId" not in item
    assert (item["resourceId"], item["tag"]) == ("activity-1", "twofold")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Planned(403, "{}"), LmsRefused),
        (Planned(429), LmsUnavailable),
        (Planned(500), LmsUnavailable),
        (Planned(200, "<html>"), LmsUnavailable),
        (Planned(409), LmsConflict),
        (Planned(201, "[" * 100_000), LmsUnavailable),
        (Planned(201, "x" * 2_000_000), LmsUnavailable),
    ],
)
def test_what_else_goes_wrong_makes_no_second_try(
    lms: FakeLms, answer: Planned, error: type[Exception]
) -> None:
    lms.plan("lineitems", answer)
    with pytest.raises(error):
        make(gradebook(lms), lms.line_items_url, COLUMN)
    assert len(lms.of("lineitems")) == 1


def made(lms: FakeLms, **members: Any) -> str:
    url = f"{lms.address}/lineitems/4/lineitem?type_id=1"
    lms.line_items.append({"id": url, "label": "Old", "scoreMaximum": 10, **members})
    return url


def test_a_column_is_read(lms: FakeLms) -> None:
    url = made(lms, tag="twofold")
    assert read(gradebook(lms), url)["label"] == "Old"
    assert lms.of("lineitem")[0].headers["accept"] == "application/vnd.ims.lis.v2.lineitem+json"
    for body in ("[]", "<html>", "", "7"):
        lms.plan("lineitem", Planned(200, body))
        with pytest.raises(LmsUnavailable):
            read(gradebook(lms), url)


def test_an_update_keeps_whatever_the_lms_has_besides(lms: FakeLms) -> None:
    """Moodle blanks what a PUT leaves out."""
    kept = {
        "resourceId": "activity-1",
        "tag": "twofold",
        "resourceLinkId": "link-1",
        "endDateTime": "2027-01-01T00:00:00Z",
        "gradesReleased": True,
    }
    url = made(lms, **kept)
    assert update(gradebook(lms), url, COLUMN), "its maximum changed"
    assert lms.line_items == [{"id": url, "label": COLUMN.label, "scoreMaximum": 40, **kept}]
    assert not update(gradebook(lms), url, COLUMN), "as it should be already"
    assert [each.method for each in lms.of("lineitem")] == ["GET", "PUT", "GET"]


def test_an_update_gives_back_what_was_blanked(lms: FakeLms) -> None:
    url = made(lms, tag="twofold", resourceId=None)
    update(gradebook(lms), url, COLUMN)
    assert lms.line_items[0]["resourceId"] == "activity-1"


def test_a_column_that_is_not_ours_is_not_touched(lms: FakeLms) -> None:
    url = made(lms, resourceId="exam", tag="another-tool")
    assert not update(gradebook(lms), url, COLUMN)
    assert [each.method for each in lms.of("lineitem")] == ["GET"]


def test_a_column_is_removed_and_one_that_is_gone_already_is_no_error(lms: FakeLms) -> None:
    url = made(lms)
    remove(gradebook(lms), url)
    assert lms.line_items == []
    remove(gradebook(lms), url)
    lms.plan("lineitem", Planned(403))
    with pytest.raises(LmsRefused):
        remove(gradebook(lms), url)
