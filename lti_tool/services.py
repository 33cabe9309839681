"""What one process of Twofold works with, put together once from its settings.

Only views ask `services()` for it; everything else is handed what it needs.
"""

from dataclasses import dataclass

from flask import current_app

from foundation.db import Database
from foundation.http import HttpClient
from foundation.secrets import Seal
from lti_tool import metrics
from lti_tool.files import EvidenceFiles
from lti_tool.installation import Installation, found
from lti_tool.lms.tokens import TokenClient
from lti_tool.outgoing import Outgoing
from lti_tool.platforms.platform_keys import PlatformKeys
from lti_tool.platforms.tool_keys import ToolKeys
from lti_tool.settings import Settings

EXTENSION = "twofold"


@dataclass(frozen=True)
class Services:
    """One of each, safe to share between threads."""

    settings: Settings
    db: Database
    installation: Installation
    seal: Seal
    http: HttpClient
    tool_keys: ToolKeys
    platform_keys: PlatformKeys
    tokens: TokenClient
    files: EvidenceFiles


def build(settings: Settings, db: Database | None = None) -> Services:
    """Put the parts together. The schema must be at head (schema.require_head).

    `db`: the database of the settings where it is open already.
    """
    if db is None:
        db = Database(settings.database_url)
        metrics.watch(db)
    seal = Seal(settings.secret_key)
    http = Outgoing(ca_bundle=settings.ca_bundle)
    tool_keys = ToolKeys(db, seal)
    return Services(
        settings=settings,
        db=db,
        installation=found(db, settings),
        seal=seal,
        http=http,
        tool_keys=tool_keys,
        platform_keys=PlatformKeys(http),
        tokens=TokenClient(http, tool_keys),
        files=EvidenceFiles(settings.files),
    )


def services() -> Services:
    """The services of the running application."""
    found_services: Services = current_app.extensions[EXTENSION]
    return found_services
