"""Passwords and one-time codes: what is refused, how it is kept, and that no code works twice."""

import time
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from lti_tool.admin import codes, passwords
from rubrics.errors import Refused

SECRET = "JBSWY3DPEHPK3PXP" * 2
AT = datetime(2026, 3, 2, 8, 0, 15, tzinfo=UTC)
STEP = int(AT.timestamp()) // 30


@pytest.fixture(autouse=True)
def quick_hashes() -> None:
    """Here the hashes are those of the product."""


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short words", "admin.password.short"),
        ("x" * 201, "admin.password.long"),
        ("ada.lovelace", "admin.password.login"),
        ("Ada.Lovelace-1", "admin.password.login"),
        ("aaaaaaaaaaaa", "admin.password.common"),
        ("121212121212", "admin.password.common"),
        ("123456789012", "admin.password.common"),
        ("Password-1234", "admin.password.common"),
        ("qwertyuiop12", "admin.password.common"),
        ("correct horse battery staple", "admin.password.common"),
        ("passwordpassword", "admin.password.common"),
    ],
)
def test_weak_passwords_are_refused(password: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        passwords.check_new("ada.lovelace", password)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "password", ["four random words here", "Straßenbahn im Regen", "ada.lovelace likes looms"]
)
def test_long_ones_are_accepted(password: str) -> None:
    passwords.check_new("ada.lovelace", password)


def test_the_hash_is_strong_and_salted() -> None:
    one, two = (passwords.hash_of("four random words here") for _ in range(2))
    assert one != two
    assert one.startswith("scrypt:32768:8:3$")
    assert "four random" not in one
    assert passwords.matches(one, "four random words here")
    assert not passwords.matches(one, "four random words there")


def test_unicode_is_one_password_however_it_was_typed() -> None:
    kept = passwords.hash_of("Café au lait, bitte")
    assert passwords.matches(kept, "Cafe\u0301 au lait, bitte")


def test_nobodys_password_takes_as_long() -> None:
    """A name that nobody has must not be told from a wrong password by the clock."""
    kept = passwords.hash_of("four random words here")
    passwords.matches(None, "first call makes the hash to compare with")

    def seconds(against: str | None) -> float:
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            assert not passwords.matches(against, "a wrong password")
            best = min(best, time.process_time() - begun)
        return best

    assert 0.5 < seconds(None) / seconds(kept) < 2
    assert not passwords.matches(None, "")


def code_at(moment: datetime) -> str:
    return pyotp.TOTP(SECRET).at(moment)


def test_the_code_of_now_and_its_neighbours() -> None:
    for seconds in (-30, 0, 30):
        typed = code_at(AT + timedelta(seconds=seconds))
        assert codes.accepted_step(SECRET, typed, None, AT) == STEP + seconds // 30
    for seconds in (-60, 60):
        typed = code_at(AT + timedelta(seconds=seconds))
        assert codes.accepted_step(SECRET, typed, None, AT) is None


def test_a_code_works_once() -> None:
    typed = code_at(AT)
    step = codes.accepted_step(SECRET, typed, None, AT)
    assert codes.accepted_step(SECRET, typed, step, AT) is None
    earlier = code_at(AT - timedelta(seconds=30))
    assert codes.accepted_step(SECRET, earlier, step, AT) is None
    later = code_at(AT + timedelta(seconds=30))
    assert codes.accepted_step(SECRET, later, step, AT) == STEP + 1


@pytest.mark.parametrize(
    "typed",
    ["", "abcdef", "12345", "-12345", "٣٤٥٦٧٨", "1" * 1000],
    ids=["empty", "letters", "short", "negative", "arabic", "long"],
)
def test_what_is_no_code(typed: str) -> None:
    assert codes.accepted_step(SECRET, typed, None, AT) is None


def test_spaces_in_a_code_do_not_matter() -> None:
    typed = code_at(AT)
    assert codes.accepted_step(SECRET, f" {typed[:3]} {typed[3:]} ", None, AT) == STEP


def test_the_picture_is_made_here() -> None:
    address = codes.address(SECRET, "root", "skills.example.org")
    assert address.startswith("otpauth://totp/Twofold%20skills.example.org:root?secret=")
    assert codes.picture(address).startswith("data:image/svg+xml")
    assert len(codes.new_secret()) == 32
