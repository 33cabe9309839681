"""Every setting of an installation, read from TWOFOLD_* and refused at start where unsafe.

This is the one documented place: docs/settings.md is written from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit


class UnsafeSettings(ValueError):
    """A setting is missing, malformed or unsafe; the message says which and what to do."""


def _setting(description: str, default: str | None = None) -> str:
    metadata = {"description": description, "default": default}
    value: str = (
        field(metadata=metadata) if default is None else field(metadata=metadata, default=default)
    )
    return value


@dataclass(frozen=True)
class Settings:
    """The settings of one installation; names are those of the variables without TWOFOLD_."""

    secret_key: str = _setting(
        "At least 32 random characters; encrypts keys at rest. Keep it: without it the tool's "
        "signing keys are lost."
    )
    base_url: str = _setting(
        "Where people and LMSs reach the tool, without a path.", "http://localhost:8000"
    )
    database_url: str = _setting(
        "SQLAlchemy URL: sqlite:////path/twofold.db or postgresql://user:password@host/name.",
        "sqlite:///var/twofold.db",
    )
    iri_base: str = _setting(
        "Prefix of the identifiers in xAPI statements; fixed at installation, may outlive the "
        "address. Empty: the base URL of the first start.",
        "",
    )
    files: str = _setting("Folder of the evidence files.", "var/files")
    max_file_bytes: str = _setting("Largest evidence file, in bytes.", "20000000")
    session_hours: str = _setting("How long a launch stays usable, in hours.", "12")
    ca_bundle: str = _setting("File of certificate authorities to trust beside the usual ones.", "")
    log_level: str = _setting("debug, info, warning or error.", "info")
    metrics_token: str = _setting(
        "What Prometheus must send as its bearer token to read /metrics, at least 16 characters. "
        "Empty: nobody reads it.",
        "",
    )
    actor_names: str = _setting(
        "1 puts people's names into the actors of xAPI statements. 0 keeps them out.", "0"
    )

    @property
    def origin_is_loopback(self) -> bool:
        """Whether the base URL is http on this machine, as in the demo."""
        return is_loopback(urlsplit(self.base_url).hostname or "")


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises UnsafeSettings with a sentence that says what to do."""
    values = {}
    for setting in fields(Settings):
        name = f"TWOFOLD_{setting.name.upper()}"
        value = environ.get(name, setting.metadata["default"])
        if value is None:
            raise UnsafeSettings(
                f"{name} is not set. Set it to at least 32 random characters, for example the "
                "output of: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        values[setting.name] = value.strip()
    known = {f"TWOFOLD_{setting.name.upper()}" for setting in fields(Settings)}
    unknown = sorted(name for name in environ if name.startswith("TWOFOLD_") and name not in known)
    if unknown:
        raise UnsafeSettings(f"{unknown[0]} is not a setting of Twofold: see docs/settings.md.")
    return checked(Settings(**values))


def checked(settings: Settings) -> Settings:
    """The settings with addresses normalised. Raises UnsafeSettings where one is unsafe."""
    if len(settings.secret_key) < 32:
        raise UnsafeSettings("TWOFOLD_SECRET_KEY is too short: use at least 32 random characters.")
    if len(set(settings.secret_key)) < 8:
        raise UnsafeSettings("TWOFOLD_SECRET_KEY is not random: use at least 32 random characters.")
    base_url = _origin("TWOFOLD_BASE_URL", settings.base_url)
    iri_base = settings.iri_base.rstrip("/")
    if iri_base and urlsplit(iri_base).scheme not in ("http", "https"):
        raise UnsafeSettings("TWOFOLD_IRI_BASE must begin with http:// or https://.")
    for name in ("max_file_bytes", "session_hours"):
        text = getattr(settings, name)
        if not text.isdigit() or int(text) < 1:
            raise UnsafeSettings(f"TWOFOLD_{name.upper()} must be a whole number above 0.")
    if settings.log_level not in ("debug", "info", "warning", "error"):
        raise UnsafeSettings("TWOFOLD_LOG_LEVEL must be debug, info, warning or error.")
    if 0 < len(settings.metrics_token) < 16:
        raise UnsafeSettings("TWOFOLD_METRICS_TOKEN is too short: use at least 16 characters.")
    if settings.actor_names not in ("0", "1"):
        raise UnsafeSettings("TWOFOLD_ACTOR_NAMES must be 0 or 1.")
    if settings.ca_bundle and not Path(settings.ca_bundle).is_file():
        raise UnsafeSettings(f"TWOFOLD_CA_BUNDLE: there is no file {settings.ca_bundle}.")
    values = {setting.name: getattr(settings, setting.name) for setting in fields(Settings)}
    return Settings(**{**values, "base_url": base_url, "iri_base": iri_base})


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(name: str, url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UnsafeSettings(f"{name} must be like https://skills.example.org, without a path.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise UnsafeSettings(
            f"{name} must begin with https:// (http only on localhost): browsers send the session "
            "cookie of an embedded page over https alone."
        )
    if parts.scheme not in ("http", "https"):
        raise UnsafeSettings(f"{name} must begin with https://.")
    return f"{parts.scheme}://{parts.netloc}"
