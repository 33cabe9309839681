"""A class list over HTTP: Moodle's recorded answers, odd Link headers, hostile answers."""

import json
from typing import Any

import pytest

from lti_tool.nrps import reading
from lti_tool.nrps.reading import MEDIA_TYPE, SCOPE, NotRead, read_roster
from rubrics.actions.roster import Member
from rubrics.words import CourseRole
from tests.judges.moodle.recordings import recorded
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, quick_http, token_client
from tests.lti_tool.nrps.classes import member, page

MOODLE = "http://127.0.0.1:8088"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"


def _recorded(lms: FakeLms, name: str) -> Planned:
    """The answer that Moodle 4.5 gave, as if this LMS were that Moodle."""
    lists = [*recorded("nrps"), *recorded("nrps_no_pii")]
    answer = next(each["response"] for each in lists if each["name"] == name)
    said = {name: answer["headers"].get(name, "") for name in ("Content-Type", "Link")}
    headers = {name: value.replace(MOODLE, lms.address) for name, value in said.items()}
    return Planned(answer["status"], json.dumps(answer["body"], ensure_ascii=False), headers)


def _read(lms: FakeLms, *answers: Planned, **options: Any) -> dict[str, Member]:
    lms.plan("memberships", *answers)
    members = read_roster(
        quick_http(),
        token_client(),
        lms.registration(),
        f"{lms.address}/course/2/memberships",
        **options,
    )
    assert not lms.planned["memberships"], "every page was read"
    return {each.subject: each for each in members}


def _refusal(lms: FakeLms, *answers: Planned, **options: Any) -> NotRead:
    with pytest.raises(NotRead) as caught:
        _read(lms, *answers, **options)
    return caught.value


def test_moodles_whole_list(lms: FakeLms) -> None:
    found = _read(lms, _recorded(lms, "all"))
    assert set(found) == {"3", "4", "5", "6", "7", "8", "9"}
    assert found["3"].role is CourseRole.INSTRUCTOR
    assert found["4"].role is CourseRole.LEARNER, "a non-editing teacher, as Moodle lists one"
    assert found["8"].name == "日本 太郎"
    assert found["9"].name == "Erin O'Neil & Co "
    assert found["9"].email == "student5@example.com"
    asked = lms.of("memberships")[0]
    assert asked.headers["accept"] == MEDIA_TYPE
    assert asked.path == "/course/2/memberships"


def test_moodles_list_without_names(lms: FakeLms) -> None:
    found = _read(lms, _recorded(lms, "nrps_no_pii"))
    assert len(found) == 7
    assert {each.name for each in found.values()} == {None}


def test_moodles_pages_are_followed(lms: FakeLms) -> None:
    found = _read(lms, _recorded(lms, "limit2"), _recorded(lms, "limit2_next"), page([member("5")]))
    assert list(found) == ["4", "7", "9", "3", "5"]
    assert [each.path.rpartition("/")[2] for each in lms.of("memberships")] == [
        "memberships",
        "memberships?limit=2&from=2",
        "memberships?limit=2&from=4",
    ]


@pytest.mark.parametrize(
    ("name", "code", "asked"),
    [
        ("wrong_scope", "nrps.forbidden", 2),
        ("nrps_of_other_deployment", "nrps.forbidden", 2),
        ("wrong_course", "nrps.gone", 1),
        ("accept_json", "nrps.refused", 1),
        ("v1_membershipcontainer", "nrps.answer", 1),
    ],
)
def test_moodles_refusals(lms: FakeLms, name: str, code: str, asked: int) -> None:
    """After a 401 a new token is tried, once."""
    refusal = _refusal(lms, *[_recorded(lms, name)] * asked)
    assert refusal.code == code
    assert not refusal.later
    assert len(lms.tokens) == asked


def test_a_tool_without_the_permission_gets_no_token(lms: FakeLms) -> None:
    lms.plan("token", Planned(400, '{"error": "invalid_scope"}'))
    refusal = _refusal(lms)
    assert refusal.code == "token.refused"
    assert "invalid_scope" in refusal.reason
    assert not lms.of("memberships")


