"""A school whose activity stands behind a link of a fake LMS, and a worker that can be stepped."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery import outbox
from lti_tool.delivery.lanes import Lanes
from lti_tool.delivery.leases import Lane
from lti_tool.delivery.states import GradeState, grade_states
from lti_tool.delivery.tables import DeliveryState, GradeColumn, GradeDelivery, LmsLimit
from lti_tool.delivery.worker import step
from lti_tool.lms.tokens import TokenClient
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import Deployment, LtiContext, Registration, ResourceLink
from lti_tool.services import Services, build
from rubrics.events import ActivityScored
from rubrics.tables.people import Enrolment, Person
from rubrics.words import CourseRole
from tests.lti_tool.ags.fake_lms import ISSUER, SCOPES, FakeLms, FixedKeys, quick_http
from tests.lti_tool.launch_app import settings
from tests.rubrics.make import School, school


@dataclass
class House:
    """One placement, one link, one registration."""

    made: School
    services: Services
    registration_id: UUID
    link_id: UUID

    @property
    def db(self) -> Database:
        return self.made.db

    @property
    def lane(self) -> Lane:
        """Whose grades these are."""
        return Lane(self.registration_id, self.made.tenant_id)

    @property
    def learner(self) -> UUID:
        return self.made.learner_ids[0]

    def release(self, *positions: int | None, learner: UUID | None = None) -> None:
        """Assess a learner, release, and put the grade on its way."""
        attempt = self.made.attempt(learner or self.learner)
        _, events = self.made.assess(attempt, *positions)
        with self.db.writing(self.made.tenant_id) as session:
            for event in events:
                if isinstance(event, ActivityScored):
                    outbox.enqueue(session, event.score_id)

    def row(self, learner: UUID | None = None) -> GradeDelivery:
        """The learner's row as it stands."""
        with self.db.reading(EVERY_TENANT) as session:
            return session.scalars(
                select(GradeDelivery).where(
                    GradeDelivery.person_id == (learner or self.learner),
                    GradeDelivery.resource_link_pk == self.link_id,
                )
            ).one()

    def state(self, learner: UUID | None = None) -> GradeState:
        """What the instructor's page is told."""
        with self.db.reading(self.made.tenant_id) as session:
            return grade_states(session, self.made.placement_id)[learner or self.learner]

    def again(self, learner: UUID | None = None) -> int:
        """Somebody presses "send again"."""
        with self.db.writing(self.made.tenant_id) as session:
            return outbox.send_again(session, self.made.placement_id, learner)

    def later(self) -> None:
        """Some seconds pass: every back-off is over, and every lease.

        Not for a grade that the LMS has kept within the last second: it would conflict.
        """
        moment, passed = clock.now() - timedelta(milliseconds=1), timedelta(seconds=2)
        with self.db.writing(EVERY_TENANT) as session:
            session.execute(delete(LmsLimit))
            for row in session.scalars(select(GradeDelivery)):
                row.next_try_at = row.next_try_at and moment
                row.lease_until = None if row.lease_until is None else moment
                row.last_timestamp = row.last_timestamp and row.last_timestamp - passed
            for column in session.scalars(select(GradeColumn)):
                column.next_try_at = column.next_try_at and moment
                column.lease_until = column.lease_until and moment

    def set(self, table: Any, row_id: UUID, **values: Any) -> None:
        """Change a row of the LMS's side."""
        with self.db.writing(EVERY_TENANT) as session:
            session.execute(update(table).where(table.id == row_id).values(**values))

    def work_steps(self, number: int) -> None:
        """So many steps of one worker, which remembers whose turn it was."""
        lanes = Lanes()
        for _ in range(number):
            assert step(self.services, lanes)

    def work(self) -> int:
        """Step until nothing is due; how many steps that took."""
        steps = 0
        while step(self.services):
            steps += 1
            assert steps < 100, "the worker does not come to rest"
        return steps


def services_for(db: Database) -> Services:
    """Real services with a quick HTTP client and keys that need no database."""
    http = quick_http()
    built = build(settings(db), db)
    built.db.dispose()
    keys = FixedKeys()
    return replace(built, db=db, http=http, tool_keys=keys, tokens=TokenClient(http, keys))


def house(db: Database, lms: FakeLms, *, learners: int = 1, name: str = "North School") -> House:
    """A school behind a link of `lms` that has a gradebook column."""
    made = school(db, learners=learners, name=name)
    registration_id, link_id = link(made, lms.registration(), lms)
    return House(made, services_for(db), registration_id, link_id)


def people(one: House, number: int) -> list[UUID]:
    """So many more learners of the class."""
    moment, tenant = clock.now(), one.made.tenant_id
    ids = [uuid4() for _ in range(number)]
    person = {"tenant_id": tenant, "issuer": ISSUER, "name": "", "seen_at": moment}
    enrolled = {
        "tenant_id": tenant,
        "course_id": one.made.course_id,
        "role": CourseRole.LEARNER,
        "seen_at": moment,
    }
    with one.db.writing(tenant) as session:
        session.execute(
            insert(Person), [{**person, "id": each, "subject": str(each)} for each in ids]
        )
        session.execute(insert(Enrolment), [{**enrolled, "person_id": each} for each in ids])
    return ids


def fill(
    one: House, number: int, *, points: int = 50, state: DeliveryState = DeliveryState.WAITING
) -> list[UUID]:
    """So many more learners whose grades wait at the house's link, as releases leave them."""
    ids = people(one, number)
    grade = {
        "tenant_id": one.made.tenant_id,
        "resource_link_pk": one.link_id,
        "registration_id": one.registration_id,
        "points": points,
        "maximum": 100,
        "comment": f"Score {points} of 100.",
        "state": state,
        "next_try_at": None if state is DeliveryState.DELIVERED else clock.now(),
    }
    with one.db.writing(one.made.tenant_id) as session:
        session.execute(insert(GradeDelivery), [{**grade, "person_id": each} for each in ids])
    return ids


def link(
    made: School, registration: RegistrationInfo, lms: FakeLms, **changes: Any
) -> tuple[UUID, UUID]:
    """One more link of the school's placement, in an LMS of its own registration."""
    with made.db.writing(EVERY_TENANT) as session:
        session.add(
            Registration(
                id=registration.id,
                home_tenant_id=made.tenant_id,
                issuer=registration.issuer,
                client_id=registration.client_id,
                auth_login_url=registration.auth_login_url,
                auth_token_url=registration.auth_token_url,
                key_set_url=registration.key_set_url,
                name=registration.name,
                product_family=registration.product_family,
                private_hosts=list(registration.private_hosts),
                policy=registration.policy,
            )
        )
        session.flush()
        deployment, context, link_id = uuid4(), uuid4(), uuid4()
        owned = {"tenant_id": made.tenant_id}
        session.add(
            Deployment(id=deployment, registration_id=registration.id, deployment_id="1", **owned)
        )
        session.flush()
        session.add(
            LtiContext(
                id=context,
                deployment_id=deployment,
                context_id=f"course-{context}",
                course_id=made.course_id,
                lineitems_url=changes.get("lineitems_url", lms.line_items_url),
                ags_scopes=list(SCOPES),
                **owned,
            )
        )
        session.flush()
        session.add(
            ResourceLink(
                id=link_id,
                deployment_id=deployment,
                context_pk=context,
                resource_link_id=changes.get("resource_link_id", "link-1"),
                placement_id=made.placement_id,
                lineitem_url=changes.get("lineitem_url", lms.line_item),
                **owned,
            )
        )
    return registration.id, link_id
