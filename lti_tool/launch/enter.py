"""What a genuine launch leads to, in one transaction: a person in a course, and a handle for it.

Touches people, courses, contexts, links, placements, handles and sessions, through `work`. The
login is used up in the same transaction: a launch happens once and wholly, or not at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.access.origins import origins_of
from lti_tool.access.sessions import add_handle, begin_session
from lti_tool.access.tables import LaunchHandle, Purpose
from lti_tool.access.way_in import straight_to
from lti_tool.launch import again, history, learners
from lti_tool.launch.known import Known, known
from lti_tool.launch.logins import use_up
from lti_tool.launch.message import DEEP_LINKING, AcceptedLaunch
from lti_tool.platforms.tables import LtiContext, Registration, ResourceLink
from lti_tool.records import recorder
from lti_tool.services import Services
from lti_tool.work import settle, work
from rubrics.actions import activities, attempts, courses, people
from rubrics.actions.course_groups import divide
from rubrics.actions.done import Done
from rubrics.events import ActivityLaunched
from rubrics.queries.copies import copy_in
from rubrics.tables.activities import Activity, Placement
from rubrics.words import CourseRole


@dataclass(frozen=True, slots=True)
class Entered:
    """The two secrets that open the launch's pages together, and the first of these."""

    handle: str
    session_secret: str
    endpoint: str | None
    """None: the way in has to ask more (lti_tool/start.py)."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An accepted launch, the moment, and what this browser's cookie held before."""

    launch: AcceptedLaunch
    at: datetime
    hours: int
    former_secret: str | None


def enter(
    services: Services, launch: AcceptedLaunch, former_secret: str | None, at: datetime
) -> Entered:
    """Commit a launch. Raises LaunchRefused where its login was used meanwhile."""
    arrival = _Arrival(launch, at, int(services.settings.session_hours), former_secret)
    return _again(services, arrival) or work(
        services, launch.deployment.tenant_id, lambda session: _act(session, arrival)
    )


def _again(services: Services, arrival: _Arrival) -> Entered | None:
    """The same person comes to the same activity once more, and all is as it was; None: not so.

    Everything is made ready first. In the transaction is only what has to be written.
    """
    launch, tenant_id = arrival.launch, arrival.launch.deployment.tenant_id
    with services.db.reading(tenant_id) as session:
        same = again.known(session, launch, arrival.at)
        if same is None:
            return None
        handle = _handle(arrival, same.course_id, same.person_id)
        handle.placement_id, handle.resource_link_pk = same.placement_id, same.link_id
        handle.purpose = Purpose.ACTIVITY
        attempt_id = same.attempt_id if handle.role is CourseRole.LEARNER else None
        happened = []
        if not handle.test_student:
            if handle.role is CourseRole.LEARNER and attempt_id is None:
                return None  # it has to be begun
            happened.append(_launched(arrival, handle, same.placement_id, attempt_id))
        ready = recorder.ready(session, services.installation, services.settings, happened)

    def settled(session: Session) -> Entered:
        use_up(session, launch.login)
        again.came(session, launch, same, arrival.at)
        if launch.claims.said.kinds and not handle.test_student:
            divide(session, same.course_id, {same.person_id: launch.claims.said})
        return _entered(session, arrival, handle, has_activity=True)

    try:
        return settle(services, tenant_id, settled, ready)
    except (again.Changed, IntegrityError):
        return None


