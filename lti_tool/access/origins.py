"""Origins of web addresses, in the strict form that a Content-Security-Policy can hold.

Touches nothing but its arguments. Serves WHATWG HTML 7.1.1 and CSP 3, host-source.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from lti_tool.settings import is_loopback

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")
_STANDARD_PORTS = {"https": 443, "http": 80}


def origin_of(address: str) -> str | None:
    """`scheme://host[:port]` of an http(s) address; None where it is not a clean one."""
    if not address.isascii() or not address.isprintable() or "\\" in address or " " in address:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    if parts.scheme not in _STANDARD_PORTS or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    if port is None or port == _STANDARD_PORTS[parts.scheme]:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"


def is_safe(address: str) -> bool:
    """Whether people and forms may be sent there: https, or http on this machine."""
    parts = urlsplit(origin_of(address) or "")
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


def origins_of(addresses: Iterable[str | None]) -> list[str]:
    """The different origins of those addresses that have one, in their order."""
    found = (origin_of(address) for address in addresses if address)
    return list(dict.fromkeys(origin for origin in found if origin))