def test_the_token_is_for_this_scope_alone(lms: FakeLms) -> None:
    _read(lms, page([member("5")]))
    asked = next(each for each in lms.seen if each.path == "/token")
    assert f"scope={SCOPE.replace(':', '%3A').replace('/', '%2F')}" in asked.body.decode()


@pytest.mark.parametrize(
    "link",
    [
        '<{next}>; rel="next"',
        "<{next}>;rel=next",
        "<{next}>; rel=“next”",
        '<{first}>; rel="first", <{next}>; rel="next", <{first}>; rel="last"',
        '<{first}>; rel="current",<{next}>; REL="Next"; title="a, b"',
        '<?From=aB%2F9&amp;type_id=1>; rel="next"',
        '<{next}>; rel="last next"',
        "<{next}>; rel='next  last'",
    ],
)
def test_links_as_lms_s_write_them(lms: FakeLms, link: str) -> None:
    address = f"{lms.address}/course/2/memberships"
    written = link.format(next=f"{address}?From=aB%2F9&amp;type_id=1", first=address)
    # A header is Latin-1 on the wire: curly quotes are its UTF-8 bytes.
    written = written.encode().decode("latin-1")
    found = _read(lms, page([member("1")], written), page([member("2")]))
    assert set(found) == {"1", "2"}
    assert lms.of("memberships")[1].path == "/course/2/memberships?From=aB%2F9&type_id=1"


def test_an_address_is_not_unescaped_as_html_is(lms: FakeLms) -> None:
    """But for &amp;, which Moodle writes: &sect, &curren and &lt need no semicolon there."""
    query = "page=2&section_id=5&current_page=2&lti_x=3"
    link = f'<{lms.address}/course/2/memberships?{query}>; rel="next"'
    assert set(_read(lms, page([member("1")], link), page([member("2")]))) == {"1", "2"}
    assert lms.of("memberships")[1].path.partition("?")[2] == query


def test_pages_that_go_round_are_no_list(lms: FakeLms) -> None:
    first, second = (f"{lms.address}/course/2/memberships{each}" for each in ("", "?page=2"))
    refusal = _refusal(
        lms,
        page([member("1")], f'<{second}>; rel="next"'),
        page([member("2")], f'<{first}>; rel="next"'),
    )
    assert refusal.code == "nrps.loop"


