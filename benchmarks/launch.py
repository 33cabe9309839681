"""What a launch costs: `python -m benchmarks.launch [--quick] [--soak] [--engine NAME]`.

First table: the CPU of validating a token and its claims, in process, as a multiple of one bare RSA
verification in the same run (aim: under 12), beside PyLTI1p3 as shipped. Then, on each engine,
whole launches over HTTP at 16 connections, beside a bare Flask page and beside the floor under any
launch that lasts (launch_http.py, launch_floor.py). `--soak`: 2,000 launches amid a flood of
logins, and what they leave in memory and in the table of logins.
"""

import argparse
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from pylti1p3.cookie import CookieService
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.session import SessionService
from pylti1p3.tool_config import ToolConfDict

from benchmarks.launch_http import compare, soak
from foundation import clock
from lti_tool import logs
from lti_tool.launch.logins import LoginCookies, Logins, PendingLogin
from lti_tool.launch.message import StrictLaunch
from lti_tool.launch.platform_conf import AdmittedDeployment, PlatformConf
from lti_tool.launch.requests import CheckedRequest
from lti_tool.launch.states import States, target_digest
from lti_tool.platforms.deployments import DeploymentInfo
from lti_tool.platforms.platform_keys import PlatformKeys
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import DeploymentPolicy
from tests.lti_tool.platform import BASE_URL, KeySets, SignedPlatform, public_jwk, rsa_key

_RECORDED = Path(__file__).parent.parent / "tests/lti_tool/launch/fixtures/launch_student.json"
_NONCE, _STATE = "nonce-of-the-benchmark", "state-of-the-benchmark"
_ROUNDS = 7
ENGINES = ("sqlite", "postgresql")


class _Begun(Logins):
    """A login that is always pending: no database."""

    def __init__(self, login: PendingLogin) -> None:
        self._login = login

    def pending(self, state: str, deployment_id: str = "") -> PendingLogin:
        return self._login


class _Admitting(PlatformConf):
    """A deployment that is always known: no database."""

    def __init__(self) -> None:
        self._deployment = AdmittedDeployment(DeploymentInfo(uuid4(), uuid4(), "1"))

    def admit(self, registration: RegistrationInfo, deployment_id: str) -> AdmittedDeployment:
        return self._deployment


class _Remembering(SessionService):
    """The library's session with its nonce and state known, in memory."""

    def __init__(self) -> None:
        self.saved: dict[str, Any] = {}

    def check_nonce(self, nonce: str) -> bool:
        return nonce == _NONCE

    def check_state_is_valid(self, state: str, id_token_hash: str) -> bool:
        return state == _STATE

    def save_launch_data(self, key: str, jwt_body: Any) -> None:
        self.saved[key] = jwt_body

    def set_state_valid(self, state: str, id_token_hash: str) -> None:
        self.saved[state] = id_token_hash


class _AsShipped(MessageLaunch[CheckedRequest, ToolConfDict, _Remembering, CookieService]):
    """PyLTI1p3 with its own checks, its key set given so that it fetches nothing."""

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: about a minute")
    parser.add_argument("--soak", action="store_true", help="2,000 launches: memory and rows")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this one")
    options = parser.parse_args()
    logs.configure("error")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if not options.soak:
        in_process(100 if options.quick else 1000)
    for engine in options.engine or ENGINES:
        if options.soak:
            soak(engine, 2000)
        else:
            compare(engine, 200 if options.quick else 1500)


def in_process(times: int) -> None:
    """The CPU of validation, with Moodle 4.5's recorded claims."""
    platform, keys = SignedPlatform(), KeySets()
    keys.served[platform.key_set_url] = [public_jwk(rsa_key("platform"), platform.kid)]
    body = _claims(platform)
    text = platform.sign(body)
    signed, signature = text.rpartition(".")[0].encode(), _signature(platform, body)
    public = rsa_key("platform").public_key()
    asked = CheckedRequest({"state": _STATE, "id_token": text})
    target = target_digest(f"{BASE_URL}/lti/launch")
    login = PendingLogin(_STATE, _NONCE, target, 0, _registration(platform), None)
    known, parsed, at = _Begun(login), PlatformKeys(keys), clock.now()
    conf, browser = _Admitting(), LoginCookies(States("k" * 32), {})

    def ours() -> None:
        StrictLaunch(asked, conf, known, browser, parsed, at).accepted()

    shipped = _tool_conf(platform, keys)
    session = requests.Session()

    def theirs() -> None:
        _AsShipped(
            asked, shipped, _Remembering(), CookieService(), requests_session=session
        ).validate()

    bare = _cpu(lambda: public.verify(signature, signed, PKCS1v15(), SHA256()), times)
    ours()
    fetched = keys.requests
    rows = [("bare RSA verification", bare), ("Twofold", _cpu(ours, times))]
    rows.append(("PyLTI1p3 2.0.0 as shipped", _cpu(theirs, max(times // 10, 20))))
    print(f"Validating an id_token ({len(text)} characters), CPU of the process")
    for name, seconds in rows:
        print(f"  {name:<28}{seconds * 1e6:>9.1f} µs {seconds / bare:>7.1f} ×")
    print(f"  key set fetches in {times * _ROUNDS} warm launches: {keys.requests - fetched}\n")


def _claims(platform: SignedPlatform) -> dict[str, Any]:
    """What Moodle 4.5 sent for a student, as if this platform sent it now."""
    recorded = json.loads(_RECORDED.read_text())["launch"]["claims"]
    now = platform.claims(_NONCE)
    taken = ("iss", "aud", "nonce", "iat", "exp")
    target = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri"
    return {**recorded, **{name: now[name] for name in (*taken, target)}}


def _signature(platform: SignedPlatform, body: dict[str, Any]) -> bytes:
    signed = platform.sign(body).rpartition(".")[0].encode()
    return rsa_key("platform").sign(signed, PKCS1v15(), SHA256())


def _registration(platform: SignedPlatform) -> RegistrationInfo:
    return RegistrationInfo(
        id=uuid4(),
        home_tenant_id=uuid4(),
        issuer=platform.issuer,
        client_id=platform.client_id,
        auth_login_url=f"{platform.issuer}/auth",
        auth_token_url=f"{platform.issuer}/token",
        auth_audience=None,
        key_set_url=platform.key_set_url,
        name="benchmark",
        product_family=None,
        private_hosts=(),
        policy=DeploymentPolicy.FIRST,
    )


def _tool_conf(platform: SignedPlatform, keys: KeySets) -> ToolConfDict:
    return ToolConfDict(
        {
            platform.issuer: {
                "client_id": platform.client_id,
                "auth_login_url": f"{platform.issuer}/auth",
                "auth_token_url": f"{platform.issuer}/token",
                "key_set": {"keys": keys.served[platform.key_set_url]},
                "deployment_ids": ["1"],
            }
        }
    )


def _cpu(run: Callable[[], object], times: int) -> float:
    """Seconds of CPU of one run: the median of several rounds."""
    return _rounds(run, times, time.process_time)


def _rounds(run: Callable[[], object], times: int, clock_of: Callable[[], float]) -> float:
    run()
    rounds = []
    for _ in range(_ROUNDS):
        begun = clock_of()
        for _ in range(times):
            run()
        rounds.append((clock_of() - begun) / times)
    return median(rounds)


if __name__ == "__main__":
    main()
