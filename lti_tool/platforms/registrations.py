"""Registering an LMS, and finding registrations again as plain values.

Touches registrations, deployments and the tenants they belong to. Serves LTI 1.3 core 3.1.2: one
issuer may have many client ids, one client id many deployments.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from foundation.db import beneath
from foundation.http_target import HttpRefused, host_port, target_of
from lti_tool.platforms.quirks.choose import by_issuer
from lti_tool.platforms.tables import Deployment, DeploymentPolicy, Registration, WaitingDeployment
from rubrics.errors import Refused
from rubrics.tables.people import Tenant


@dataclass(frozen=True, slots=True)
class RegistrationInfo:
    """A registration outside of a session."""

    id: UUID
    home_tenant_id: UUID
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    auth_audience: str | None
    key_set_url: str
    name: str
    product_family: str | None
    private_hosts: tuple[str, ...]
    policy: DeploymentPolicy
    frame_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddedPlatform:
    """What `add_platform` did; the new tenants have no content yet."""

    registration: RegistrationInfo
    new_tenants: tuple[UUID, ...]


COLUMNS = tuple(Registration.__table__.c[field.name] for field in fields(RegistrationInfo))
"""What `info` reads, for statements that are built once."""
_OF_ISSUER = (
    select(*COLUMNS)
    .where(Registration.issuer == bindparam("issuer"))
    .order_by(Registration.created_at)
    .limit(2)
)
_HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,255}")
_OF_CLIENT = _OF_ISSUER.where(Registration.client_id == bindparam("client"))


def info(row: Any) -> RegistrationInfo:
    """The row, whole or its COLUMNS, as a plain value."""
    return RegistrationInfo(
        id=row.id,
        home_tenant_id=row.home_tenant_id,
        issuer=row.issuer,
        client_id=row.client_id,
        auth_login_url=row.auth_login_url,
        auth_token_url=row.auth_token_url,
        auth_audience=row.auth_audience,
        key_set_url=row.key_set_url,
        name=row.name,
        product_family=row.product_family,
        private_hosts=tuple(row.private_hosts),
        frame_origins=tuple(row.frame_origins),
        policy=row.policy,
    )


def registration_by_id(session: Session, registration_id: UUID) -> RegistrationInfo | None:
    """The registration of this id."""
    row = session.get(Registration, registration_id)
    return None if row is None else info(row)


def registrations_of(
    session: Session, issuer: str, client_id: str | None
) -> Sequence[RegistrationInfo]:
    """The registrations of an issuer, of one client id where it is known; exact match only."""
    query = _OF_ISSUER if client_id is None else _OF_CLIENT
    asked = {"issuer": issuer, "client": client_id}
    return [info(row) for row in beneath(session).execute(query, asked)]


def new_tenant(session: Session, name: str) -> Tenant:
    """A tenant with nothing in it: whoever calls this installs its starter content."""
    tenant = Tenant(name=name[:200])
    session.add(tenant)
    session.flush()
    return tenant


def add_platform(
    session: Session,
    *,
    issuer: str,
    client_id: str,
    auth_login_url: str,
    auth_token_url: str,
    key_set_url: str,
    deployment_ids: Collection[str] = (),
    name: str = "",
    tenant_name: str | None = None,
    private: bool | None = None,
    policy: DeploymentPolicy | None = None,
    auth_audience: str | None = None,
    product_family: str | None = None,
) -> AddedPlatform:
    """Register an LMS, or bring its registration (same issuer and client id) up to date.

    Needs a session of EVERY_TENANT. The deployments named go to the tenant `tenant_name` of this
    registration, made at need; without a name to the registration's home tenant, which the first
    call makes. A deployment never changes its tenant. `private` lets the addresses be on a private
    network and speak http; of a private registration, those that change now. What is not given of
    name, private, policy, audience and family stays as it is; an empty audience is none. Raises
    Refused (codes "platform.…").
    """
    addresses = (auth_login_url, auth_token_url, key_set_url)
    row = session.scalar(
        select(Registration).where(
            Registration.issuer == issuer, Registration.client_id == client_id
        )
    )
    private_hosts = _private_hosts(
        None if row is None else info(row), (issuer, *addresses), private=private
    )
    for address in addresses:
        _check_address(address, private_hosts)
    if auth_audience:
        _check_text("audience", auth_audience, 2000)
    _check_text("issuer", issuer, 500)
    _check_text("client id", client_id, 255)
    for deployment_id in deployment_ids:
        _check_text("deployment id", deployment_id, 255)
    new_tenants = []
    if row is None:
        name, policy = name or issuer, policy or usual_policy(issuer)
        home = new_tenant(session, tenant_name or name)
        new_tenants.append(home.id)
        row = Registration(issuer=issuer, client_id=client_id, home_tenant_id=home.id)
        session.add(row)
    row.auth_login_url, row.auth_token_url, row.key_set_url = addresses
    if auth_audience is not None:
        row.auth_audience = auth_audience or None
    row.product_family = product_family or row.product_family
    row.name = name[:200] or row.name
    row.private_hosts = list(private_hosts)
    row.policy = policy or row.policy
    session.flush()
    tenant_id = row.home_tenant_id
    if tenant_name is not None:
        tenant_id, is_new = _tenant_of_registration(session, row, tenant_name)
        new_tenants += [tenant_id] if is_new else []
    for deployment_id in deployment_ids:
        approve_deployment(session, row.id, deployment_id, tenant_id)
    return AddedPlatform(info(row), tuple(new_tenants))


def usual_policy(issuer: str) -> DeploymentPolicy:
    """The policy of a new registration where none is given."""
    shared = by_issuer(issuer).shares_client_id
    return DeploymentPolicy.EACH if shared else DeploymentPolicy.FIRST


def own_hosts(known: RegistrationInfo) -> tuple[str, ...]:
    """The "host:port" of the registration's issuer, if it is an address, and its addresses."""
    return hosts_of((known.issuer, known.auth_login_url, known.auth_token_url, known.key_set_url))


