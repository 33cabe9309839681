"""Access tokens: how they are asked for, for how long they are kept, and for whom."""

import json
import threading
from typing import Any

import jwt
import pytest

from foundation import clock
from foundation.http import HttpFailed
from lti_tool.lms.answers import LmsUnavailable
from tests.judges.moodle.recordings import recorded
from tests.lti_tool.ags.fake_lms import (
    SCOPES,
    FakeLms,
    Planned,
    signing_key,
    token_client,
)


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def given(**members: Any) -> Planned:
    return Planned(200, json.dumps({"access_token": "abc", "token_type": "bearer", **members}))


def test_the_assertion_is_what_the_security_framework_asks_for(lms: FakeLms) -> None:
    registration = lms.registration()
    tokens = token_client()
    tokens.token(registration, SCOPES[:1])
    tokens.token(registration, SCOPES)
    claims = [
        jwt.decode(each, signing_key().key.public_key(), ["RS256"], audience=f"{lms.address}/token")
        for each in lms.assertions
    ]
    assert jwt.get_unverified_header(lms.assertions[0]) == {
        "alg": "RS256",
        "kid": "our-kid",
        "typ": "JWT",
    }
    moment = clock.now().timestamp()
    for each in claims:
        assert each["iss"] == each["sub"] == registration.client_id
        assert moment - 60 < each["iat"] < moment - 20, "backdated, for clocks that are behind"
        assert moment < each["exp"] < moment + 300
    assert claims[0]["jti"] != claims[1]["jti"]
    request = lms.of("token")[1]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert b"grant_type=client_credentials" in request.body
    assert b"scope%2Fscore" in request.body


def test_the_audience_is_the_registered_one_where_there_is_one(lms: FakeLms) -> None:
    audience = "https://api.brightspace.com/auth/token"
    token_client().token(lms.registration(auth_audience=audience), SCOPES)
    claims = jwt.decode(lms.assertions[0], options={"verify_signature": False})
    assert claims["aud"] == audience


def test_two_registrations_on_one_issuer_never_share_a_token(lms: FakeLms) -> None:
    tokens = token_client()
    first, second = lms.registration(), lms.registration()
    assert first.issuer == second.issuer
    assert first.auth_token_url == second.auth_token_url
    for _ in range(2):
        assert tokens.token(first, SCOPES).endswith(first.client_id)
        assert tokens.token(second, SCOPES).endswith(second.client_id)
    assert len(lms.of("token")) == 2


def test_a_token_is_kept_for_its_scopes_in_any_order_and_for_no_others(lms: FakeLms) -> None:
    tokens, registration = token_client(), lms.registration()
    assert tokens.token(registration, SCOPES) == tokens.token(registration, SCOPES[::-1])
    assert tokens.token(registration, SCOPES[:1]) != tokens.token(registration, SCOPES)
    assert len(lms.of("token")) == 2


def test_a_changed_token_url_is_another_token(lms: FakeLms) -> None:
    tokens, registration = token_client(), lms.registration()
    moved = lms.registration(id=registration.id, auth_token_url=f"{lms.address}/new/token")
    assert tokens.token(registration, SCOPES) != tokens.token(moved, SCOPES)


@pytest.mark.parametrize(
    ("members", "life"),
    [
        ({"expires_in": 3600}, 3540),
        ({"expires_in": "3600"}, 3540),
        ({"expires_in": 100_000}, 3540),
        ({"expires_in": 90}, 30),
        ({"expires_in": 60}, 0),
        ({"expires_in": 0}, 0),
        ({"expires_in": -1}, 0),
        ({}, 240),
        ({"expires_in": "soon"}, 240),
        ({"expires_in": True}, 240),
        ({"expires_in": None}, 240),
    ],
)
def test_a_token_is_used_until_a_minute_before_its_end(
    lms: FakeLms, members: dict[str, Any], life: int
) -> None:
    passing = Clock()
    tokens, registration = token_client(monotonic=passing), lms.registration()
    lms.plan("token", *[given(**members)] * 3)
    tokens.token(registration, SCOPES)
    passing.now += max(life - 1, 0)
    tokens.token(registration, SCOPES)
    assert len(lms.of("token")) == (1 if life else 2)
    passing.now += 1
    tokens.token(registration, SCOPES)
    assert len(lms.of("token")) == (2 if life else 3)


def test_a_dropped_token_is_replaced_and_a_newer_one_is_left_alone(lms: FakeLms) -> None:
    tokens, registration = token_client(), lms.registration()
    old = tokens.token(registration, SCOPES)
    tokens.drop(registration, SCOPES, old)
    new = tokens.token(registration, SCOPES)
    tokens.drop(registration, SCOPES, old)
    assert tokens.token(registration, SCOPES) == new != old


