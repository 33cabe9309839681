"""Every answer of Moodle 4.5's token endpoint and its key set: what a grade and a check say."""

import json
from urllib.parse import parse_qs

import jwt
import pytest

from foundation import clock
from foundation.db import Database
from lti_tool.onboarding import onboard
from lti_tool.registration.check import check_platform
from tests.judges.moodle.recordings import exchanges, recorded
from tests.judges.moodle.replay import Moodle
from tests.lti_tool.ags.fake_lms import Planned
from tests.lti_tool.delivery.house import House, house, services_for

TOKENS = exchanges("token_endpoint")
REFUSED = {
    "bad_scope": "invalid_scope",
    "expired_assertion": "Expired token",
    "iat_5s_in_future": "Cannot handle token with iat prior to 2026-11-23T05:20:25+0000",
    "unknown_client": "invalid_client",
    "bad_signature": "Signature verification failed",
    "json_body_instead_of_form": "invalid_request",
    "unknown_kid": '{ "error" : ""kid" invalid, unable to lookup correct key" }',
    "no_kid": "error/Error: kid must be provided in JWT header.",
}
"""What Moodle says; where the JSON is broken it is shown as it is."""
STATUS_ONLY = {"replay_jti_1", "replay_jti_2"}
"""Of these nothing but the status was written down."""


@pytest.fixture
def one(db: Database, moodle: Moodle) -> House:
    made = house(db, moodle)
    made.release(4, 2)
    return made


def test_a_grade_waits_for_a_token_with_moodles_words(one: House, moodle: Moodle) -> None:
    found = {}
    for name in REFUSED:
        moodle.replay("token", TOKENS[name])
        one.later()
        one.work()
        state = one.state()
        found[name] = (state.state, state.reason_code, state.reason)
    assert found == {
        name: ("retrying", "token.refused", f"the LMS gave no access token: 400 {words}")
        for name, words in REFUSED.items()
    }
    assert moodle.of("scores") == []
    one.later()
    one.work()
    assert one.state().state == "delivered"
    assert len(moodle.kept) == 1


def test_a_token_is_taken_whatever_its_media_type(one: House, moodle: Moodle) -> None:
    """Moodle calls its JSON HTML."""
    given = [name for name in TOKENS if name not in REFUSED and name not in STATUS_ONLY]
    assert {TOKENS[name].status for name in given} == {200}
    for number, name in enumerate(given):
        one.services.tokens.forget(moodle.registration(id=one.registration_id))
        moodle.replay("token", TOKENS[name])
        moodle.grades.clear()
        one.later()
        one.again(one.learner)
        one.work()
        assert one.state().state == "delivered", name
        assert len(moodle.kept) == number + 1


def test_what_is_asked_is_what_moodle_gave_a_token_for(one: House, moodle: Moodle) -> None:
    one.work()
    (request,) = moodle.of("token")
    taken = TOKENS["ok_one_scope"]
    form = parse_qs(request.body.decode())
    assert set(form) == set(taken.sent)
    assert form["grant_type"] == [taken.sent["grant_type"]]
    assert form["client_assertion_type"] == [taken.sent["client_assertion_type"]]
    asked = recorded("token_endpoint")["ok_one_scope"]["request"]["client_assertion_claims"]
    claims = jwt.decode(form["client_assertion"][0], options={"verify_signature": False})
    assert set(claims) == set(asked)
    assert claims["iss"] == claims["sub"]
    assert claims["aud"] == f"{moodle.address}/token"
    assert claims["iat"] < clock.now().timestamp() - 20, "Moodle's clock may be behind"
    assert jwt.get_unverified_header(form["client_assertion"][0])["kid"]


def test_a_used_assertion_is_not_refused_yet_none_is_used_twice(one: House, moodle: Moodle) -> None:
    assert {recorded("token_endpoint")[name]["status"] for name in STATUS_ONLY} == {200}
    moodle.replay("token", TOKENS["expired_assertion"])
    for _ in range(2):
        one.later()
        one.work()
    first, second = (parse_qs(each.body.decode()) for each in moodle.of("token"))
    assert first["client_assertion"] != second["client_assertion"]


def test_a_check_of_the_connection_says_moodles_words(db: Database, moodle: Moodle) -> None:
    services = services_for(db)
    registration = onboard(
        db,
        issuer=moodle.address,
        client_id="client-1",
        auth_login_url=f"{moodle.address}/mod/lti/auth.php",
        auth_token_url=f"{moodle.address}/token",
        key_set_url=f"{moodle.address}/mod/lti/certs.php",
        deployment_ids=["1"],
        name="North",
        product_family="moodle",
        private=True,
    )
    moodle.plan("certs.php", Planned(200, json.dumps(recorded("platform_jwks"))))
    names = ["bad_scope", "bad_signature", "unknown_client", "no_kid", "ok_one_scope"]
    moodle.replay("token", *(TOKENS[name] for name in names))
    keys, *scopes, _ = (str(each.said) for each in check_platform(services, registration))
    assert keys == "Its keys are fetched (1)."
    for name, said in zip(names[:4], scopes, strict=False):
        assert REFUSED[name] in said
        assert "(token.refused)" in said
