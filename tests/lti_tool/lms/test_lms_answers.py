"""What an LMS's answers mean, and which of its words reach a teacher."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from requests.structures import CaseInsensitiveDict

from foundation import clock
from foundation.http import HttpResponse
from lti_tool.lms.answers import (
    LmsConflict,
    LmsRefused,
    LmsUnavailable,
    instant,
    plain,
    require_success,
    retry_after,
    words_of,
)


def answer(status: int, body: str = "", reason: str = "", **headers: str) -> HttpResponse:
    named = CaseInsensitiveDict({k.replace("_", "-"): v for k, v in headers.items()})
    return HttpResponse(status, reason, named, body.encode(), "https://lms.example/x")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_successes(status: int) -> None:
    require_success(answer(status))
    require_success(answer(status, '{"resultUrl": "https://lms.example/r"}'))


@pytest.mark.parametrize(
    ("given", "code", "everybody"),
    [
        (answer(500, "[]", "Internal Server Error"), "ags.500", False),
        (answer(502, "<html>Bad Gateway</html>"), "ags.502", True),
        (answer(503), "ags.503", True),
        (answer(504), "ags.504", True),
        (answer(429), "ags.429", True),
        (answer(408), "ags.408", False),
        (answer(302, Location="https://lms.example/login"), "ags.302", False),
        (answer(401), "ags.unauthorised", False),
        (answer(403, "403 Forbidden (Rate Limit Exceeded)"), "ags.403", True),
        (answer(403, "", Retry_After="3"), "ags.403", True),
        (answer(200, "<!DOCTYPE html><title>Log in</title>"), "ags.page", False),
    ],
)
def test_what_may_succeed_later(given: HttpResponse, code: str, everybody: bool) -> None:
    with pytest.raises(LmsUnavailable) as unavailable:
        require_success(given)
    assert (unavailable.value.code, unavailable.value.everybody) == (code, everybody)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ags.refused"),
        (403, "ags.forbidden"),
        (404, "ags.no-line-item"),
        (410, "ags.no-line-item"),
        (412, "ags.refused"),
        (415, "ags.refused"),
        (422, "ags.refused"),
    ],
)
def test_what_is_refused(status: int, code: str) -> None:
    with pytest.raises(LmsRefused) as refused:
        require_success(answer(status, '{"message": "No."}'))
    assert refused.value.code == code
    assert "No." in refused.value.reason
    assert str(status) in refused.value.reason


def test_a_conflict_is_neither() -> None:
    with pytest.raises(LmsConflict):
        require_success(answer(409, "[]"))
    with pytest.raises(LmsConflict):
        require_success(answer(400, "Provided timestamp of x before last updated timestamp of y"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(400, "[]", 'Incorrect score received{"userId": "5"}'), "Incorrect score received"),
        (answer(400, '{"status": 400, "reason": "No label"}'), "No label"),
        (answer(422, '{"errors": {"type": "x", "message": "User is gone"}}'), "User is gone"),
        (answer(400, '{"errors": [{"message": "One"}, {"message": "Two"}]}'), "One; Two"),
        (answer(400, '{"error": "invalid_client"}'), "invalid_client"),
        (answer(400, "User could not be found: 7"), "User could not be found: 7"),
        (answer(502, "<html><h1>502</h1></html>", "Bad Gateway"), "Bad Gateway"),
        (answer(400, '{"message": "<b onclick=x>Not</b> &lt;i&gt;now"}'), "Not now"),
        (answer(400, '{"message": "a\\u202eb\\u0000c\\nd"}'), "a b c d"),
        (answer(400, '{"message": "sent Bearer abc.def"}'), "sent …"),
        (answer(400, b"\xff\xfe".decode("latin-1")), "ÿþ"),
        (answer(500), ""),
    ],
)
def test_the_words_of_an_lms_are_plain(given: HttpResponse, words: str) -> None:
    assert words_of(given) == words


def test_long_words_are_cut_and_a_script_is_no_word() -> None:
    assert len(plain("word " * 1000)) <= 300
    assert plain("<script>alert(1)</script>No.") == "No."
    assert plain("<" * 100_000) == plain("<" * 100_000)


def test_retry_after_in_seconds_and_as_a_date() -> None:
    assert retry_after(answer(429, Retry_After="5")) == 5
    assert retry_after(answer(429, Retry_After="999999")) == 3600
    assert retry_after(answer(429, Retry_After="soon")) is None
    assert retry_after(answer(429)) is None
    later = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
    found = retry_after(answer(429, Retry_After=later))
    assert found is not None
    assert 80 < found <= 90
    past = format_datetime(clock.now() - timedelta(days=1), usegmt=True)
    assert retry_after(answer(429, Retry_After=past)) == 0


def test_times_of_gradebooks_need_a_zone() -> None:
    moment = instant("2026-11-23T05:21:54+00:00")
    assert moment is not None
    assert moment == instant("2026-11-23T06:21:54.000+01:00") == instant("2026-11-23T05:21:54Z")
    for odd in ("2026-11-23T05:21:54", "yesterday", "", None, 7, "x" * 100):
        assert instant(odd) is None