def test_threads_that_need_a_token_at_once_ask_once(lms: FakeLms) -> None:
    tokens, registration = token_client(), lms.registration()
    lms.plan("token", Planned(after=True, hang=0.1, body='{"access_token": "x"}'))
    threads = [threading.Thread(target=tokens.token, args=(registration, SCOPES)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lms.of("token")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Planned(200, "<html>please log in</html>"),
        Planned(200, ""),
        Planned(200, "[]"),
        Planned(200, '{"token_type": "Bearer"}'),
        Planned(200, '{"access_token": ""}'),
        Planned(200, '{"access_token": 7}'),
        Planned(200, '{"access_token": "a\\r\\nX-Evil: 1"}'),
        Planned(200, '{"access_token": "a b"}'),
        given(token_type="mac"),
    ],
)
def test_what_is_no_token_is_refused(lms: FakeLms, answer: Planned) -> None:
    lms.plan("token", answer)
    with pytest.raises(LmsUnavailable) as unavailable:
        token_client().token(lms.registration(), SCOPES)
    assert unavailable.value.code == "token.answer"
    assert unavailable.value.everybody


def test_what_moodle_says_when_it_gives_none_is_passed_on(lms: FakeLms) -> None:
    for name, words in (("unknown_client", "invalid_client"), ("bad_scope", "invalid_scope")):
        answer = recorded("token_endpoint")[name]["response"]
        lms.plan("token", Planned(answer["status"], answer["body"]))
        with pytest.raises(LmsUnavailable) as unavailable:
            token_client().token(lms.registration(), SCOPES)
        assert unavailable.value.code == "token.refused"
        assert words in unavailable.value.reason


def test_moodles_token_is_taken_although_it_is_called_html(lms: FakeLms) -> None:
    answer = recorded("token_endpoint")["ok_one_scope"]["response"]
    body = answer["body"].replace("<32 hex chars>", "0123456789abcdef" * 2)
    lms.plan("token", Planned(200, body, {"Content-Type": answer["headers"]["Content-Type"]}))
    assert token_client().token(lms.registration(), SCOPES) == "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("members", "lacking"),
    [
        ({}, ()),
        ({"scope": " ".join(SCOPES)}, ()),
        ({"scope": f"{SCOPES[2]} more  {SCOPES[0]} {SCOPES[1]}"}, ()),
        ({"scope": f"{SCOPES[0]} {SCOPES[2]}"}, (SCOPES[1],)),
        ({"scope": f"{SCOPES[0]}.readonly {SCOPES[1]}"}, (SCOPES[0], SCOPES[2])),
        ({"scope": ""}, SCOPES),
        ({"scope": None}, ()),
        ({"scope": 7}, ()),
    ],
)
def test_a_token_for_less_than_was_asked_is_used_and_says_what_it_lacks(
    lms: FakeLms, members: dict[str, Any], lacking: tuple[str, ...]
) -> None:
    tokens, registration = token_client(), lms.registration()
    lms.plan("token", given(expires_in=3600, **members))
    assert tokens.token(registration, SCOPES) == "abc"
    assert tokens.lacking(registration, SCOPES) == lacking
    assert len(lms.of("token")) == 1


def test_all_tokens_of_one_registration_are_forgotten_and_no_others(lms: FakeLms) -> None:
    tokens = token_client()
    first, second = lms.registration(), lms.registration()
    wanted = [(each, scopes) for each in (first, second) for scopes in (SCOPES, SCOPES[:1])]
    before = [tokens.token(*each) for each in wanted]
    tokens.forget(first)
    after = [tokens.token(*each) for each in wanted]
    assert [old == new for old, new in zip(before, after, strict=True)] == [
        False,
        False,
        True,
        True,
    ]


def test_an_lms_that_is_busy_says_for_how_long(lms: FakeLms) -> None:
    lms.plan("token", Planned(429, "", {"Retry-After": "17"}))
    with pytest.raises(LmsUnavailable) as unavailable:
        token_client().token(lms.registration(), SCOPES)
    assert unavailable.value.wait == 17


def test_an_lms_that_says_nothing_fails_as_the_network_does(lms: FakeLms) -> None:
    lms.plan("token", Planned(hang=2), Planned(drop=True))
    for code in ("http.timeout", "http.connect"):
        with pytest.raises(HttpFailed) as failed:
            token_client().token(lms.registration(), SCOPES)
        assert failed.value.code == code


@pytest.mark.parametrize(
    ("changes", "audience"),
    [
        ({}, None),
        ({"product_family": "desire2learn"}, "https://api.brightspace.com/auth/token"),
        ({"issuer": "https://school.brightspace.com"}, "https://api.brightspace.com/auth/token"),
        (
            {"product_family": "desire2learn", "auth_audience": "https://a.example"},
            "https://a.example",
        ),
    ],
)
def test_brightspace_has_one_audience_for_all(
    lms: FakeLms, changes: dict[str, Any], audience: str | None
) -> None:
    token_client().token(lms.registration(**changes), SCOPES)
    claims = jwt.decode(lms.assertions[0], options={"verify_signature": False})
    assert claims["aud"] == (audience or f"{lms.address}/token")
