"""Every address that an LMS gives us, in every disguise of one that is not its own to give.

By the services themselves, over the real client: no connection may be opened, and no token asked
for. First what a launch names, then what the registration itself says, and names that point inward.
"""

import socket
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from foundation.http import HttpClient, HttpRefused
from lti_tool.ags.calls import Gradebook
from lti_tool.ags.line_items import Column, find, make, read
from lti_tool.ags.scores import post
from lti_tool.groups.service import NoNames, group_names
from lti_tool.lms.answers import LmsRefused, LmsUnavailable
from lti_tool.lms.tokens import TokenClient
from lti_tool.nrps.reading import NotRead, read_roster, service_for
from lti_tool.platforms.platform_keys import KeysUnavailable, PlatformKeys
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import DeploymentPolicy
from tests.lti_tool.ags.fake_lms import SCOPES, FixedKeys
from tests.lti_tool.ags.test_ags_services import score

REFUSALS = (LmsRefused, LmsUnavailable, NotRead, NoNames, KeysUnavailable, HttpRefused)
COLUMN = Column("link-1", "Label", Decimal(1), "activity-1")


def _registration(**changes: Any) -> RegistrationInfo:
    values: dict[str, Any] = {
        "id": uuid4(),
        "home_tenant_id": UUID(int=1),
        "issuer": "https://lms.example",
        "client_id": "client-1",
        "auth_login_url": "https://lms.example/auth",
        "auth_token_url": "https://lms.example/token",
        "auth_audience": None,
        "key_set_url": "https://lms.example/jwks",
        "name": "LMS",
        "product_family": None,
        "private_hosts": (),
        "policy": DeploymentPolicy.FIRST,
    }
    return RegistrationInfo(**{**values, **changes})


class _Tokens(TokenClient):
    """Has every token already, so that the service's own address is what is called."""

    def token(self, registration: RegistrationInfo, scopes: Any) -> str:
        return "token"


def _book(http: HttpClient, registration: RegistrationInfo) -> Gradebook:
    return Gradebook(http, _Tokens(http, FixedKeys()), registration, SCOPES)


Call = Callable[[HttpClient, RegistrationInfo, str], object]
SERVICES: dict[str, Call] = {
    "lineitems, searched": lambda http, known, url: find(_book(http, known), url, COLUMN),
    "lineitems, added to": lambda http, known, url: make(_book(http, known), url, COLUMN),
    "lineitem, read": lambda http, known, url: read(_book(http, known), url),
    "lineitem, scored": lambda http, known, url: post(_book(http, known), url, score()),
    "members": lambda http, known, url: read_roster(http, _Tokens(http, FixedKeys()), known, url),
    "groups": lambda http, known, url: group_names(
        service_for(http, _Tokens(http, FixedKeys()), known), url, ""
    ),
    "token": lambda http, known, url: TokenClient(http, FixedKeys()).token(
        replace(known, auth_token_url=url), SCOPES
    ),
    "jwks": lambda http, known, url: PlatformKeys(http).key_for(
        replace(known, key_set_url=url), "kid"
    ),
}
OF_A_LAUNCH = [name for name in SERVICES if name not in ("token", "jwks")]
"""Those whose addresses come with launches and must be at a host of the registration."""

DISGUISES: dict[str, tuple[str, str]] = {
    "loopback": ("https://127.0.0.1/x", "http.address"),
    "loopback, another": ("https://127.8.8.8/x", "http.address"),
    "loopback by http": ("http://127.0.0.1/x", "http.scheme"),
    "localhost": ("https://localhost/x", "http.address"),
    "metadata": ("https://169.254.169.254/latest/meta-data", "http.address"),
    "metadata by http": ("http://169.254.169.254/latest/meta-data", "http.scheme"),
    "private": ("https://10.0.0.1/x", "http.address"),
    "IPv6 loopback": ("https://[::1]/x", "http.address"),
    "IPv4 mapped": ("https://[::ffff:127.0.0.1]/x", "http.address"),
    "IPv4 mapped, in hexadecimal": ("https://[::ffff:7f00:1]/x", "http.address"),
    "IPv4 translated": ("https://[64:ff9b::7f00:1]/x", "http.address"),
    "decimal": ("https://2130706433/x", "http.host"),
    "hexadecimal": ("https://0x7f000001/x", "http.host"),
    "octal": ("https://0177.0.0.1/x", "http.host"),
    "short": ("https://127.1/x", "http.host"),
    "file": ("file:///etc/passwd", "http.scheme"),
    "gopher": ("gopher://lms.example/", "http.scheme"),
    "rebinding": ("https://inward.example/x", "http.address"),
}


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> HttpClient:
    """The real client, which may not connect; names of "inward" resolve to this machine."""

    def connect(address: object, **_options: object) -> socket.socket:
        raise AssertionError(f"connected to {address}")

    monkeypatch.setattr(socket, "create_connection", connect)
    inward = ("inward.example", "localhost")
    return HttpClient(resolve=lambda host, port: ["127.0.0.1" if host in inward else host])


def _code(call: Call, http: HttpClient, registration: RegistrationInfo, url: str) -> str:
    with pytest.raises(REFUSALS) as refused:
        call(http, registration, url)
    return str(getattr(refused.value, "code", ""))


@pytest.mark.parametrize("service", OF_A_LAUNCH)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_what_a_launch_names(http: HttpClient, disguise: str, service: str) -> None:
    """It is none of the registration's hosts, or no address at all."""
    url, code = DISGUISES[disguise]
    odd = code != "http.address" and url.partition(":")[0] != "http"
    wanted = {"ags.address", "nrps.address"} if odd else {"ags.foreign-host", "nrps.foreign-host"}
    assert _code(SERVICES[service], http, _registration(), url) in wanted


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_what_the_registration_itself_says(http: HttpClient, disguise: str, service: str) -> None:
    """Every address of the registration is so; nobody listed its host as a private one."""
    url, code = DISGUISES[disguise]
    registration = _registration(
        issuer=url, auth_login_url=url, auth_token_url=url, key_set_url=url
    )
    odd = code != "http.address" and url.partition(":")[0] != "http"
    wanted = {"ags.address", "nrps.address"} if odd and service in OF_A_LAUNCH else {code}
    assert _code(SERVICES[service], http, registration, url) in wanted


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "0.0.0.0"])
def test_metadata_services_stay_closed_for_private_hosts_too(
    monkeypatch: pytest.MonkeyPatch, http: HttpClient, address: str, service: str
) -> None:
    monkeypatch.setattr(http, "_resolve", lambda host, port: [address])
    registration = _registration(private_hosts=("lms.example:443",))
    assert _code(SERVICES[service], http, registration, "https://lms.example/x") == "http.address"
