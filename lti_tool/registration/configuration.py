"""The configuration that an LMS shows to whom it asks to register: fetched, and strictly judged.

Touches the network through the guarded client. Serves LTI Dynamic Registration 1.0, 3.4 and 3.5.1:
who registers us must be who it says, since its keys will sign every launch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from foundation.http import HttpClient, HttpFailed, HttpRefused, resolved
from foundation.http_target import check_address, host_port, target_of
from lti_tool.platforms.quirks.canvas import CANVAS
from lti_tool.registration.codes import RegistrationRefused

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
LARGEST = 200_000
_ACCOUNT_NAME = "https://canvas.instructure.com/lti/account_name"
_CLOUDS = (CANVAS.cloud,)
"""Domains of one operator: Canvas logs people in at sso.canvaslms.com."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an LMS adds to a registration link; `bearer` is "" where it gives no token."""

    address: str
    bearer: str

    @property
    def headers(self) -> dict[str, str]:
        """Canvas shows its configuration to the bearer of the token only; others do not mind."""
        wanted = {"Accept": "application/json"}
        return wanted | ({"Authorization": f"Bearer {self.bearer}"} if self.bearer else {})


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is used of an LMS's configuration. Empty sets: the LMS does not say."""

    address: str
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    registration_endpoint: str
    audience: str | None
    name: str
    product_family: str | None
    scopes: frozenset[str]
    claims: frozenset[str]
    variables: frozenset[str]
    placements: Mapping[str, frozenset[str]]
    """By message type."""
    private_hosts: tuple[str, ...]


def fetch(http: HttpClient, invitation: Invitation, *, private: bool) -> Configuration:
    """The configuration at an address. Raises RegistrationRefused; `private` as in links."""
    try:
        own = (host_port(invitation.address),) if private else ()
        answer = http.request(
            "GET",
            invitation.address,
            headers=invitation.headers,
            private_hosts=own,
            max_bytes=LARGEST,
        )
        if answer.status != 200:
            raise RegistrationRefused("registration.configuration.status", str(answer.status))
        document = answer.json()
    except HttpRefused as error:
        raise RegistrationRefused("registration.address", error.message) from error
    except HttpFailed as error:
        malformed = error.code in ("http.json", "http.too-large", "http.encoding")
        code = "registration.configuration" if malformed else "registration.unreachable"
        raise RegistrationRefused(code, error.message) from error
    configuration = judged(document, invitation.address, private=private)
    if private:
        for name in _ENDPOINTS:
            _refuse_private(name, getattr(configuration, name), configuration.private_hosts)
    return configuration


def judged(document: Any, address: str, *, private: bool) -> Configuration:
    """The configuration, if nothing in it is wrong. Raises RegistrationRefused."""
    if not isinstance(document, dict) or not isinstance(document.get(PLATFORM), dict):
        raise RegistrationRefused("registration.configuration", PLATFORM)
    issuer = _text(document, "issuer", 500)
    endpoints = {name: _text(document, name, 2000) for name in _ENDPOINTS}
    hosts = _private_hosts(address, (issuer, *endpoints.values())) if private else ()
    _usable("issuer", issuer, hosts)
    if urlsplit(issuer).query or urlsplit(issuer).fragment:
        raise RegistrationRefused("registration.issuer", "issuer")
    for name, url in endpoints.items():
        _usable(name, url, hosts)
    if not _belongs(_host(address), _host(issuer)):
        raise RegistrationRefused("registration.issuer", _host(issuer))
    registers_at = _host(endpoints["registration_endpoint"])
    if registers_at != _host(address) and not _belongs(registers_at, _host(issuer)):
        raise RegistrationRefused("registration.endpoint", registers_at)
    platform = document[PLATFORM]
    placements = _placements(platform.get("messages_supported"))
    _demand(document, placements)
    return Configuration(
        address=address,
        issuer=issuer,
        **endpoints,
        audience=_audience(document, hosts),
        name=(_short(platform.get(_ACCOUNT_NAME)) or _host(address))[:200],
        product_family=_short(platform.get("product_family_code")) or None,
        scopes=_words(document.get("scopes_supported")),
        claims=_words(document.get("claims_supported")),
        variables=_words(platform.get("variables")),
        placements=placements,
        private_hosts=hosts,
    )


