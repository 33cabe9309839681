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
from lti_tool.ags.vocabulary import LINE_ITEMS, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ
from lti_tool.lms.answers import LmsConflict, LmsRefused, LmsUnavailable
from lti_tool.nrps.reading import SCOPE as SCOPE_ROSTER
from lti_tool.nrps.reading import NotRead, read_roster
from lti_tool.platforms.platform_keys import read_keys
from lti_tool.platforms.registrations import RegistrationInfo, info
from lti_tool.platforms.tables import Deployment, LtiContext, Registration, WaitingDeployment
from lti_tool.registration.products import Product, product
from lti_tool.registration.request import SCOPES
from lti_tool.registration.sentences import Sentence, say
from lti_tool.services import Services


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `good`: None where it could not be tried yet."""

    good: bool | None
    said: Sentence
    mend: tuple[Sentence, ...] = ()


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
    services.tokens.forget(registration)
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
            say("No course is known yet, so neither a class list nor a gradebook was tried."),
            (say("Open the tool from a course once, then check again."),),
        )
        return
    if SCOPE_ROSTER in granted:
        yield _roster(services, registration, known, lms)
    columns = tuple(each for each in (SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ) if each in granted)
    if columns:
        yield _gradebook(services, registration, known, lms, columns)


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
        said = say(
            "Its keys cannot be fetched: %(reason)s (%(code)s).",
            reason=error.message,
            code=error.code,
        )
        return Finding(False, said, _mend_keys(lms))
    if not found:
        said = say("%(address)s lists no RSA key for RS256.", address=registration.key_set_url)
        return Finding(False, said, _mend_keys(lms))
    return Finding(True, say("Its keys are fetched (%(count)s).", count=len(found)))


def _mend_keys(lms: Product) -> tuple[Sentence, ...]:
    return (
        say(
            "Check the address of its key set in its registration (twofold platform add changes "
            "it)."
        ),
        say(lms.addresses),
    )


def _token(
    services: Services, registration: RegistrationInfo, scope: str, purpose: str, lms: Product
) -> Finding:
    what = say(purpose)
    try:
        lacking = services.tokens.lacking(registration, (scope,))
    except LmsUnavailable as error:
        our_keys = say(
            "%(lms)s must also be able to fetch our keys at %(address)s.",
            lms=say(lms.name),
            address=f"{services.settings.base_url}/lti/jwks",
        )
        return Finding(
            False, _no_token(what, error.reason, error.code), (say(lms.scopes), our_keys)
        )
    except (HttpFailed, HttpRefused) as error:
        mend = say("Check the token URL in its registration (twofold platform add changes it).")
        return Finding(
            False, _no_token(what, error.message, error.code), (mend, say(lms.addresses))
        )
    if lacking:
        reason = say("the LMS gave one without the scope %(scope)s", scope=scope)
        return Finding(False, _no_token(what, reason, "token.scope"), (say(lms.scopes),))
    return Finding(True, say("It lets the tool %(purpose)s.", purpose=what))


def _no_token(what: Sentence, reason: Sentence | str, code: str) -> Sentence:
    return say(
        "No token to %(purpose)s: %(reason)s (%(code)s).", purpose=what, reason=reason, code=code
    )


def _deployments(registration: RegistrationInfo, known: _Known) -> Iterator[Finding]:
    for deployment_id in known.waiting:
        command = f"twofold platform approve {registration.id} --deployment "
        yield Finding(
            False,
            say("The deployment %(deployment)s waits for an approval.", deployment=deployment_id),
            (say("Run: %(command)s", command=command + shlex.quote(deployment_id)),),
        )
    if not known.deployments and not known.waiting:
        yield Finding(
            None,
            say(
                "No deployment is known yet; the policy is “%(policy)s”.",
                policy=registration.policy.value,
            ),
            (say("The first launch brings it."),),
        )


def _roster(
    services: Services, registration: RegistrationInfo, known: _Known, lms: Product
) -> Finding:
    if known.memberships_url is None:
        said = say("Its courses come without an address for class lists.")
        return Finding(False, said, (say(lms.scopes),))
    try:
        members = read_roster(services.http, services.tokens, registration, known.memberships_url)
    except NotRead as error:
        said = say(
            "The class list cannot be read: %(reason)s (%(code)s).",
            reason=error.reason,
            code=error.code,
        )
        return Finding(False, said, (say(lms.scopes),))
    named = sum(1 for member in members if member.name)
    if not named:
        said = say(
            "The class list is read (%(people)s people), but without names.", people=len(members)
        )
        privacy = say(
            "Let %(lms)s send names and e-mail addresses to the tool (its privacy settings).",
            lms=say(lms.name),
        )
        return Finding(False, said, (privacy,))
    return Finding(
        True,
        say(
            "A class list is read: %(people)s people, %(named)s with a name.",
            people=len(members),
            named=named,
        ),
    )


def _gradebook(
    services: Services,
    registration: RegistrationInfo,
    known: _Known,
    lms: Product,
    scopes: tuple[str, ...],
) -> Finding:
    mend = (say(lms.scopes),)
    if known.lineitems_url is None:
        return Finding(False, say("Its courses come without an address for grades."), mend)
    gradebook = Gradebook(services.http, services.tokens, registration, scopes)
    try:
        columns = sum(len(page) for page in gradebook.pages(known.lineitems_url, accept=LINE_ITEMS))
    except (LmsRefused, LmsUnavailable) as error:
        said = say(
            "The gradebook cannot be read: %(reason)s (%(code)s).",
            reason=error.reason,
            code=error.code,
        )
        return Finding(False, said, mend)
    except LmsConflict:
        return Finding(False, say("The gradebook answered with a conflict (409)."), mend)
    return Finding(True, say("A gradebook is read: %(count)s columns of this tool.", count=columns))
