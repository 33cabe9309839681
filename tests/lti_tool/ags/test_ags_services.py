"""Scores, results and columns over the wire, and where a token may go."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from foundation.http import HttpClient
from lti_tool.ags import calls
from lti_tool.ags.calls import Gradebook, below
from lti_tool.ags.line_items import Column, find
from lti_tool.ags.results import Result, read_result
from lti_tool.ags.scores import Score, payload, post
from lti_tool.lms.answers import LmsRefused, LmsUnavailable
from lti_tool.lms.tokens import TokenClient
from lti_tool.platforms.quirks.answers import Quirks
from lti_tool.platforms.quirks.canvas import CANVAS
from lti_tool.platforms.registrations import RegistrationInfo
from tests.judges.moodle.recordings import recorded
from tests.lti_tool.ags.fake_lms import (
    SCOPES,
    FakeLms,
    FixedKeys,
    Planned,
    fake_lms,
    quick_http,
    token_client,
)

MOMENT = datetime(2026, 11, 23, 5, 21, 50, 217_000, tzinfo=UTC)


def score(**changes: Any) -> Score:
    values: dict[str, Any] = {
        "user_id": "5",
        "points": Decimal("83.33"),
        "maximum": Decimal(100),
        "comment": "Well done, ü",
        "timestamp": MOMENT,
    }
    return Score(**{**values, **changes})


def gradebook(lms: FakeLms, registration: RegistrationInfo | None = None) -> Gradebook:
    return Gradebook(quick_http(), token_client(), registration or lms.registration(), SCOPES)


def test_a_score_is_posted_as_moodle_wants_it(lms: FakeLms) -> None:
    post(gradebook(lms), lms.line_item, score())
    (request,) = lms.of("scores")
    assert request.path == "/lineitems/1/lineitem/scores?type_id=1"
    assert request.body == (
        b'{"userId":"5","scoreGiven":83.33,"scoreMaximum":100,"activityProgress":"Completed",'
        b'"gradingProgress":"FullyGraded","timestamp":"2026-11-23T05:21:50.217Z",'
        b'"comment":"Well done, \xc3\xbc"}'
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": Decimal("NaN")},
        {"points": Decimal("Infinity")},
        {"points": Decimal("-0.01")},
        {"points": Decimal("-Infinity")},
        {"points": Decimal("100.01")},
        {"points": "83.33"},
        {"points": 83.33},
        {"points": True},
        {"maximum": Decimal(0), "points": Decimal(0)},
        {"maximum": Decimal("NaN")},
        {"timestamp": MOMENT.replace(tzinfo=None)},
    ],
)
def test_what_is_no_score_is_never_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"score|timestamp"):
        payload(score(**wrong), Quirks())


def test_a_negative_nought_is_nought() -> None:
    assert b'"scoreGiven":0,' in payload(score(points=Decimal("-0")), Quirks())


def test_canvas_is_told_that_this_is_no_new_submission() -> None:
    body = json.loads(payload(score(comment=None), CANVAS))
    assert body["https://canvas.instructure.com/lti/submission"] == {"new_submission": False}
    assert "comment" not in body


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (Planned(400, '{"message": "No"}'), LmsRefused, "ags.refused"),
        (Planned(404), LmsRefused, "ags.no-line-item"),
        (Planned(410), LmsRefused, "ags.no-line-item"),
        (Planned(422, '{"errors": {"message": "No"}}'), LmsRefused, "ags.refused"),
        (Planned(403, '{"message": "No"}'), LmsRefused, "ags.forbidden"),
        (Planned(403, "403 Forbidden (Rate Limit Exceeded)"), LmsUnavailable, "ags.403"),
        (Planned(429, "<html>Too many"), LmsUnavailable, "ags.429"),
        (Planned(500, "<html>Oops"), LmsUnavailable, "ags.500"),
        (Planned(503), LmsUnavailable, "ags.503"),
        (Planned(302, "", {"Location": "https://sso.example"}), LmsUnavailable, "ags.302"),
        (Planned(200, "<!DOCTYPE html><title>Log in"), LmsUnavailable, "ags.page"),
        (Planned(200, "x" * 2_000_000), LmsUnavailable, "http.too-large"),
        (Planned(200, "not gzip", {"Content-Encoding": "gzip"}), LmsUnavailable, "http.protocol"),
        (Planned(200, "?", {"Content-Encoding": "br"}), LmsUnavailable, "http.encoding"),
        (Planned(hang=1.5), LmsUnavailable, "http.timeout"),
    ],
)
def test_each_way_to_fail_has_its_code(
    lms: FakeLms, answer: Planned, error: type[LmsRefused | LmsUnavailable], code: str
) -> None:
    lms.plan("scores", answer, answer)
    with pytest.raises(error) as failed:
        post(gradebook(lms), lms.line_item, score())
    assert isinstance(failed.value, LmsRefused | LmsUnavailable)
    assert failed.value.code == code
    assert len(failed.value.reason) <= 320


@pytest.mark.parametrize(("left", "limited"), [("0.0", True), ("-12.5", True), ("300", False)])
def test_canvas_counts_down_what_it_still_takes(lms: FakeLms, left: str, limited: bool) -> None:
    forbidden = Planned(403, "{}", {"X-Rate-Limit-Remaining": left})
    lms.plan("scores", forbidden, forbidden)
    book = gradebook(lms, lms.registration(product_family="canvas"))
    with pytest.raises(LmsUnavailable if limited else LmsRefused):
        post(book, lms.line_item, score())
    with pytest.raises(LmsRefused):
        post(gradebook(lms), lms.line_item, score())


def test_a_refused_token_is_replaced_once(lms: FakeLms) -> None:
    lms.plan("scores", Planned(401))
    post(gradebook(lms), lms.line_item, score())
    first, second = lms.of("scores")
    assert first.bearer != second.bearer
    assert first.body == second.body
    lms.plan("scores", Planned(401), Planned(401))
    with pytest.raises(LmsUnavailable) as unavailable:
        post(gradebook(lms), lms.line_item, score())
    assert unavailable.value.code == "ags.unauthorised"
    assert len(lms.of("scores")) == 4


def test_two_registrations_send_their_own_tokens(lms: FakeLms) -> None:
    http, registrations = quick_http(), [lms.registration(), lms.registration()]
    tokens = TokenClient(http, FixedKeys())
    for registration in registrations * 2:
        line_item = f"{lms.address}/{registration.client_id}/lineitem"
        post(Gradebook(http, tokens, registration, SCOPES), line_item, score(user_id="u"))
        lms.grades.clear()
    for request in lms.of("scores"):
        assert lms.tokens[request.bearer] in request.path


HOSTILE = [
    "https://evil.example/lineitem",
    "https://lms.example.evil.example/lineitem",
    "https://lms.example@evil.example/lineitem",
    "https://lms.example:8443/lineitem",
    "https://169.254.169.254/latest/meta-data",
    "http://169.254.169.254/latest/meta-data",
    "https://127.0.0.1/lineitem",
    "https://2130706433/lineitem",
    "https://[::ffff:127.0.0.1]/lineitem",
    "https://[::1]/lineitem",
    "https://localhost/lineitem",
    "file:///etc/passwd",
    "gopher://lms.example/",
    "//evil.example/lineitem",
    "",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_no_token_is_asked_for_or_sent_for_an_address_of_others(lms: FakeLms, url: str) -> None:
    book = gradebook(lms)
    for attempt in (
        lambda: post(book, url, score()),
        lambda: read_result(book, url, "5"),
        lambda: find(book, url, Column("l", "x", Decimal(1), "")),
    ):
        with pytest.raises(LmsRefused) as refused:
            attempt()
        assert refused.value.code in ("ags.address", "ags.foreign-host")
    assert lms.seen == []


def test_another_server_on_this_machine_never_sees_a_token(lms: FakeLms) -> None:
    with fake_lms() as other:
        with pytest.raises(LmsRefused):
            post(gradebook(lms), other.line_item, score())
        assert other.seen == []


def test_an_own_host_at_a_private_address_gets_no_connection(lms: FakeLms) -> None:
    """A name of the registration that resolves inward: refused before anything is sent."""
    http = HttpClient(resolve=lambda host, port: ["10.0.0.1" if "lms.example" in host else host])
    tokens = TokenClient(http, FixedKeys())
    book = Gradebook(http, tokens, lms.registration(), SCOPES)
    with pytest.raises(LmsUnavailable) as unavailable:
        post(book, "https://lms.example/lineitem", score())
    assert unavailable.value.code == "http.address"


def test_a_redirect_takes_no_token_along(lms: FakeLms) -> None:
    with fake_lms() as other:
        lms.plan("scores", Planned(307, "", {"Location": f"{other.address}/scores"}))
        with pytest.raises(LmsUnavailable) as unavailable:
            post(gradebook(lms), lms.line_item, score())
        assert unavailable.value.code == "ags.307"
        assert other.seen == []


def test_a_service_is_below_the_path_and_before_the_query() -> None:
    assert (
        below("https://a.example/x?type_id=1", "/scores") == "https://a.example/x/scores?type_id=1"
    )
    assert below("https://a.example/x", "/results", "user_id=5") == (
        "https://a.example/x/results?user_id=5"
    )


def test_a_result_is_read_for_one_learner(lms: FakeLms) -> None:
    book = gradebook(lms)
    assert read_result(book, lms.line_item, "a b/ü") is None
    post(book, lms.line_item, score(user_id="a b/ü"))
    result = read_result(book, lms.line_item, "a b/ü")
    assert result is not None
    assert result.has_score(Decimal("83.33"), Decimal(100))
    assert not result.has_score(Decimal("83.35"), Decimal(100))
    assert result.has_comment("Well  done,\nü")
    assert not result.has_comment("Well done")
    assert result.timestamp == MOMENT
    query = parse_qs(urlsplit(lms.of("results")[0].path).query)
    assert query == {"type_id": ["1"], "user_id": ["a b/ü"]}


def test_moodles_results_are_read_and_its_pages_followed(lms: FakeLms) -> None:
    pages = {each["name"]: each["response"] for each in recorded("ags_results")}
    first = pages["results_limit2_no_type_id"]
    second = pages["results_limit2_from2_no_type_id"]
    moodle = "http://127.0.0.1:8088"
    link = first["headers"]["Link"].replace(moodle, lms.address)
    lms.plan(
        "results",
        Planned(200, json.dumps(first["body"]), {"Link": link}),
        Planned(200, json.dumps(second["body"])),
    )
    wanted = second["body"][0]["userId"]
    result = read_result(gradebook(lms), lms.line_item, wanted)
    assert result is not None
    assert result.share is not None
    assert lms.of("results")[1].path.endswith("/results?limit=2&from=2"), "the &amp; is undone"


def _pages(lms: FakeLms, *links: str) -> list[int]:
    """How many entries each page has that is read; page n links as `links` says."""
    here = f"{lms.address}/lineitems/1/lineitem/results"
    for link in links:
        headers = {"Link": link.format(here=here)} if link else {}
        lms.plan("results", Planned(200, "[1]", headers))
    accept = "application/vnd.ims.lis.v2.resultcontainer+json"
    return [len(page) for page in gradebook(lms).pages(here, accept=accept)]


@pytest.mark.parametrize(
    "link",
    [
        '<{here}?page=AbC>; rel="next"',
        '</lineitems/1/lineitem/results?page=AbC>; rel="next"',
        "<{here}?page=AbC>; REL=“Next”",
        '<{here}>; rel="first", <{here}?page=AbC>; rel="last next"',
    ],
)
def test_pages_are_followed(lms: FakeLms, link: str) -> None:
    # A header is Latin-1 on the wire: curly quotes are its UTF-8 bytes.
    assert _pages(lms, link.encode().decode("latin-1"), "") == [1, 1]
    assert lms.of("results")[1].path.endswith("?page=AbC")


@pytest.mark.parametrize("link", ["<{here}>; rel=next", '<{here}?page=1>; rel="prev"', "garbage"])
def test_a_page_that_names_no_other_is_the_last(lms: FakeLms, link: str) -> None:
    assert _pages(lms, link, "") == [1]


def test_pages_that_go_round_are_no_list(lms: FakeLms) -> None:
    with pytest.raises(LmsRefused) as refused:
        _pages(lms, "<{here}?page=2>; rel=next", "<{here}>; rel=next")
    assert refused.value.code == "ags.loop"


def test_pages_end(lms: FakeLms, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies beyond must not pass for missing: a second column would be made."""
    monkeypatch.setattr(calls, "MOST_PAGES", 3)
    assert _pages(lms, "<{here}?page=2>; rel=next", "<{here}?page=3>; rel=next", "") == [1, 1, 1]
    endless = [f"<{{here}}?page={number}>; rel=next" for number in range(9)]
    with pytest.raises(LmsRefused) as refused:
        _pages(lms, *endless)
    assert refused.value.code == "ags.too-many"
    assert len(lms.of("results")) == 6


