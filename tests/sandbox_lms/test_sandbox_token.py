"""The token endpoint of the sandbox LMS: client assertions, and every way they can be wrong."""

import time
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox_lms import seed
from sandbox_lms.config import Config
from sandbox_lms.store import Store
from sandbox_lms.tokens import LINE_ITEM_READ, SCORE
from tests.sandbox_lms.small_tool import Judge, SmallTool

LISTING = {"Accept": "application/vnd.ims.lis.v2.lineitemcontainer+json"}


def test_a_right_assertion_gets_a_token_for_the_known_scopes(
    lms: Config, tool: SmallTool, judge: Judge
) -> None:
    assertion = tool.sign(tool.assertion_claims(lms))
    answer = tool.ask_token(lms, assertion, scope=f"https://example.org/odd {SCORE}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, SCORE)
    assert judge.rules() == []


@dataclass(frozen=True)
class Soon:
    """So many seconds after the moment of the test, which may be long after its collection."""

    seconds: int


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"sub": "someone-else"}, "token-sub"),
        ({"sub": None}, "token-sub"),
        ({"iss": "stranger", "sub": "stranger"}, "token-unknown-client"),
        ({"iss": None}, "jwt-issuer"),
        ({"aud": "http://127.0.0.1:1/token"}, "jwt-audience"),
        ({"aud": None}, "jwt-claim-missing"),
        ({"exp": None}, "jwt-claim-missing"),
        ({"iat": None}, "jwt-claim-missing"),
        ({"jti": None}, "jwt-claim-missing"),
        ({"jti": ""}, "jwt-claim-missing"),
        ({"jti": 5}, "jwt-malformed"),
        ({"exp": Soon(-10)}, "jwt-expired"),
        ({"iat": Soon(600), "exp": Soon(660)}, "jwt-from-the-future"),
        ({"exp": Soon(7200)}, "jwt-lives-too-long"),
        ({"iat": "soon"}, "jwt-malformed"),
        ({"exp": "4102444800"}, "jwt-malformed"),
        ({"exp": float("inf")}, "jwt-malformed"),
    ],
)
def test_a_wrong_claim_is_refused(
    lms: Config, tool: SmallTool, judge: Judge, changed: dict[str, Any], rule: str
) -> None:
    moment = int(time.time())
    claims = {
        name: moment + value.seconds if isinstance(value, Soon) else value
        for name, value in changed.items()
    }
    answer = tool.ask_token(lms, tool.sign(tool.assertion_claims(lms, **claims)))
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert judge.rules() == [rule]


def test_the_issuer_is_not_the_audience(lms: Config, tool: SmallTool, judge: Judge) -> None:
    tool.ask_token(lms, tool.sign(tool.assertion_claims(lms, aud=lms.issuer)))
    assert judge.rules() == ["jwt-audience"]


def test_a_jti_serves_once(lms: Config, tool: SmallTool, judge: Judge) -> None:
    assertion = tool.sign(tool.assertion_claims(lms))
    assert tool.ask_token(lms, assertion).status_code == 200
    assert tool.ask_token(lms, assertion).status_code == 401
    assert judge.rules() == ["token-jti-used"]


def test_another_key_under_a_known_kid_is_refused(
    lms: Config, tool: SmallTool, judge: Judge
) -> None:
    tool.add_key("stranger")
    key = tool.keys.pop("stranger")
    assertion = jwt.encode(tool.assertion_claims(lms), key, "RS256", headers={"kid": "first"})
    assert tool.ask_token(lms, assertion).status_code == 401
    assert judge.rules() == ["jwt-signature"]


def test_other_algorithms_and_no_kid_are_refused(
    lms: Config, tool: SmallTool, judge: Judge
) -> None:
    claims = tool.assertion_claims(lms)
    forged: list[tuple[str, str | RSAPrivateKey]] = [
        ("none", ""),
        ("HS256", "x" * 32),
        ("RS384", tool.keys["first"]),
    ]
    for algorithm, key in forged:
        assertion = jwt.encode(claims, key, algorithm, headers={"kid": "first"})
        assert tool.ask_token(lms, assertion).status_code == 401
    assert judge.rules() == ["jwt-algorithm"] * 3
    tool.ask_token(lms, tool.sign(claims, kid=None))
    assert judge.rules()[0] == "jwt-no-kid"


