"""One-time codes from an app on the administrator's phone (TOTP, RFC 6238).

Touches nothing but its arguments. Thirty seconds a step; the step before and the one after are
accepted, since clocks differ, and none at or before the last one that was accepted.
"""

import hmac
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
_AROUND = (0, -1, 1)


def new_secret() -> str:
    """A new secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def address(secret: str, login: str, host: str) -> str:
    """The otpauth:// address that apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=f"Twofold {host}")


def picture(otpauth: str) -> str:
    """The address as a QR code: a data: URL of an SVG, for an <img>."""
    return str(segno.make(otpauth, error="m").svg_data_uri(scale=5, border=4, light="#fff"))


def accepted_step(secret: str, typed: str, last: int | None, at: datetime) -> int | None:
    """The time step of a code that is right and new; None where it is neither.

    `last`: the step of the code accepted before.
    """
    code = "".join(each for each in typed if not each.isspace())
    if not (code.isascii() and code.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    now = int(at.timestamp()) // STEP_SECONDS
    right = [
        now + offset
        for offset in _AROUND
        if hmac.compare_digest(totp.generate_otp(now + offset), code)
    ]
    return next((step for step in right if last is None or step > last), None)