def test_a_next_page_at_another_host_gets_no_token(lms: FakeLms) -> None:
    with fake_lms() as other:
        link = f'<{other.address}/results>; rel="next"'
        lms.plan("results", Planned(200, "[]", {"Link": link}))
        with pytest.raises(LmsRefused):
            read_result(gradebook(lms), lms.line_item, "5")
        assert other.seen == []


@pytest.mark.parametrize("body", ["<html>", "{}", "", "[" * 100_000])
def test_a_list_that_is_none_is_a_passing_trouble(lms: FakeLms, body: str) -> None:
    lms.plan("results", Planned(200, body))
    with pytest.raises(LmsUnavailable):
        read_result(gradebook(lms), lms.line_item, "5")


@pytest.mark.parametrize(
    "entry",
    [
        {"userId": "5"},
        {"userId": "5", "resultScore": None},
        {"userId": "5", "resultScore": "7"},
        {"userId": "5", "resultScore": True},
        {"userId": "5", "resultScore": float("nan")},
        {"userId": "5", "resultScore": float("inf")},
        {"userId": "5", "resultScore": 7, "resultMaximum": float("inf")},
        {"userId": "5", "resultScore": 7, "resultMaximum": 0},
        {"userId": "5", "resultScore": 7, "comment": {"a": 1}, "resultMaximum": "x"},
    ],
)
def test_odd_entries_have_no_score(lms: FakeLms, entry: dict[str, Any]) -> None:
    lms.plan("results", Planned(200, json.dumps(["x", None, entry])))
    assert read_result(gradebook(lms), lms.line_item, "5") == Result(None, None, None)


def test_a_task_ends_in_time_however_many_calls_it_takes(lms: FakeLms) -> None:
    moments = iter([0.0, 1.0, 40.0])
    book = Gradebook(
        quick_http(),
        token_client(),
        lms.registration(),
        SCOPES,
        seconds=35,
        monotonic=lambda: next(moments),
    )
    read_result(book, lms.line_item, "5")
    with pytest.raises(LmsUnavailable) as unavailable:
        post(book, lms.line_item, score())
    assert unavailable.value.code == "http.timeout"
    assert lms.of("scores") == []