def is_private(known: RegistrationInfo) -> bool:
    """Whether the LMS itself may be on a private network."""
    return any(host in known.private_hosts for host in own_hosts(known))


def further_hosts(known: RegistrationInfo) -> tuple[str, ...]:
    """The hosts that the administrator listed beside the LMS's own, as they are typed."""
    split = (host.rpartition(":") for host in _listed(known))
    return tuple(f"[{name}]:{port}" if ":" in name else f"{name}:{port}" for name, _, port in split)


def list_hosts(session: Session, registration_id: UUID, hosts: Collection[str]) -> RegistrationInfo:
    """Let services of an LMS be at these further hosts too, and at none that was listed before.

    A host is typed as `name` or `name:port`. It may be on a private network: the administrator
    named it. Raises Refused (code "platform.host").
    """
    row = session.get_one(Registration, registration_id)
    known = info(row)
    kept = [host for host in known.private_hosts if host not in _listed(known)]
    row.private_hosts = list(dict.fromkeys((*kept, *(_typed_host(host) for host in hosts))))
    session.flush()
    return info(row)


def keep_private(
    session: Session, registration_id: UUID, hosts: Collection[str]
) -> RegistrationInfo:
    """Let only these of the LMS's own hosts be private: no person has typed the others."""
    row = session.get_one(Registration, registration_id)
    known = info(row)
    allowed = {*hosts, *_listed(known)}
    row.private_hosts = [host for host in known.private_hosts if host in allowed]
    session.flush()
    return info(row)


def approve_deployment(
    session: Session, registration_id: UUID, deployment_id: str, tenant_id: UUID
) -> None:
    """Let a deployment launch into a tenant. Refuses one that belongs to another tenant."""
    known = session.scalar(
        select(Deployment).where(
            Deployment.registration_id == registration_id,
            Deployment.deployment_id == deployment_id,
        )
    )
    if known is None:
        session.add(
            Deployment(
                registration_id=registration_id, deployment_id=deployment_id, tenant_id=tenant_id
            )
        )
    elif known.tenant_id != tenant_id:
        raise Refused(
            "platform.deployment.taken",
            "The deployment %(deployment)s belongs to another tenant already. Name that tenant, "
            "or leave the deployment out.",
            deployment=deployment_id,
        )
    waiting = session.get(WaitingDeployment, (registration_id, deployment_id))
    if waiting is not None:
        session.delete(waiting)
    session.flush()


