"""What a launch costs: `python -m benchmarks.launch [--quick]`.

First table: the CPU of validating a token and its claims, in process, as a multiple of one bare RSA
verification in the same run (aim: under 12), beside PyLTI1p3 as shipped. Second table: login and
launch over HTTP, database included, against a bare Flask page of the same server.
"""

import argparse
import json
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from werkzeug.serving import make_server

from foundation import clock
from foundation.db import Database
from foundation.secrets import digest
from lti_tool import logs
from lti_tool.app import create_app
from lti_tool.launch.logins import LoginCookies, Logins, PendingLogin
from lti_tool.launch.message import StrictLaunch
from lti_tool.launch.platform_conf import AdmittedDeployment, PlatformConf
from lti_tool.launch.requests import CheckedRequest
from lti_tool.platforms.deployments import DeploymentInfo
from lti_tool.platforms.platform_keys import PlatformKeys
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import DeploymentPolicy
from lti_tool.schema import upgrade
from tests.lti_tool.launch_app import launch_services
from tests.lti_tool.platform import BASE_URL, KeySets, SignedPlatform, public_jwk, rsa_key

_RECORDED = Path(__file__).parent.parent / "tests/lti_tool/launch/fixtures/launch_student.json"
_NONCE, _STATE = "nonce-of-the-benchmark", "state-of-the-benchmark"
_ROUNDS = 7


class _Begun(Logins):
    """A login that is always pending: no database."""

    def __init__(self, login: PendingLogin) -> None:
        self._login = login

    def pending(self, state: str) -> PendingLogin:
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
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    quick = parser.parse_args().quick
    logs.configure("error")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    in_process(100 if quick else 1000)
    over_http(30 if quick else 300)


def in_process(times: int) -> None:
    """The CPU of validation, with Moodle 4.5's recorded claims."""
    platform, keys = SignedPlatform(), KeySets()
    keys.served[platform.key_set_url] = [public_jwk(rsa_key("platform"), platform.kid)]
    body = _claims(platform)
    text = platform.sign(body)
    signed, signature = text.rpartition(".")[0].encode(), _signature(platform, body)
    public = rsa_key("platform").public_key()
    asked = CheckedRequest({"state": _STATE, "id_token": text})
    login = PendingLogin(_STATE, digest(_NONCE), f"{BASE_URL}/lti/launch", _registration(platform))
    known, parsed, at = _Begun(login), PlatformKeys(keys), clock.now()
    conf, browser = _Admitting(), LoginCookies({})

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


def over_http(times: int) -> None:
    """Whole requests to a threaded server in this process, SQLite with synchronous FULL."""
    with _server() as (address, platform, keys):
        browser = requests.Session()
        bare = _wall(lambda: browser.get(f"{address}/bare"), times)
        logins, launches = [], []
        fetched = 0
        for number in range(times + 1):
            login, launch = _launch(browser, address, platform)
            if number == 0:
                fetched = keys.requests
                continue
            logins.append(login)
            launches.append(launch)
        print("Over HTTP, wall time of one request at a time")
        for name, seconds in (
            ("bare Flask page", bare),
            ("POST /lti/login", median(logins)),
            ("POST /lti/launch", median(launches)),
            ("the whole launch", median(map(sum, zip(logins, launches, strict=True)))),
        ):
            print(f"  {name:<28}{seconds * 1e3:>9.2f} ms {seconds / bare:>7.1f} ×")
        print(f"  key set fetches in {times} warm launches: {keys.requests - fetched}")


def _launch(
    browser: requests.Session, address: str, platform: SignedPlatform
) -> tuple[float, float]:
    """The seconds of a login and of its launch; signing is the platform's and does not count."""
    form = {
        "iss": platform.issuer,
        "client_id": platform.client_id,
        "login_hint": "5",
        "target_link_uri": f"{BASE_URL}/lti/launch",
    }
    begun = time.perf_counter()
    answer = browser.post(f"{address}/lti/login", data=form, allow_redirects=False)
    login = time.perf_counter() - begun
    query = dict(part.split("=", 1) for part in answer.headers["Location"].split("?")[1].split("&"))
    text = platform.sign(_claims(platform) | {"nonce": query["nonce"]})
    cookie = "; ".join(
        header.partition(";")[0] for header in answer.raw.headers.getlist("Set-Cookie")
    )
    begun = time.perf_counter()
    answer = browser.post(
        f"{address}/lti/launch",
        data={"state": query["state"], "id_token": text},
        headers={"Cookie": cookie},
        allow_redirects=False,
    )
    launch = time.perf_counter() - begun
    if answer.status_code != 303:
        raise RuntimeError(f"the launch was refused: {answer.status_code}")
    return login, launch


@contextmanager
def _server() -> Iterator[tuple[str, SignedPlatform, KeySets]]:
    with tempfile.TemporaryDirectory() as folder:
        db, keys = Database(f"sqlite:///{folder}/twofold.db"), KeySets()
        upgrade(db)
        app = create_app(launch_services(db, keys))
        app.add_url_rule("/bare", view_func=lambda: "here")
        platform = SignedPlatform().register(db, keys)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", platform, keys
        finally:
            server.shutdown()
            thread.join()
            db.dispose()


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


def _wall(run: Callable[[], object], times: int) -> float:
    return _rounds(run, times, time.perf_counter)


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
