"""A registration from its button to its rows: by a link, or without one and then waiting.

Touches links, attempts, waiting registrations and, through onboarding, registrations and tenants.
The two calls to the LMS are made outside of transactions; what they lead to is one transaction.
"""

import shlex
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.admin import audit
from lti_tool.onboarding import PlatformValues
from lti_tool.platforms import deployments
from lti_tool.platforms.registrations import hosts_of, registrations_of, usual_policy
from lti_tool.platforms.tables import DeploymentPolicy
from lti_tool.registration import audited, links, waiting
from lti_tool.registration.codes import RegistrationRefused
from lti_tool.registration.configuration import Configuration, Invitation, fetch, same_operator
from lti_tool.registration.exchange import Granted, ask
from lti_tool.services import Services
from rubrics.errors import Refused

_log = structlog.get_logger("twofold")


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of it. `waiting_id`: it waits for `twofold platform approve`."""

    configuration: Configuration
    client_id: str
    is_update: bool = False
    stays: bool = False
    """An update of what belongs to another organisation than the link's: it stays there."""
    waiting_id: UUID | None = None


class NotStored(Exception):
    """The LMS has registered the tool, and we could not write it down; `command` mends it."""

    def __init__(self, reason: Exception, command: str) -> None:
        super().__init__(type(reason).__name__)
        self.code = "registration.store"
        self.reason = reason
        self.command = command


def by_link(services: Services, token: str, invitation: Invitation) -> Registered:
    """Register the LMS of an invitation with a link. Raises RegistrationRefused or NotStored."""
    with services.db.writing(EVERY_TENANT) as session:
        link = links.claim(session, token, clock.now())
    try:
        configuration = fetch(services.http, invitation, private=link.private)
        granted = ask(services.http, configuration, invitation, services.settings.base_url)
        values = _values(configuration, granted)
        values["tenant_name"] = link.tenant_name
        values["policy"], values["private"] = link.policy, link.private
        if link.policy is DeploymentPolicy.FIRST:
            # Of schools that share a client id, the first to launch may be another one.
            values["policy"] = usual_policy(configuration.issuer)
        # None would keep the audience that the LMS no longer names.
        values["auth_audience"] = configuration.audience or ""

        def store(session: Session) -> Registered:
            links.use(session, link, clock.now())
            known = registrations_of(session, values["issuer"], values["client_id"])
            now = (values["auth_login_url"], values["auth_token_url"], values["key_set_url"])
            for before in known:
                at = (before.auth_login_url, before.auth_token_url, before.key_set_url)
                if not all(map(same_operator, at, now)):
                    raise RegistrationRefused("registration.hosts", values["issuer"])
            owner = (
                deployments.owner(session, known[0].id, granted.deployment_id) if known else None
            )
            stays = link.tenant_name is not None and owner not in (None, link.tenant_name)
            chosen = _without_organisation(values) if stays else values
            audited.register(
                session, actor=audit.LINK, private_hosts=configuration.private_hosts, **chosen
            )
            return Registered(configuration, granted.client_id, is_update=bool(known), stays=stays)

        return _stored(services, values, store, configuration.private_hosts)
    except Exception:
        # A claim that cannot be given back ends by itself.
        with suppress(SQLAlchemyError), services.db.writing(EVERY_TENANT) as session:
            links.release(session, link)
        raise


def unasked(services: Services, invitation: Invitation) -> Registered:
    """Register without a link: it waits. Raises RegistrationRefused or NotStored."""
    with services.db.writing(EVERY_TENANT) as session:
        waiting.count_attempt(session, clock.now())
    configuration = fetch(services.http, invitation, private=False)
    granted = ask(services.http, configuration, invitation, services.settings.base_url)
    values = _values(configuration, granted)

    def store(session: Session) -> Registered:
        waiting.require_unknown(session, values["issuer"], values["client_id"])
        waiting_id = waiting.keep(session, values)
        audit.note(
            session,
            actor=audit.NOBODY,
            action="platform.asked",
            subject=values["issuer"],
            detail={"client_id": values["client_id"]},
        )
        return Registered(configuration, granted.client_id, waiting_id=waiting_id)

    return _stored(services, values, store)


def _values(configuration: Configuration, granted: Granted) -> PlatformValues:
    return PlatformValues(
        issuer=configuration.issuer,
        client_id=granted.client_id,
        auth_login_url=configuration.authorization_endpoint,
        auth_token_url=configuration.token_endpoint,
        auth_audience=configuration.audience,
        key_set_url=configuration.jwks_uri,
        deployment_ids=[granted.deployment_id] if granted.deployment_id else [],
        name=configuration.name,
        product_family=configuration.product_family,
    )


def _without_organisation(values: PlatformValues) -> PlatformValues:
    """What an update brings to a registration that another organisation has: its addresses."""
    kept = values.copy()
    kept.pop("tenant_name", None)
    kept.pop("deployment_ids", None)
    kept.pop("policy", None)
    return kept


def _stored(
    services: Services,
    values: PlatformValues,
    store: Callable[[Session], Registered],
    private_hosts: Collection[str] | None = None,
) -> Registered:
    try:
        with services.db.writing(EVERY_TENANT) as session:
            done = store(session)
    except (Refused, SQLAlchemyError) as error:
        raise NotStored(error, command(values, private_hosts)) from error
    _log.info(
        "registered",
        issuer=values["issuer"],
        client_id=values["client_id"],
        update=done.is_update,
        waits=done.waiting_id is not None,
    )
    return done


def command(values: PlatformValues, private_hosts: Collection[str] | None = None) -> str:
    """The command that does by hand what could not be stored.

    Of the LMS's own hosts it lets these be private, and no other; all of them where it is None.
    """
    options = {
        "--issuer": values["issuer"],
        "--client-id": values["client_id"],
        "--auth-login-url": values["auth_login_url"],
        "--auth-token-url": values["auth_token_url"],
        "--key-set-url": values["key_set_url"],
        "--auth-audience": values.get("auth_audience"),
        "--deployment": next(iter(values.get("deployment_ids", ())), None),
        "--name": values.get("name"),
        "--tenant": values.get("tenant_name"),
        "--policy": values["policy"].value if "policy" in values else None,
    }
    words = [f"{name} {shlex.quote(value)}" for name, value in options.items() if value]
    return " ".join(["twofold platform add", *words, *_private(values, private_hosts)])


def _private(values: PlatformValues, hosts: Collection[str] | None) -> list[str]:
    if not values.get("private"):
        return []
    addresses = (values["auth_login_url"], values["auth_token_url"], values["key_set_url"])
    own = hosts_of((values["issuer"], *addresses))
    if hosts is None or set(own) <= set(hosts):
        return ["--private"]
    return [f"--host {shlex.quote(host)}" for host in own if host in hosts]
