"""The connection check: asks an LMS for all that the tool needs of it, and says what is missing.

Touches the network through the guarded client; reads registrations, deployments and contexts. It
changes nothing, here or in the LMS.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from foundation.http import HttpFailed, HttpRefused
from lti_tool.ags.calls import Gradebook
from lti_tool.ags.vocabulary import LINE_ITEMS, SCOPE_LINE_ITEM
from lti_tool.lms.answers import LmsConflict, LmsRefused, LmsUnavailable
from lti_tool.nrps.reading import SCOPE as SCOPE_ROSTER
from lti_tool.nrps.reading import NotRead, read_roster
from lti_tool.platforms.platform_keys import read_keys
from lti_tool.platforms.registrations import RegistrationInfo, info
from lti_tool.platforms.tables import Deployment, LtiContext, Registration, WaitingDeployment
from lti_tool.registration.products import Product, product
from lti_tool.registration.request import SCOPES
from lti_tool.services import Services


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `good`: None where it could not be tried yet."""

    good: bool | None
    said: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known here of an LMS beside its registration."""

    deployments: int
    waiting: tuple[str, ...]
    memberships_url: str | None
    lineitems_url: str | None


def chosen(db: Database, wanted: str) -> list[RegistrationInfo]:
    """The registrations of this issuer, client id or id; all of them for ""."""
    with db.reading(EVERY_TENANT) as session:
        found = [
            info(row)
            for row in session.scalars(select(Registration).order_by(Registration.created_at))
        ]
    return [
        each
        for each in found
        if not wanted or wanted in (each.issuer, each.client_id, str(each.id))
    ]


def check_platform(services: Services, registration: RegistrationInfo) -> Iterator[Finding]:
    """What was found, one after the other as it is known."""
    lms = product(registration.product_family)
    known = _known(services.db, registration.id)
    yield _keys(services, registration, lms)
    granted = set()
    for scope, purpose in SCOPES.items():
        finding = _token(services, registration, scope, purpose, lms)
        if finding.good:
            granted.add(scope)
        yield finding
    yield from _deployments(registration, known)
    if known.memberships_url is None and known.lineitems_url is None:
        yield Finding(
            None,
            "No course is known yet, so neither a class list nor a gradebook was tried.",
            "Open the tool from a course once, then check again.",
        )
        return
    if SCOPE_ROSTER in granted:
        yield _roster(services, registration, known, lms)
    if SCOPE_LINE_ITEM in granted:
        yield _gradebook(services, registration, known, lms)


def _known(db: Database, registration_id: UUID) -> _Known:
    of_it = select(Deployment.id).where(Deployment.registration_id == registration_id)
    waits = select(WaitingDeployment.deployment_id).where(
        WaitingDeployment.registration_id == registration_id
    )
    courses = (
        select(LtiContext)
        .where(LtiContext.deployment_id.in_(of_it))
        .order_by(LtiContext.created_at.desc())
        .limit(20)
    )
    with db.reading(EVERY_TENANT) as session:
        contexts = list(session.scalars(courses))
        rosters = [each.memberships_url for each in contexts if each.memberships_url]
        gradebooks = [each.lineitems_url for each in contexts if each.lineitems_url]
        return _Known(
            len(session.scalars(of_it).all()),
            tuple(session.scalars(waits)),
            rosters[0] if rosters else None,
            gradebooks[0] if gradebooks else None,
        )


def _keys(services: Services, registration: RegistrationInfo, lms: Product) -> Finding:
    try:
        found = read_keys(services.http, registration)
    except (HttpFailed, HttpRefused) as error:
        return Finding(
            False, f"Its keys cannot be fetched: {error.message} ({error.code}).", lms.keys
        )
    if not found:
        return Finding(False, f"{registration.key_set_url} lists no RSA key for RS256.", lms.keys)
    return Finding(True, f"Its keys are fetched ({len(found)}).")


def _token(
    services: Services, registration: RegistrationInfo, scope: str, purpose: str, lms: Product
) -> Finding:
    try:
        services.tokens.token(registration, (scope,))
    except LmsUnavailable as error:
        ours = f"{services.settings.base_url}/lti/jwks"
        return Finding(
            False,
            f"No token to {purpose}: {error.reason} ({error.code}).",
            f"{lms.scopes} {lms.name} must also be able to fetch our keys at {ours}.",
        )
    except (HttpFailed, HttpRefused) as error:
        return Finding(
            False,
            f"No token to {purpose}: {error.message} ({error.code}).",
            "Check the token URL: twofold platform add changes it.",
        )
    return Finding(True, f"It lets the tool {purpose}.")


def _deployments(registration: RegistrationInfo, known: _Known) -> Iterator[Finding]:
    for deployment_id in known.waiting:
        yield Finding(
            False,
            f"The deployment {deployment_id} waits for an approval.",
            f"Run: twofold platform approve {registration.id} --deployment "
            + shlex.quote(deployment_id),
        )
    if not known.deployments and not known.waiting:
        yield Finding(
            None,
            f"No deployment is known yet; the policy is “{registration.policy}”.",
            "The first launch brings it.",
        )


def _roster(
    services: Services, registration: RegistrationInfo, known: _Known, lms: Product
) -> Finding:
    if known.memberships_url is None:
        return Finding(False, "Its courses come without an address for class lists.", lms.scopes)
    try:
        members = read_roster(services.http, services.tokens, registration, known.memberships_url)
    except NotRead as error:
        return Finding(
            False, f"The class list cannot be read: {error.reason} ({error.code}).", lms.scopes
        )
    named = sum(1 for member in members if member.name)
    if not named:
        return Finding(
            False,
            f"The class list is read ({len(members)} people), but without names.",
            f"Let {lms.name} send names and e-mail addresses to the tool (its privacy settings).",
        )
    return Finding(True, f"A class list is read: {len(members)} people, {named} with a name.")


def _gradebook(
    services: Services, registration: RegistrationInfo, known: _Known, lms: Product
) -> Finding:
    if known.lineitems_url is None:
        return Finding(False, "Its courses come without an address for grades.", lms.scopes)
    gradebook = Gradebook(services.http, services.tokens, registration, (SCOPE_LINE_ITEM,))
    try:
        columns = sum(len(page) for page in gradebook.pages(known.lineitems_url, accept=LINE_ITEMS))
    except (LmsRefused, LmsUnavailable) as error:
        return Finding(
            False, f"The gradebook cannot be read: {error.reason} ({error.code}).", lms.scopes
        )
    except LmsConflict:
        return Finding(False, "The gradebook answered with a conflict (409).", lms.scopes)
    return Finding(True, f"A gradebook is read: {columns} columns of this tool.")
