"""Passwords of administrators: what is good enough, and how they are kept.

Touches nothing but its arguments. Each call that hashes takes about a fifth of a second and 32 MB,
so it is made outside of transactions. Serves NIST SP 800-63B-4, 3.1.1 (length before rules, no
common ones, Unicode normalised) and OWASP's password storage parameters for scrypt.
"""

import secrets
import unicodedata
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

from rubrics.errors import Refused

SHORTEST = 12
LONGEST = 200
_DIFFERENT = 5
_METHOD = "scrypt:32768:8:3"
_COMMON = (
    "administrator",
    "changemechangeme",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "iloveyou1234",
    "letmeinletmein",
    "moodle-admin",
    "passw0rd1234",
    "password-1234",
    "passwordpassword",
    "qwertyuiop12",
    "qwertzuiop12",
    "trustno1trustno1",
    "twofold-admin",
    "welcome-1234",
)
_SEQUENCES = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def check_new(login: str, password: str) -> None:
    """Raise Refused (codes "admin.password.…") where a new password is too weak."""
    chosen = _normal(password)
    if len(chosen) < SHORTEST:
        raise Refused(
            "admin.password.short",
            "Choose a password of at least %(shortest)d characters; four random words are good.",
            shortest=SHORTEST,
        )
    if len(chosen) > LONGEST:
        raise Refused(
            "admin.password.long",
            "Choose a password of at most %(longest)d characters.",
            longest=LONGEST,
        )
    plain = chosen.casefold()
    if login.casefold() in plain and len(plain) - len(login) < SHORTEST:
        raise Refused(
            "admin.password.login",
            "The password is little more than the login name. Choose another.",
        )
    if _is_common(plain):
        raise Refused(
            "admin.password.common",
            "This is one of the first passwords that somebody would try. Choose another.",
        )


def hash_of(password: str) -> str:
    """What is kept of a password: its method, a salt and the hash."""
    return generate_password_hash(_normal(password), _METHOD)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one kept; it takes as long where there is none to compare with."""
    chosen = _normal(password[: LONGEST + 1])
    is_right = check_password_hash(kept or _nobodys(), chosen)
    return is_right and kept is not None


@cache
def _nobodys() -> str:
    return hash_of(secrets.token_urlsafe(32))


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _is_common(plain: str) -> bool:
    if len(set(plain)) < _DIFFERENT:
        return True
    letters = "".join(each for each in plain if each.isalnum())
    known = ("".join(each for each in common if each.isalnum()) for common in _COMMON)
    return letters in set(known) or any(letters in sequence * 2 for sequence in _SEQUENCES)