def test_the_key_set_is_kept_and_read_again_for_a_new_kid(
    lms: Config, tool: SmallTool, judge: Judge
) -> None:
    tool.token(lms)
    tool.token(lms)
    assert tool.key_set_reads == 1
    tool.add_key("second")
    assertion = tool.sign(tool.assertion_claims(lms), kid="second")
    assert tool.ask_token(lms, assertion).status_code == 200
    assert tool.key_set_reads == 2
    key = tool.keys.pop("second")
    gone = jwt.encode(tool.assertion_claims(lms), key, "RS256", headers={"kid": "never"})
    assert tool.ask_token(lms, gone).status_code == 401
    assert judge.rules() == ["jwt-unknown-kid"]


def test_an_unreachable_key_set_is_said(
    lms: Config, tool: SmallTool, kept: Store, judge: Judge
) -> None:
    seed.add_tool(kept, "far-client", "Far", "http://127.0.0.1:1")
    claims = tool.assertion_claims(lms, iss="far-client", sub="far-client")
    assert tool.ask_token(lms, tool.sign(claims)).status_code == 401
    assert judge.rules() == ["jwks-unreachable"]


@pytest.mark.parametrize(
    ("changed", "error", "rule"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type", "token-grant-type"),
        ({"client_assertion_type": "jwt"}, "invalid_request", "token-assertion-type"),
        ({"scope": "https://example.org/odd"}, "invalid_scope", "token-scope"),
        ({"scope": ""}, "invalid_scope", "token-scope"),
    ],
)
def test_a_wrong_form_is_refused_with_the_oauth_code(
    lms: Config, tool: SmallTool, judge: Judge, changed: dict[str, str], error: str, rule: str
) -> None:
    answer = tool.ask_token(lms, tool.sign(tool.assertion_claims(lms)), **changed)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert judge.rules() == [rule]


def test_json_and_nonsense_are_refused(lms: Config, tool: SmallTool, judge: Judge) -> None:
    assert requests.post(lms.token_url, json={}, timeout=5).status_code == 400
    assert tool.ask_token(lms, "nonsense").status_code == 401
    header = tool.sign(tool.assertion_claims(lms)).partition(".")[0]
    assert tool.ask_token(lms, f"{header}.bm9wZQ.bm9wZQ").status_code == 401
    assert judge.rules() == ["jwt-malformed", "jwt-malformed", "token-media-type"]


def test_a_service_wants_a_living_token_with_the_scope(
    lms: Config, tool: SmallTool, kept: Store, judge: Judge
) -> None:
    address = f"{lms.base_url}/ags/skills-101/lineitems?type_id=1"

    def status(authorization: str) -> int:
        headers = {**LISTING, "Authorization": authorization}
        return requests.get(address, headers=headers, timeout=5).status_code

    assert requests.get(address, headers=LISTING, timeout=5).status_code == 401
    assert status("Basic abc") == 401
    assert status("Bearer made-up") == 401
    assert status(f"Bearer {tool.token(lms, SCORE)}") == 403
    assert judge.rules() == [
        "service-scope",
        "service-token-invalid",
        "service-no-token",
        "service-no-token",
    ]
    good = tool.token(lms, LINE_ITEM_READ)
    assert status(f"Bearer {good}") == 200
    with kept.writing() as connection:
        connection.execute("UPDATE access_token SET expires = ?", (time.time() - 1,))
    assert status(f"Bearer {good}") == 401


def test_the_judge_never_shows_a_token(lms: Config, tool: SmallTool, judge: Judge) -> None:
    assertion = tool.sign(tool.assertion_claims(lms))
    seen = f"{lms.base_url}/ags/skills-101/lineitems?type_id=1"
    requests.get(
        seen, headers={"Accept": assertion, "Authorization": f"Bearer {tool.token(lms)}"}, timeout=5
    )
    assert judge.rules() == ["service-accept"]
    page = requests.get(f"{lms.base_url}/refused", timeout=5).text
    assert "service-accept" in page
    assert assertion[:40] not in page
    assert assertion.rpartition(".")[2][:40] not in page
    assert "[removed]" in page
