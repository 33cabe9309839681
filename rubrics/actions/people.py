"""Who is in the tenant and in its courses, as an identity provider or an LMS says it.

Touches people and enrolments. People are keyed by (tenant, issuer, subject), never by e-mail.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import insert_into, tenant_of
from rubrics.actions.checks import found
from rubrics.errors import Refused
from rubrics.tables.people import Course, Enrolment, Person
from rubrics.words import CourseRole

LONGEST_ISSUER = 500
LONGEST_SUBJECT = 255


def meet_person(
    session: Session,
    *,
    issuer: str,
    subject: str,
    name: str | None = None,
    given_name: str | None = None,
    family_name: str | None = None,
    email: str | None = None,
    is_test: bool = False,
    at: datetime | None = None,
    met: Person | None = None,
) -> Person:
    """The person of this issuer and subject, created or brought up to date.

    `met`: the row, where whoever calls has it already. What this meeting does not say (None)
    stays as it was heard before. Raises Refused "person.unusable" where issuer or subject is empty
    or too long.
    """
    check_account(issuer, subject)
    at = at or clock.now()
    account = select(Person).where(Person.issuer == issuer, Person.subject == subject)
    person = met or session.scalar(account)
    if person is None:
        session.execute(
            insert_into(session, Person)
            .values(tenant_id=tenant_of(session), issuer=issuer, subject=subject, seen_at=at)
            .on_conflict_do_nothing()
        )
        person = session.scalars(account).one()
    person.seen_at = max(person.seen_at, at)
    person.is_test = is_test
    person.name = shown(name, 500) or person.name
    person.given_name = shown(given_name, 255) or person.given_name
    person.family_name = shown(family_name, 255) or person.family_name
    person.email = shown(email, 320) or person.email
    return person


def enrol(
    session: Session,
    course_id: UUID,
    person_id: UUID,
    role: CourseRole,
    at: datetime | None = None,
    enrolled: Enrolment | None = None,
) -> Enrolment:
    """Note that the person came to the course, and as what: this counts more than a class list.

    `enrolled`: the row, where whoever calls has it already.
    """
    at = at or clock.now()
    if enrolled is None:
        found(session, Course, course_id, "course")
        found(session, Person, person_id, "person")
    mine = select(Enrolment).where(
        Enrolment.course_id == course_id, Enrolment.person_id == person_id
    )
    enrolment = enrolled or session.scalar(mine)
    if enrolment is None:
        session.execute(
            insert_into(session, Enrolment)
            .values(
                tenant_id=tenant_of(session),
                course_id=course_id,
                person_id=person_id,
                role=role,
                seen_at=at,
            )
            .on_conflict_do_nothing()
        )
        enrolment = session.scalars(mine).one()
    enrolment.seen_at = max(enrolment.seen_at, at)
    if enrolment.came_at is None or at >= enrolment.came_at:
        enrolment.role = role
        enrolment.came_at = at
        enrolment.left_at = None
    return enrolment


def check_account(issuer: str, subject: str) -> None:
    """Raise Refused "person.unusable" where somebody cannot be kept by these."""
    if (
        not issuer
        or not subject
        or len(issuer) > LONGEST_ISSUER
        or len(subject) > LONGEST_SUBJECT
        or "\0" in issuer + subject
    ):
        raise Refused(
            "person.unusable",
            "The LMS named this person in a way that cannot be kept: its user id must have 1 to "
            "%(longest)d characters. Ask the administrator of the LMS.",
            longest=LONGEST_SUBJECT,
        )


def shown(text: str | None, longest: int) -> str | None:
    """A name as it can be shown: on one line, cut where it is too long."""
    return " ".join((text or "").replace("\0", "").split())[:longest] or None
