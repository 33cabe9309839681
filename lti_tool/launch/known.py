"""What is known already of a launch's course, person and link: read in one statement.

Reads contexts, courses, people, enrolments, links and placements of the launch's tenant, as rows
for a launch that says something new (again.py is for the others).
"""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session, lazyload

from lti_tool.launch.message import AcceptedLaunch
from lti_tool.platforms.tables import LtiContext, ResourceLink
from rubrics.tables.activities import Activity, Placement
from rubrics.tables.people import Course, Enrolment, Person

_KNOWN = (
    select(LtiContext, Course, Person, Enrolment, ResourceLink, Placement, Activity)
    .join(Course, Course.id == LtiContext.course_id)
    .outerjoin(
        Person,
        and_(Person.issuer == bindparam("issuer"), Person.subject == bindparam("subject")),
    )
    .outerjoin(Enrolment, and_(Enrolment.course_id == Course.id, Enrolment.person_id == Person.id))
    .outerjoin(
        ResourceLink,
        and_(
            ResourceLink.context_pk == LtiContext.id,
            ResourceLink.resource_link_id == bindparam("link"),
        ),
    )
    .outerjoin(Placement, Placement.id == ResourceLink.placement_id)
    .outerjoin(Activity, Activity.id == Placement.activity_id)
    .where(
        LtiContext.deployment_id == bindparam("deployment"),
        LtiContext.context_id == bindparam("context"),
    )
    # The activity alone: with all of its rubric it is six statements more.
    .options(lazyload(Placement.activity), lazyload(Activity.rubric_version))
    .options(lazyload(Activity.alignments))
)


@dataclass(frozen=True, slots=True)
class Known:
    """The rows that there are; None for what this launch is the first to name."""

    context: LtiContext | None = None
    course: Course | None = None
    person: Person | None = None
    enrolment: Enrolment | None = None
    link: ResourceLink | None = None
    placement: Placement | None = None
    activity: Activity | None = None


def known(session: Session, launch: AcceptedLaunch) -> Known:
    """What there is. In a course that is new, the person is looked for elsewhere."""
    place = launch.claims.resource_link
    row = session.execute(
        _KNOWN,
        {
            "issuer": launch.login.registration.issuer,
            "subject": launch.subject,
            "link": place.id if place else None,
            "deployment": launch.deployment.id,
            "context": launch.context.id,
        },
    ).one_or_none()
    return Known() if row is None else Known(*row)