def _act(session: Session, arrival: _Arrival) -> Done[Entered]:
    launch, at = arrival.launch, arrival.at
    use_up(session, launch.login)
    claims = launch.claims
    there = known(session, launch)
    # A session holds rows weakly: without this the statement would read them once more.
    session.info["there"] = there
    person = people.meet_person(
        session,
        issuer=launch.login.registration.issuer,
        subject=launch.subject,
        name=claims.name,
        given_name=claims.given_name,
        family_name=claims.family_name,
        email=claims.email,
        is_test=launch.roles.test_student,
        at=at,
        met=there.person,
    )
    context = _context(session, launch, there)
    people.enrol(
        session, context.course_id, person.id, launch.roles.role, at, enrolled=there.enrolment
    )
    if claims.product_family != launch.login.registration.product_family:
        _note_product(session, launch.login.registration.id, claims.product_family)
    _note_groups(session, launch, context, person.id, at)
    link = _link(session, launch, context, there)
    placement = None if link is None else _placement(session, launch, link, there)
    copied_from = _copied_from(session, launch, context, placement)
    if placement is not None and copied_from is not None:
        copied_from = _connected(session, placement, copied_from)
    handle = _handle(arrival, context.course_id, person.id)
    handle.placement_id = placement.id if placement else None
    handle.resource_link_pk = link.id if link else None
    handle.purpose = _purpose(launch, link, placement, copied_from)
    handle.copied_from = copied_from
    handle.learners = learners.named(session, launch, handle)
    has_activity = placement is not None and placement.activity_id is not None
    entered = _entered(session, arrival, handle, has_activity=has_activity)
    if placement is None or placement.activity_id is None or handle.test_student:
        return Done(entered)
    attempt_id = None
    if handle.role is CourseRole.LEARNER:
        attempt_id = _attempt_id(session, placement.id, person.id)
    return Done(entered, (_launched(arrival, handle, placement.id, attempt_id),))


def _entered(
    session: Session, arrival: _Arrival, handle: LaunchHandle, *, has_activity: bool
) -> Entered:
    token = add_handle(session, handle)
    secret = begin_session(
        session,
        tenant_id=arrival.launch.deployment.tenant_id,
        person_id=handle.person_id,
        former_secret=arrival.former_secret,
        at=arrival.at,
        hours=arrival.hours,
    )
    endpoint = None
    if handle.copied_from is None and handle.learners is None:
        endpoint = straight_to(
            handle.role,
            handle.purpose,
            has_placement=handle.placement_id is not None,
            has_activity=has_activity,
        )
    return Entered(token, secret, endpoint)


def _context(session: Session, launch: AcceptedLaunch, there: Known) -> LtiContext:
    claims, place, context = launch.claims, launch.context, there.context
    if context is None:
        course = courses.new_course(session, place.title or "", place.label)
        context = LtiContext(
            deployment_id=launch.deployment.id, context_id=place.id, course_id=course.id
        )
        session.add(context)
    else:
        courses.rename(
            session, context.course_id, place.title or "", place.label, course=there.course
        )
    context.memberships_url = claims.memberships_url or context.memberships_url
    context.lineitems_url = claims.lineitems_url or context.lineitems_url
    if claims.ags_scopes:
        context.ags_scopes = list(claims.ags_scopes)
    session.flush()
    return context


def _note_groups(
    session: Session, launch: AcceptedLaunch, context: LtiContext, person_id: UUID, at: datetime
) -> None:
    """Where the course's groups are, and which of them this person is in."""
    claims = launch.claims
    context.groups_url = claims.groups_url or context.groups_url
    context.group_sets_url = claims.group_sets_url or context.group_sets_url
    if claims.said.kinds and not launch.roles.test_student:
        if claims.custom_says_groups and context.groups_said_at is None:
            context.groups_said_at = at
        divide(session, context.course_id, {person_id: claims.said})


def _link(
    session: Session, launch: AcceptedLaunch, context: LtiContext, there: Known
) -> ResourceLink | None:
    place = launch.claims.resource_link
    if launch.claims.message_type == DEEP_LINKING or place is None:
        return None
    link = there.link
    if link is None:
        placement = courses.new_placement(session, context.course_id, place.title or "")
        link = ResourceLink(
            deployment_id=launch.deployment.id,
            context_pk=context.id,
            resource_link_id=place.id,
            placement_id=placement.id,
        )
        session.add(link)
    link.lineitem_url = launch.claims.lineitem_url or link.lineitem_url
    session.flush()
    return link


def _placement(
    session: Session, launch: AcceptedLaunch, link: ResourceLink, there: Known
) -> Placement:
    placement = there.placement or session.get_one(Placement, link.placement_id)
    place = launch.claims.resource_link
    placement.title = (place.title if place else None) or placement.title
    hinted = _hinted_activity(session, launch, placement)
    if hinted is not None:
        activities.place_activity(session, placement_id=placement.id, activity_id=hinted)
    return placement


