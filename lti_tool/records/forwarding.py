"""Forwarding in the worker, beside the grades, so that neither waits for the other."""

import threading

from lti_tool.outgoing import Outgoing
from lti_tool.services import Services
from xapi.transfer import forwarder


def run(services: Services, stop: threading.Event) -> None:
    """Forward until `stop` is set."""
    http = forwarder.client(services.settings.ca_bundle, Outgoing)
    forwarder.run(services.db, services.seal, http, stop)
