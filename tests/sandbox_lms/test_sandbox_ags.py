"""Line items, results and scores of the sandbox LMS: each rule with what breaks it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox_lms import seed
from sandbox_lms.config import Config
from sandbox_lms.services import LINE_ITEM_TYPE, LINE_ITEMS_TYPE, RESULTS_TYPE, SCORE_TYPE
from sandbox_lms.store import Store
from sandbox_lms.tokens import LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE
from tests.sandbox_lms.small_tool import Judge, SmallTool

COLUMN = {"label": "Role-play", "scoreMaximum": 20, "resourceId": "act-1", "tag": "grade"}


class Ags:
    """The calls that a tool makes, with the right media types unless told otherwise."""

    def __init__(self, lms: Config, token: str, type_id: int = 1) -> None:
        self.container = f"{lms.base_url}/ags/skills-101/lineitems?type_id={type_id}"
        self._token = token

    def call(
        self, method: str, address: str, body: Any = None, **headers: str
    ) -> requests.Response:
        return requests.request(
            method,
            address,
            json=body,
            headers={
                "Authorization": f"Bearer {self._token}",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
            timeout=5,
        )

    def list(self, query: str = "") -> requests.Response:
        return self.call("GET", self.container + query, Accept=LINE_ITEMS_TYPE)

    def create(self, **changed: Any) -> requests.Response:
        body = {k: v for k, v in {**COLUMN, **changed}.items() if v is not None}
        return self.call("POST", self.container, body, Content_Type=LINE_ITEM_TYPE)

    def get(self, address: str) -> requests.Response:
        return self.call("GET", address, Accept=LINE_ITEM_TYPE)

    def put(self, address: str, body: Any) -> requests.Response:
        return self.call("PUT", address, body, Content_Type=LINE_ITEM_TYPE)

    def delete(self, address: str) -> requests.Response:
        return self.call("DELETE", address)

    def score(self, address: str, body: Any, media_type: str = SCORE_TYPE) -> requests.Response:
        return self.call("POST", part(address, "scores"), body, Content_Type=media_type)

    def results(self, address: str, query: str = "") -> requests.Response:
        return self.call("GET", part(address, "results") + query, Accept=RESULTS_TYPE)


def part(line_item: str, name: str) -> str:
    path, _, query = line_item.partition("?")
    return f"{path}/{name}?{query}"


def a_score(minutes: float = 0, **changed: Any) -> dict[str, Any]:
    moment = datetime.now(UTC) - timedelta(hours=1) + timedelta(minutes=minutes)
    body = {
        "userId": "learner-01",
        "scoreGiven": 5,
        "scoreMaximum": 6,
        "comment": "Good",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": moment.isoformat(),
        **changed,
    }
    return {name: value for name, value in body.items() if value is not ...}


@pytest.fixture
def ags(lms: Config, tool: SmallTool) -> Ags:
    return Ags(lms, tool.token(lms))


@pytest.fixture
def item(ags: Ags) -> str:
    return str(ags.create().json()["id"])


def test_a_line_item_is_created_read_replaced_and_deleted(ags: Ags, judge: Judge) -> None:
    created = ags.create()
    assert (created.status_code, created.headers["Content-Type"]) == (201, LINE_ITEM_TYPE)
    address = created.json()["id"]
    assert created.headers["Location"] == address
    assert address.endswith("/lineitem?type_id=1")
    assert ags.get(address).json() == {**COLUMN, "id": address}

    replaced = ags.put(address, {"label": "New", "scoreMaximum": 10})
    assert replaced.json() == {"id": address, "label": "New", "scoreMaximum": 10}
    assert ags.delete(address).status_code == 204
    assert ags.get(address).status_code == 404
    assert ags.score(address, a_score()).status_code == 404
    assert judge.rules() == ["line-item-unknown"] * 2
    assert ags.create().json()["id"] != address


def test_line_items_are_filtered_and_paged(ags: Ags) -> None:
    for number in range(12):
        ags.create(resourceId=f"act-{number}", tag="odd" if number % 2 else "even")
    assert [i["resourceId"] for i in ags.list("&resource_id=act-3").json()] == ["act-3"]
    assert len(ags.list("&tag=odd").json()) == 6
    assert ags.list("&resource_link_id=nowhere").json() == []

    first = ags.list("&tag=even&limit=4")
    assert first.headers["Content-Type"] == LINE_ITEMS_TYPE
    assert len(first.json()) == 4
    following = first.links["next"]["url"]
    assert following.lower() != following
    second = ags.call("GET", following, Accept=LINE_ITEMS_TYPE)
    assert [i["resourceId"] for i in second.json()] == ["act-8", "act-10"]
    assert "next" not in second.links
    assert len(ags.list().json()) == 10


@pytest.mark.parametrize("query", ["&limit=0", "&limit=-1", "&limit=x", "&page=zzz"])
def test_a_wrong_limit_or_page_is_refused(ags: Ags, query: str) -> None:
    assert ags.list(query).status_code == 400


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"label": None}, "line-item-label"),
        ({"label": " "}, "line-item-label"),
        ({"label": "x" * 256}, "line-item-label"),
        ({"scoreMaximum": None}, "line-item-maximum"),
        ({"scoreMaximum": 0}, "line-item-maximum"),
        ({"scoreMaximum": "20"}, "line-item-maximum"),
        ({"scoreMaximum": True}, "line-item-maximum"),
        ({"tag": "x" * 256}, "line-item-text"),
        ({"resourceId": 5}, "line-item-text"),
        ({"resourceLinkId": "nowhere"}, "line-item-link"),
        ({"endDateTime": "2027-01-01T00:00:00"}, "line-item-date"),
    ],
)
def test_a_wrong_line_item_is_refused(
    ags: Ags, judge: Judge, changed: dict[str, Any], rule: str
) -> None:
    assert ags.create(**changed).status_code == 400
    assert judge.rules() == [rule]
    assert ags.list().json() == []


def test_a_line_item_may_be_coupled_to_a_link_but_not_moved(ags: Ags, judge: Judge) -> None:
    address = ags.create(resourceLinkId="skills-101-home-1").json()["id"]
    assert ags.list("&resource_link_id=skills-101-home-1").json()[0]["id"] == address
    assert ags.put(address, {**COLUMN, "resourceLinkId": "other"}).status_code == 400
    assert judge.rules() == ["line-item-link"]


def test_the_media_types_are_exact(ags: Ags, item: str, judge: Judge) -> None:
    assert ags.call("GET", ags.container, Accept="application/json").status_code == 406
    assert ags.call("GET", ags.container).status_code == 406
    assert ags.call("GET", item, Accept=LINE_ITEMS_TYPE).status_code == 406
    assert ags.call("GET", part(item, "results"), Accept="*/*").status_code == 406
    assert judge.rules() == ["service-accept"] * 4
    assert ags.call("POST", ags.container, COLUMN).status_code == 415
    assert ags.call("PUT", item, COLUMN).status_code == 415
    assert ags.score(item, a_score(), "application/json").status_code == 415
    assert ags.score(item, a_score(), f"{SCORE_TYPE}; charset=utf-8").status_code == 200
    assert judge.rules()[:3] == ["service-content-type"] * 3


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (LINE_ITEM, {"list", "create", "get", "put", "delete"}),
        (LINE_ITEM_READ, {"list", "get"}),
        (SCORE, {"score"}),
        (RESULT_READ, {"results"}),
    ],
)
def test_each_call_needs_its_scope(
    lms: Config, tool: SmallTool, item: str, scope: str, allowed: set[str]
) -> None:
    limited = Ags(lms, tool.token(lms, scope))
    calls: dict[str, Callable[[], requests.Response]] = {
        "list": limited.list,
        "create": limited.create,
        "get": lambda: limited.get(item),
        "put": lambda: limited.put(item, COLUMN),
        "score": lambda: limited.score(item, a_score()),
        "results": lambda: limited.results(item),
        "delete": lambda: limited.delete(item),
    }
    statuses = {name: call().status_code for name, call in calls.items()}
    assert {name for name, status in statuses.items() if status < 300} == allowed
    assert {status for name, status in statuses.items() if name not in allowed} == {403}


def test_nothing_of_another_client_or_deployment_is_reachable(
    lms: Config, tool: SmallTool, kept: Store, ags: Ags, item: str, judge: Judge
) -> None:
    seed.add_tool(kept, "other-client", "Other", tool.address)
    other = seed.add_deployment(kept, "other-client", "1")
    second = seed.add_deployment(kept, seed.CLIENT_ID, "2")
    seed.add_course(kept, "elsewhere", "E", "Elsewhere", [other, second])
    stranger = Ags(lms, tool.token(lms, client_id="other-client"), other)
    assert stranger.list().status_code == 404
    for address in (item, item.replace("type_id=1", f"type_id={other}")):
        for answer in (
            stranger.get(address),
            stranger.put(address, COLUMN),
            stranger.score(address, a_score()),
            stranger.results(address),
            stranger.delete(address),
        ):
            assert answer.status_code == 404
    assert set(judge.rules()) == {"service-address"}
    for wrong in (
        item.replace("skills-101", "teamwork-201"),
        item.replace("skills-101", "elsewhere").replace("type_id=1", f"type_id={second}"),
    ):
        assert ags.get(wrong).status_code == 404
    assert judge.rules()[:2] == ["line-item-unknown"] * 2
    assert ags.get(item).status_code == 200


def test_the_query_of_the_address_must_stay(ags: Ags, item: str, judge: Judge) -> None:
    bare = item.partition("?")[0]
    assert ags.get(bare).status_code == 404
    assert ags.score(bare, a_score()).status_code == 404
    wrong = ags.call("POST", item + "/scores", a_score(), Content_Type=SCORE_TYPE)
    assert wrong.status_code == 405
    assert judge.rules() == ["service-405", "service-address", "service-address"]


def test_a_score_is_rescaled_and_comes_back_as_a_result(ags: Ags, item: str, judge: Judge) -> None:
    sent = a_score(comment="Well <b>done</b> & ü")
    answer = ags.score(item, sent)
    assert (answer.status_code, answer.text) == (200, "")
    results = ags.results(item)
    assert results.headers["Content-Type"] == RESULTS_TYPE
    assert results.json() == [
        {
            "id": f"{part(item, 'results')}&user_id=learner-01",
            "userId": "learner-01",
            "scoreOf": item,
            "timestamp": sent["timestamp"],
            "comment": "Well <b>done</b> & ü",
            "resultScore": 16.66667,
            "resultMaximum": 20,
        }
    ]
    assert judge.rules() == []


def test_results_are_filtered_and_paged(ags: Ags, item: str) -> None:
    for number in range(1, 13):
        ags.score(item, a_score(userId=f"learner-{number:02}"))
    assert [r["userId"] for r in ags.results(item, "&user_id=learner-07").json()] == ["learner-07"]
    assert ags.results(item, "&user_id=instructor-1").json() == []
    first = ags.results(item)
    assert len(first.json()) == 10
    rest = ags.call("GET", first.links["next"]["url"], Accept=RESULTS_TYPE)
    assert [r["userId"] for r in rest.json()] == ["learner-11", "learner-12"]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"userId": ...}, "score-user"),
        ({"userId": ""}, "score-user"),
        ({"userId": 5}, "score-user"),
        ({"userId": "nobody"}, "score-not-a-learner"),
        ({"userId": "instructor-1"}, "score-not-a-learner"),
        ({"userId": "learner-13"}, "score-not-a-learner"),
        ({"timestamp": ...}, "score-timestamp"),
        ({"timestamp": "yesterday"}, "score-timestamp"),
        ({"timestamp": 1795411147}, "score-timestamp"),
        ({"timestamp": "2026-11-01T10:00:00"}, "score-timestamp"),
        ({"timestamp": "2026-11-01"}, "score-timestamp"),
        ({"activityProgress": ...}, "score-progress"),
        ({"activityProgress": "Done"}, "score-progress"),
        ({"gradingProgress": ...}, "score-progress"),
        ({"gradingProgress": "fullygraded"}, "score-progress"),
        ({"scoreGiven": -1}, "score-number"),
        ({"scoreGiven": "5"}, "score-number"),
        ({"scoreGiven": None}, "score-number"),
        ({"scoreGiven": True}, "score-number"),
        ({"scoreGiven": 10**400}, "score-number"),
        ({"scoreMaximum": ...}, "score-maximum"),
        ({"scoreMaximum": 0}, "score-maximum"),
        ({"comment": 5}, "score-comment"),
    ],
)
def test_a_wrong_score_is_refused_and_changes_nothing(
    ags: Ags, item: str, judge: Judge, changed: dict[str, Any], rule: str
) -> None:
    answer = ags.score(item, a_score(**changed))
    assert answer.status_code == 400
    assert answer.json()["rule"] == rule
    assert judge.rules() == [rule]
    assert ags.results(item).json() == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_score_that_is_no_number_is_refused(ags: Ags, item: str, number: str) -> None:
    text = '{"userId": "learner-01", "activityProgress": "Completed", "gradingProgress":'
    text += ' "FullyGraded", "scoreMaximum": 10, "timestamp": "2026-11-01T10:00:00Z",'
    headers = {
        "Authorization": ags.call("GET", item).request.headers["Authorization"],
        "Content-Type": SCORE_TYPE,
    }
    for given, status in ((number, 400), ("5", 200)):
        body = text + f'"scoreGiven": {given}}}'
        answer = requests.post(part(item, "scores"), data=body, headers=headers, timeout=5)
        assert answer.status_code == status


@pytest.mark.parametrize("body", [b"[]", b"{", b'"x"', b"\xff", b'{"userId": "\\ud800"}'])
def test_a_body_that_is_no_json_object_is_refused(
    lms: Config, tool: SmallTool, item: str, judge: Judge, body: bytes
) -> None:
    headers = {"Authorization": f"Bearer {tool.token(lms)}", "Content-Type": SCORE_TYPE}
    answer = requests.post(part(item, "scores"), data=body, headers=headers, timeout=5)
    assert answer.status_code == 400
    assert judge.rules() == ["service-json"]


def test_a_score_from_the_future_is_refused(ags: Ags, item: str, judge: Judge) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=3)
    late = datetime.now(UTC) + timedelta(seconds=30)
    assert ags.score(item, a_score(timestamp=late.isoformat())).status_code == 400
    assert judge.rules() == ["score-future"]
    assert ags.score(item, a_score(timestamp=soon.isoformat())).status_code == 200


def test_an_equal_or_older_timestamp_is_a_conflict(ags: Ags, item: str, judge: Judge) -> None:
    first = a_score(5)
    assert ags.score(item, first).status_code == 200
    assert ags.score(item, {**first, "scoreGiven": 1}).status_code == 409
    assert ags.score(item, a_score(4, scoreGiven=1)).status_code == 409
    zone = datetime.fromisoformat(first["timestamp"]).astimezone(datetime.now().astimezone().tzinfo)
    assert ags.score(item, {**first, "timestamp": zone.isoformat()}).status_code == 409
    assert judge.rules() == ["score-timestamp-conflict"] * 3
    assert ags.results(item).json()[0]["resultScore"] == 16.66667
    assert ags.score(item, a_score(6, scoreGiven=6)).status_code == 200
    assert ags.score(item, a_score(4, userId="learner-02")).status_code == 200


def test_a_missing_comment_clears_the_one_before(ags: Ags, item: str) -> None:
    ags.score(item, a_score(1))
    ags.score(item, a_score(2, comment=...))
    assert "comment" not in ags.results(item).json()[0]


@pytest.mark.parametrize(
    "changed",
    [{"gradingProgress": "Pending"}, {"gradingProgress": "NotReady"}, {"scoreGiven": ...}],
)
def test_a_score_that_is_not_final_erases_the_grade_with_a_warning(
    ags: Ags, item: str, judge: Judge, changed: dict[str, Any]
) -> None:
    ags.score(item, a_score(1))
    assert ags.score(item, a_score(2, **changed)).status_code == 200
    assert "resultScore" not in ags.results(item).json()[0]
    assert [(e["rule"], e["severity"]) for e in judge.entries()] == [("score-erases", "warning")]


def test_a_score_above_the_maximum_is_kept_with_a_warning(
    ags: Ags, item: str, judge: Judge
) -> None:
    assert ags.score(item, a_score(scoreGiven=7.5)).status_code == 200
    assert ags.results(item).json()[0]["resultScore"] == 25
    assert judge.rules() == ["score-above-maximum"]


def test_a_new_maximum_keeps_the_share_of_each_grade(ags: Ags, item: str) -> None:
    ags.score(item, a_score(scoreGiven=3))
    ags.put(item, {**COLUMN, "scoreMaximum": 50})
    result = ags.results(item).json()[0]
    assert (result["resultScore"], result["resultMaximum"]) == (25, 50)