def _hinted_activity(session: Session, launch: AcceptedLaunch, placement: Placement) -> UUID | None:
    """The activity of the hint, where the link has none yet and it is this very course's."""
    wanted = history.hinted(launch.claims.custom)
    if wanted is None or placement.activity_id is not None:
        return None
    found: UUID | None = session.scalar(
        select(Activity.id).where(Activity.id == wanted, Activity.course_id == placement.course_id)
    )
    return found


def _handle(arrival: _Arrival, course_id: UUID, person_id: UUID) -> LaunchHandle:
    """The handle, but for the place in the course that the launch came to."""
    launch = arrival.launch
    claims, registration = launch.claims, launch.login.registration
    settings = _deep_linking(launch)
    return LaunchHandle(
        id=uuid4(),
        person_id=person_id,
        course_id=course_id,
        role=launch.roles.role,
        deep_linking=settings,
        frame_origins=origins_of(
            (
                registration.issuer,
                registration.auth_login_url,
                claims.return_url,
                settings["return_url"] if settings else None,
                *registration.frame_origins,
            )
        ),
        locale=claims.locale or "",
        test_student=launch.roles.test_student,
        created_at=arrival.at,
        expires_at=arrival.at + timedelta(hours=arrival.hours),
    )


def _copied_from(
    session: Session, launch: AcceptedLaunch, context: LtiContext, placement: Placement | None
) -> dict[str, Any] | None:
    """What there is to copy, where this launch came to no activity."""
    if placement is not None and placement.activity_id is not None:
        return None
    registration_id, custom = launch.login.registration.id, launch.claims.custom
    return history.sources(session, registration_id, custom, context.course_id)


def _connected(
    session: Session, placement: Placement, copied_from: dict[str, Any]
) -> dict[str, Any] | None:
    """Show the copy that the course has of this link's activity; what there is left to copy."""
    sources = [UUID(each) for each in copied_from["link"]]
    here = copy_in(session, placement.course_id, sources)
    if here is None:
        return copied_from
    activities.place_activity(session, placement_id=placement.id, activity_id=here)
    return None


def _purpose(
    launch: AcceptedLaunch,
    link: ResourceLink | None,
    placement: Placement | None,
    copied_from: dict[str, Any] | None,
) -> Purpose:
    if link is None or placement is None:
        return Purpose.DEEP_LINKING
    # Deep linking made this link, or the one that it is a copy of: it waits for its activity.
    waits = history.hinted(launch.claims.custom) or (copied_from or {}).get("link")
    if placement.activity_id is None and link.lineitem_url is None and not waits:
        return Purpose.COURSE_HOME
    return Purpose.ACTIVITY


def _deep_linking(launch: AcceptedLaunch) -> dict[str, Any] | None:
    settings = launch.claims.deep_linking
    if launch.claims.message_type != DEEP_LINKING or settings is None:
        return None
    kept = {name: value for name, value in settings.items() if name != "deep_link_return_url"}
    return {
        **kept,
        "return_url": settings["deep_link_return_url"],
        "registration_id": str(launch.login.registration.id),
        "deployment_id": launch.deployment.deployment_id,
    }


def _note_product(session: Session, registration_id: UUID, family: str | None) -> None:
    registration = session.get_one(Registration, registration_id)
    if family and registration.product_family != family:
        registration.product_family = family


def _attempt_id(session: Session, placement_id: UUID, person_id: UUID) -> UUID:
    """The learner's current attempt, begun at need."""
    attempt = attempts.newest_attempt(session, placement_id, person_id) or attempts.current_attempt(
        session, placement_id, person_id
    )
    return attempt.id


def _launched(
    arrival: _Arrival, handle: LaunchHandle, placement_id: UUID, attempt_id: UUID | None
) -> ActivityLaunched:
    return ActivityLaunched(
        arrival.at, handle.id, handle.person_id, placement_id, attempt_id, handle.role
    )
