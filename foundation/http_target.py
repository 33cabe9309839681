"""Which addresses this server may call for an LMS: the guard in front of foundation/http.py.

Parses a URL strictly and judges the addresses its host resolves to. Touches nothing but its
arguments; the rules are those of the OWASP cheat sheet on server-side request forgery.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_URL = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]{1,4096}")
_NUMERIC_LABEL = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")
_NAT64 = IPv6Network("64:ff9b::/96")
_METADATA = frozenset(
    ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")
)


class HttpRefused(Exception):
    """The guard said no, before anything was sent; `code` is stable and searchable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called, taken apart; `host` is lower case, without brackets."""

    scheme: str
    host: str
    port: int
    path: str
    private: bool
    """The registration says that this host may be on a private network."""

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        standard = 443 if self.scheme == "https" else 80
        return name if self.port == standard else f"{name}:{self.port}"


def host_port(url: str) -> str:
    """`host:port` of a URL, in the form that `private_hosts` lists. Raises HttpRefused."""
    scheme, host, port, _ = _parts(url)
    return f"{host}:{port}" if scheme else host


def target_of(url: str, private_hosts: Collection[str] = ()) -> Target:
    """The target of a URL. Raises HttpRefused where no LMS has a reason to send us there."""
    scheme, host, port, path = _parts(url)
    private = f"{host}:{port}" in private_hosts
    if scheme != "https" and not private:
        raise HttpRefused("http.scheme", f"{host} must be called by https")
    if not private and port != 443 and port < 1024:
        raise HttpRefused("http.port", f"port {port} of {host} is not a web server's")
    return Target(scheme, host, port, path, private)


def check_address(target: Target, address: str) -> None:
    """Raise HttpRefused where `address` is not one that `target` may be at."""
    found = _unwrapped(ip_address(address))
    if found in _METADATA or found.is_link_local or found.is_multicast or found.is_unspecified:
        raise HttpRefused("http.address", f"{target.host} is at {address}, which is never an LMS")
    if target.private and (found.is_private or found.is_loopback):
        return
    local = isinstance(found, IPv6Address) and found.is_site_local
    if local or not found.is_global or found.is_reserved or found.is_private:
        raise HttpRefused(
            "http.address",
            f"{target.host} is at the private address {address}; if this LMS is on your own "
            "network, register it as private",
        )


def _parts(url: str) -> tuple[str, str, int, str]:
    if not _URL.fullmatch(url):
        raise HttpRefused("http.url", "the address has characters that a URL cannot have")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise HttpRefused("http.url", "the address is not a URL") from error
    scheme = parts.scheme
    if scheme not in ("http", "https"):
        raise HttpRefused("http.scheme", "only https addresses are called")
    if "@" in parts.netloc:
        raise HttpRefused("http.userinfo", "the address carries a user name")
    host = (parts.hostname or "").removesuffix(".")
    if not _is_host(host, bracketed="[" in parts.netloc):
        raise HttpRefused("http.host", "the address has no valid host name")
    if port == 0:
        raise HttpRefused("http.port", "port 0 cannot be called")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return scheme, host, port or (443 if scheme == "https" else 80), path


def _is_host(host: str, *, bracketed: bool) -> bool:
    if bracketed or _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ip_address(host)) == host or ":" in host
        except ValueError:
            return False
    return bool(_NAME.fullmatch(host))


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or int(address) >> 32 == 0:
        return IPv4Address(int(address) & 0xFFFFFFFF) if int(address) > 1 else address
    return address
