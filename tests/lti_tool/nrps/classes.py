"""A course whose LMS lists its class, and answers to plan for that list."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery.tables import LmsLimit
from lti_tool.nrps.states import RosterState, roster_state
from lti_tool.nrps.tables import Roster
from lti_tool.platforms.tables import LtiContext
from lti_tool.services import Services
from rubrics.tables.people import Enrolment, Person
from tests.lti_tool.ags.fake_lms import FakeLms, Planned
from tests.lti_tool.delivery.house import house
from tests.rubrics.make import School

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


def member(subject: str, *roles: str, **changes: Any) -> dict[str, Any]:
    """A member as Moodle writes it; a learner unless `roles` say otherwise."""
    given, _, family = subject.partition(" ")
    said = {"name": subject, "given_name": given, "family_name": family or given}
    return {"status": "Active", "roles": roles or ["Learner"], "user_id": subject} | said | changes


def page(members: Iterable[Any], link: str = "", **changes: Any) -> Planned:
    """An answer with these members; `link` is its Link header."""
    headers = {"Content-Type": MEDIA_TYPE} | ({"Link": link} if link else {})
    body = json.dumps({"id": "x", "context": {"id": "1"}, "members": list(members)})
    return Planned(**{"status": 200, "body": body, "headers": headers, **changes})


@dataclass
class ListedClass:
    """A school, its learners "Learner 000" and so on, and the course's context in the LMS."""

    made: School
    services: Services
    lms: FakeLms
    context_pk: UUID

    @property
    def db(self) -> Database:
        return self.made.db

    def lists(self, *names: str, also: Sequence[dict[str, Any]] = ()) -> None:
        """The LMS answers once with these learners."""
        self.lms.plan("memberships", page([*map(member, names), *also]))

    def enrolments(self) -> dict[str, Enrolment]:
        """By subject."""
        with self.db.reading(self.made.tenant_id) as session:
            rows = session.execute(
                select(Person.subject, Enrolment)
                .join(Enrolment, Enrolment.person_id == Person.id)
                .where(Enrolment.course_id == self.made.course_id)
            )
            return {each.subject: each.Enrolment for each in rows}

    def people(self) -> list[Person]:
        """Who is known of this LMS."""
        with self.db.reading(self.made.tenant_id) as session:
            return list(session.scalars(select(Person)))

    def gone(self) -> set[str]:
        """Who is marked as gone."""
        return {name for name, row in self.enrolments().items() if row.left_at is not None}

    def row(self) -> Roster:
        """What is known of the reading."""
        with self.db.reading(EVERY_TENANT) as session:
            return session.get_one(Roster, self.context_pk)

    def state(self) -> RosterState:
        """What the page is told."""
        with self.db.reading(self.made.tenant_id) as session:
            return roster_state(session, self.made.course_id)

    def set(self, table: Any, **values: Any) -> None:
        """Change every row of a table."""
        with self.db.writing(EVERY_TENANT) as session:
            session.execute(update(table).values(**values))

    def later(self) -> None:
        """Hours pass: the next reading is due, every lease and every limit is over."""
        moment = clock.now() - timedelta(milliseconds=1)
        self.set(Roster, next_read_at=moment)
        self.set(LmsLimit, until=moment)
        with self.db.writing(EVERY_TENANT) as session:
            session.execute(
                update(Roster).where(Roster.lease_until.is_not(None)).values(lease_until=moment)
            )


def listed_class(
    db: Database, lms: FakeLms, *, learners: int = 3, name: str = "North School"
) -> ListedClass:
    """A class that came yesterday; its list has never been read."""
    one = house(db, lms, learners=learners, name=name)
    with db.writing(one.made.tenant_id) as session:
        context = session.scalars(select(LtiContext)).one()
        context.memberships_url = f"{lms.address}/course/{name[:5]}/memberships"
        session.execute(update(Enrolment).values(came_at=yesterday()))
        return ListedClass(one.made, one.services, lms, context.id)


def yesterday() -> datetime:
    """A day ago."""
    return clock.now() - timedelta(days=1)