def test_pages_without_end_are_given_up(lms: FakeLms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_PAGES", 5)
    link = '<{0}/course/2/memberships?page={1}>; rel="next"'
    pages = [page([member("1")], link.format(lms.address, number)) for number in range(6)]
    assert _refusal(lms, *pages).code == "nrps.too-many"
    assert len(lms.of("memberships")) == 6


def test_too_many_members_are_given_up(lms: FakeLms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_MEMBERS", 10)
    assert _refusal(lms, page(member(str(n)) for n in range(11))).code == "nrps.too-many"
    assert len(_read(lms, page(member(str(n)) for n in range(10)))) == 10


@pytest.mark.parametrize("host", ["https://evil.example", "http://127.0.0.1:1", "file:"])
def test_a_next_page_at_another_host_gets_no_token(lms: FakeLms, host: str) -> None:
    refusal = _refusal(lms, page([member("1")], f'<{host}/memberships>; rel="next"'))
    assert refusal.code in ("nrps.foreign-host", "nrps.address")


@pytest.mark.parametrize(
    ("answer", "code", "later"),
    [
        (Planned(200, "<html>Log in</html>"), "nrps.answer", True),
        (Planned(200, ""), "nrps.answer", True),
        (Planned(200, "[]"), "nrps.answer", False),
        (Planned(200, '{"members": {}}'), "nrps.answer", False),
        (Planned(200, '{"members": null}'), "nrps.answer", False),
        (Planned(200, "[" * 100_000), "nrps.answer", True),
        (Planned(200, '{"members": []}'), "nrps.empty", True),
        (page([member("1", status="Deleted")]), "nrps.empty", True),
        (Planned(500, "boom"), "nrps.500", True),
        (Planned(503, "", {"Retry-After": "120"}), "nrps.503", True),
        (Planned(429, "", {"Retry-After": "120"}), "nrps.429", True),
        (Planned(403, "403 Forbidden (Rate Limit Exceeded)"), "nrps.403", True),
        (Planned(302, "", {"Location": "https://evil.example"}), "nrps.302", True),
        (Planned(drop=True), "http.connect", True),
        (Planned(hang=2), "http.timeout", True),
        (Planned(200, "x" * 10_000_000), "http.too-large", True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_answers_that_are_no_list(lms: FakeLms, answer: Planned, code: str, later: bool) -> None:
    refusal = _refusal(lms, answer)
    assert (refusal.code, refusal.later) == (code, later)
    if "Retry-After" in answer.headers:
        assert refusal.wait == 120
        assert refusal.everybody


def test_canvas_says_too_many_by_a_header_alone(lms: FakeLms) -> None:
    lms.plan("memberships", Planned(403, "", {"X-Rate-Limit-Remaining": "0.0"}))
    canvas = lms.registration(product_family="canvas")
    with pytest.raises(NotRead) as caught:
        read_roster(quick_http(), token_client(), canvas, f"{lms.address}/course/2/memberships")
    assert (caught.value.code, caught.value.later) == ("nrps.403", True)


def test_a_page_that_fails_spoils_the_whole_list(lms: FakeLms) -> None:
    link = f'<{lms.address}/course/2/memberships?page=2>; rel="next"'
    assert _refusal(lms, page([member("1")], link), Planned(500)).code == "nrps.500"


@pytest.mark.parametrize(
    "odd",
    [
        "5",
        None,
        [],
        {"roles": ["Learner"]},
        member("1", user_id=""),
        member("1", user_id=5),
        member("1", user_id=None),
        member("1", user_id={"id": "1"}),
        member("1", user_id="x" * 256),
        member("1", user_id="a\0b"),
        member("1", user_id="a\ud800"),
        member("1", roles="Learner"),
        member("1", roles=None),
        member("1", roles=[1]),
        member("1", roles=["Learner"] * 101),
        member("1", status="Suspended?"),
        member("1", status=1),
    ],
    ids=repr,
)
def test_one_unusable_member_spoils_the_whole_list(lms: FakeLms, odd: Any) -> None:
    """Left out, somebody might be taken for gone."""
    refusal = _refusal(lms, page([member("2"), odd]))
    assert (refusal.code, refusal.later) == ("nrps.member", False)


def test_what_is_only_shown_is_taken_leniently(lms: FakeLms) -> None:
    odd = member("1", name=7, given_name=None, family_name=["x"], email={"a": 1}, status=None)
    shown = member("2", name="A &lt;b&gt;\u202e\0 x", email="x" * 10_001)
    found = _read(lms, page([odd, shown, {"user_id": "3", "roles": []}]))
    assert found["1"] == Member("1", CourseRole.LEARNER)
    assert found["2"].name == "A <b> x"
    assert found["2"].email is None
    assert found["3"] == Member("3", CourseRole.NONE)


def test_roles_and_states(lms: FakeLms) -> None:
    found = _read(
        lms,
        page(
            [
                member("short", "Instructor"),
                member("uri", f"{MEMBERSHIP}#Instructor"),
                member("assistant", "Instructor", f"{MEMBERSHIP}/Instructor#TeachingAssistant"),
                member("trick", f"{MEMBERSHIP}/Learner#Instructor"),
                member("mentor", "Mentor"),
                member("twice", "Learner"),
                member("twice", "Instructor"),
                member("inactive", status="Inactive"),
                member("deleted", status="Deleted"),
                member(
                    "test", "Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
                ),
            ]
        ),
    )
    assert {name: each.role.value for name, each in found.items()} == {
        "short": "instructor",
        "uri": "instructor",
        "assistant": "assistant",
        "trick": "learner",
        "mentor": "mentor",
        "twice": "instructor",
    }


def test_a_reading_ends_in_time(lms: FakeLms) -> None:
    assert _refusal(lms, seconds=-1).code == "http.timeout"
    assert not lms.seen