def same_operator(one: str, other: str) -> bool:
    """Whether two addresses may belong to one LMS: a host, a host below it, or one cloud's."""
    first, second = _host(one), _host(other)
    return _belongs(first, second) or _belongs(second, first)


def _text(document: Mapping[str, Any], name: str, longest: int) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise RegistrationRefused("registration.configuration", name)
    return value


def _usable(name: str, url: str, private_hosts: tuple[str, ...]) -> None:
    try:
        target_of(url, private_hosts)
    except HttpRefused as error:
        raise RegistrationRefused("registration.address", f"{name}: {error.message}") from error


def _refuse_private(name: str, url: str, private_hosts: tuple[str, ...]) -> None:
    """Refuse an endpoint at a private host that the link does not allow.

    Only so that the administrator hears of it now: the guard judges each call once more.
    """
    target = target_of(url, private_hosts)
    try:
        found = resolved(target.host, target.port)
    except (OSError, UnicodeError):
        return
    for address in found:
        try:
            check_address(target, address)
        except HttpRefused as error:
            raise RegistrationRefused("registration.address", f"{name}: {error.message}") from error


def _private_hosts(address: str, urls: tuple[str, ...]) -> tuple[str, ...]:
    """The "host:port" of the LMS's own host: what a private link allows, and nothing else."""
    found: dict[str, None] = {}
    for url in (address, *urls):
        try:
            asked = host_port(url)
        except HttpRefused:
            continue
        if asked.rpartition(":")[0] == host_port(address).rpartition(":")[0]:
            found[asked] = None
    return tuple(found)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removesuffix(".")


def _belongs(host: str, to: str) -> bool:
    if _below(host, to):
        return True
    return any(
        any(_below(host, domain) for domain in cloud)
        and any(_below(to, domain) for domain in cloud)
        for cloud in _CLOUDS
    )


def _below(host: str, domain: str) -> bool:
    # A host below a bare top-level name, or below an address, is nobody's.
    named = "." in domain and not domain.rpartition(".")[2].isdigit() and ":" not in domain
    return host == domain or (named and host.endswith(f".{domain}"))


def _demand(document: Mapping[str, Any], placements: Mapping[str, frozenset[str]]) -> None:
    """What we cannot do without; an LMS that leaves a list out is taken at LTI's word."""
    wanted = {
        "id_token_signing_alg_values_supported": "RS256",
        "token_endpoint_auth_methods_supported": "private_key_jwt",
    }
    for name, word in wanted.items():
        if document.get(name) and word not in _words(document[name]):
            raise RegistrationRefused("registration.unsupported", word)
    if placements and "LtiResourceLinkRequest" not in placements:
        raise RegistrationRefused("registration.unsupported", "LtiResourceLinkRequest")


def _audience(document: Mapping[str, Any], private_hosts: tuple[str, ...]) -> str | None:
    """Brightspace wants another audience than its token URL; Canvas names a bare host here."""
    server = document.get("authorization_server")
    if not isinstance(server, str) or "://" not in server or len(server) > 2000:
        return None
    _usable("authorization_server", server, private_hosts)
    return None if server == document["token_endpoint"] else server


def _placements(messages: Any) -> dict[str, frozenset[str]]:
    listed = [each for each in messages if isinstance(each, dict)] if _is_list(messages) else []
    return {
        each["type"]: _words(each.get("placements"))
        for each in listed
        if isinstance(each.get("type"), str)
    }


def _words(value: Any) -> frozenset[str]:
    return (
        frozenset(each for each in value if isinstance(each, str))
        if _is_list(value)
        else (frozenset())
    )


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 2000


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:100]
