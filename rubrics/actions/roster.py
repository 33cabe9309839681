"""The class as the LMS lists it: who is met, enrolled, or marked as gone. Nobody is deleted.

Touches people and enrolments of one course, in a number of statements that does not grow with
every member. What somebody was when they came here themselves counts more than a list.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import insert_into, tenant_of
from rubrics.actions.checks import found
from rubrics.actions.course_groups import UNSAID, Said, divide, leave_groups
from rubrics.actions.done import Done
from rubrics.actions.people import check_account, shown
from rubrics.tables.people import Course, Enrolment, Person
from rubrics.words import CourseRole

_AT_ONCE = 500
"""Subjects named in one statement."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the list. What it does not say of them is None."""

    subject: str
    role: CourseRole
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    said: Said = UNSAID
    """The sections and groups that they are in, as far as the list says it."""


@dataclass(frozen=True, slots=True)
class RosterChanges:
    """How many learners came and went; `doubted`: too many would have gone, so nobody did."""

    joined: int
    left: int
    doubted: bool


def reconcile(
    session: Session,
    *,
    course_id: UUID,
    issuer: str,
    members: Sequence[Member],
    asked_at: datetime,
    confirmed: bool = False,
    whole: bool = True,
    at: datetime | None = None,
) -> Done[RosterChanges]:
    """Make the course's enrolments and groups those of a list of its active members.

    `asked_at` is when reading it began: whoever came later cannot be missing from it. A list that
    lacks more than half of the class marks nobody as gone unless `confirmed`, which says that the
    list before it lacked them too, and one that is not `whole` marks nobody. Who is gone is in no
    section or group any more. Raises Refused for a member that cannot be kept.
    """
    at = at or clock.now()
    found(session, Course, course_id, "course")
    listed = {member.subject: member for member in members}
    for subject in listed:
        check_account(issuer, subject)
    people = _meet(session, issuer, listed, at)
    enrolled = _enrolled(session, course_id, issuer)
    joined = _enrol(session, course_id, listed, people, enrolled, at)
    joined += _return(listed, enrolled, at)
    leaving, staying = _absent(listed, enrolled, asked_at) if whole else ([], 0)
    doubted = len(leaving) > staying and not confirmed
    leaving = [] if doubted else leaving
    for enrolment in leaving:
        enrolment.left_at = at
    leave_groups(session, course_id, [enrolment.person_id for enrolment in leaving])
    divide(session, course_id, {person.id: listed[one].said for one, person in people.items()})
    left = sum(each.role is CourseRole.LEARNER for each in leaving)
    return Done(RosterChanges(joined, left, doubted))


def _meet(
    session: Session, issuer: str, listed: Mapping[str, Member], at: datetime
) -> dict[str, Person]:
    """The people of the list by subject, with their names; who has no role here is not kept."""
    people = _people(session, issuer, listed)
    new = sorted(
        subject
        for subject, member in listed.items()
        if subject not in people and member.role is not CourseRole.NONE
    )
    if new:
        rows = [
            {"tenant_id": tenant_of(session), "issuer": issuer, "subject": each, "seen_at": at}
            for each in new
        ]
        session.execute(insert_into(session, Person.__table__).on_conflict_do_nothing(), rows)
        people |= _people(session, issuer, new)
    for subject, person in people.items():
        member = listed[subject]
        person.name = shown(member.name, 500) or person.name
        person.given_name = shown(member.given_name, 255) or person.given_name
        person.family_name = shown(member.family_name, 255) or person.family_name
        person.email = shown(member.email, 320) or person.email
    # A launch holds its person before its enrolment: the same order keeps both from waiting.
    session.flush()
    return people


def _people(session: Session, issuer: str, subjects: Iterable[str]) -> dict[str, Person]:
    found_people: dict[str, Person] = {}
    for some in _chunks(subjects):
        rows = session.scalars(
            select(Person).where(Person.issuer == issuer, Person.subject.in_(some))
        )
        found_people |= {row.subject: row for row in rows}
    return found_people


def _enrolled(session: Session, course_id: UUID, issuer: str) -> dict[str, Enrolment]:
    """The enrolments of this issuer's people, by subject; pretended learners are on no list."""
    rows = session.execute(
        select(Enrolment, Person.subject)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.course_id == course_id,
            Person.issuer == issuer,
            Person.is_test.is_(False),
        )
        .order_by(Enrolment.id)
    )
    return {subject: enrolment for enrolment, subject in rows}


def _enrol(
    session: Session,
    course_id: UUID,
    listed: Mapping[str, Member],
    people: Mapping[str, Person],
    enrolled: Mapping[str, Enrolment],
    at: datetime,
) -> int:
    new = sorted(
        subject
        for subject, person in people.items()
        if subject not in enrolled
        and listed[subject].role is not CourseRole.NONE
        and not person.is_test
    )
    if new:
        rows = [
            {
                "tenant_id": tenant_of(session),
                "course_id": course_id,
                "person_id": people[subject].id,
                "role": listed[subject].role,
                "seen_at": at,
                "listed_at": at,
            }
            for subject in new
        ]
        session.execute(insert_into(session, Enrolment.__table__).on_conflict_do_nothing(), rows)
    return sum(listed[subject].role is CourseRole.LEARNER for subject in new)


def _return(listed: Mapping[str, Member], enrolled: Mapping[str, Enrolment], at: datetime) -> int:
    """Who stands on the list again, and what those are who never came; how many came back."""
    returned = 0
    for subject, enrolment in enrolled.items():
        member = listed.get(subject)
        if member is None:
            continue
        enrolment.listed_at = enrolment.listed_at or at
        if enrolment.came_at is None and enrolment.role is not member.role:
            enrolment.role = member.role
        if enrolment.left_at is not None:
            enrolment.left_at = None
            returned += enrolment.role is CourseRole.LEARNER
    return returned


def _absent(
    listed: Mapping[str, Member], enrolled: Mapping[str, Enrolment], asked_at: datetime
) -> tuple[list[Enrolment], int]:
    """Who is gone, and how many of those who could be are not.

    Staff whom no list has ever named are left alone: administrators look in and are on none.
    """
    leaving, staying = [], 0
    for subject, enrolment in enrolled.items():
        is_expected = enrolment.role is CourseRole.LEARNER or enrolment.listed_at is not None
        if enrolment.left_at is not None or not is_expected:
            continue
        came_since = enrolment.came_at is not None and enrolment.came_at >= asked_at
        if subject in listed or came_since:
            staying += 1
        else:
            leaving.append(enrolment)
    return leaving, staying


def _chunks(subjects: Iterable[str]) -> Iterator[list[str]]:
    left = iter(subjects)
    while some := list(islice(left, _AT_ONCE)):
        yield some