def list_platforms(session: Session) -> list[str]:
    """A line for each registration, with its deployments, its tenants and who waits."""
    lines = []
    for row in session.scalars(select(Registration).order_by(Registration.created_at)):
        deployed = session.execute(
            select(Deployment.deployment_id, Tenant.name)
            .join(Tenant, Tenant.id == Deployment.tenant_id)
            .where(Deployment.registration_id == row.id)
            .order_by(Deployment.created_at)
        )
        waiting = session.scalars(
            select(WaitingDeployment.deployment_id).where(
                WaitingDeployment.registration_id == row.id
            )
        )
        places = [f"{deployment_id} ({tenant})" for deployment_id, tenant in deployed]
        places += [f"{deployment_id} (waits for approval)" for deployment_id in waiting]
        lines.append(
            f"{row.name}: {row.issuer}  client {row.client_id}  policy {row.policy}  "
            f"deployments: {', '.join(places) or 'none yet'}  id {row.id}"
        )
    return lines


def _tenant_of_registration(session: Session, row: Registration, name: str) -> tuple[UUID, bool]:
    deployed = select(Deployment.tenant_id).where(Deployment.registration_id == row.id)
    reached = select(Tenant.id).where(
        Tenant.name == name[:200], Tenant.id.in_(deployed) | (Tenant.id == row.home_tenant_id)
    )
    known = session.scalars(reached.order_by(Tenant.created_at).limit(1)).first()
    return (known, False) if known is not None else (new_tenant(session, name).id, True)


def _private_hosts(
    known: RegistrationInfo | None, addresses: Collection[str], *, private: bool | None
) -> tuple[str, ...]:
    """The hosts that may be private once the registration has these addresses, issuer included.

    A form sends back what it showed. So `private` opens no host of a private registration whose
    address stays: it may have come from the LMS and not from a person.
    """
    own = hosts_of(addresses)
    if known is None:
        return own if private else ()
    stay = set(own_hosts(known)) if is_private(known) else set()
    chosen = {
        host
        for host in own
        if private is not False and (host in known.private_hosts or (private and host not in stay))
    }
    return tuple(dict.fromkeys((*(host for host in own if host in chosen), *_listed(known))))


def _listed(known: RegistrationInfo) -> tuple[str, ...]:
    own = own_hosts(known)
    return tuple(host for host in known.private_hosts if host not in own)


def hosts_of(addresses: Collection[str]) -> tuple[str, ...]:
    """The "host:port" of each that is an address."""
    hosts: dict[str, None] = {}
    for address in addresses:
        try:
            hosts[host_port(address)] = None
        except HttpRefused:
            # An issuer may be any text.
            continue
    return tuple(hosts)


def _typed_host(typed: str) -> str:
    try:
        if not _HOST.fullmatch(typed):
            raise HttpRefused("http.host", "not a host")
        return host_port(f"https://{typed}")
    except HttpRefused as error:
        raise Refused(
            "platform.host",
            "%(host)s is not a host. Write only its name, with its port if that is not 443: "
            "canvas.school.example or canvas.school.example:8443.",
            host=typed[:255],
        ) from error


def _check_address(address: str, private_hosts: Collection[str]) -> None:
    if len(address) > 2000:
        raise Refused("platform.address", "The address %(address)s is too long.", address=address)
    try:
        target_of(address, private_hosts)
    except HttpRefused as error:
        raise Refused(
            "platform.address",
            "%(address)s cannot be used: %(reason)s. Copy it from the LMS once more; an LMS on "
            "your own network or on this machine is registered as private.",
            address=address,
            reason=error.message,
        ) from error


def _check_text(what: str, text: str, longest: int) -> None:
    if not text or len(text) > longest or not text.isprintable() or text != text.strip():
        raise Refused(
            "platform.text",
            "The %(what)s must have 1 to %(longest)d printable characters and no space around it.",
            what=what,
            longest=longest,
        )
