"""A class in which Maria has done everything there is, and Paul the same beside her."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.access import sessions
from lti_tool.access.tables import LaunchHandle, Purpose
from lti_tool.delivery.tables import GradeDelivery
from lti_tool.files import EvidenceFiles
from lti_tool.platforms.tables import (
    Deployment,
    DeploymentPolicy,
    LtiContext,
    Registration,
    ResourceLink,
)
from lti_tool.privacy.erasing import Place
from lti_tool.settings import from_environment
from rubrics.actions import people, submissions
from rubrics.actions.course_groups import GroupName, Said, divide
from rubrics.actions.done import Done
from rubrics.events import ActivityLaunched
from rubrics.tables.activities import Attempt
from rubrics.tables.people import GroupMember, LearnerGroup, Person
from rubrics.words import AssessorRole, CourseRole, GroupKind
from tests.lti_tool.records.story import HOUSE, SECRET, record
from tests.rubrics.make import START, School, at, school

ISSUER = "https://lms.example"
NAMED = from_environment({**SECRET, "TWOFOLD_ACTOR_NAMES": "1"})
NEEDLES = (
    "sub-of-maria",
    "Maria Muster",
    "maria.muster@",
    "Muster",
    "essay of mine",
    "example/mine",
)
FILE = b"%PDF-1.7 the essay of mine"


@dataclass
class Class:
    """The school, where its things are, and the two learners."""

    made: School
    place: Place
    folder: Path
    maria: UUID
    paul: UUID

    @property
    def db(self) -> Database:
        return self.made.db


def begun(db: Database, folder: Path, name: str = "North School") -> Class:
    """Everything has happened once, to both."""
    made = school(db, learners=0, name=name)
    place = Place(db, EvidenceFiles(folder), HOUSE.iri_base, made.tenant_id)
    maria = _meet(made, "sub-of-maria", "Maria Muster", "maria.muster@school.example")
    paul = _meet(made, "sub-of-paul", "Paul Other", "paul@school.example")
    made.learner_ids += [maria, paul]
    link = _link(made)
    for person, word in ((maria, "mine"), (paul, "his")):
        _works(made, place, person, word)
        _is_here(made, person, link)
    _assesses(made, maria, paul)
    _together(made, maria, paul)
    section = Said(frozenset({GroupKind.SECTION}), (GroupName(GroupKind.SECTION, "7", "Monday"),))
    made.do(lambda s: Done(divide(s, made.course_id, {maria: section, paul: section})))
    return Class(made, place, folder, maria, paul)


def _meet(made: School, subject: str, name: str, email: str) -> UUID:
    given, _, family = name.partition(" ")
    with made.db.writing(made.tenant_id) as session:
        person = people.meet_person(
            session,
            issuer=ISSUER,
            subject=subject,
            name=name,
            given_name=given,
            family_name=family,
            email=email,
            at=START,
        )
        people.enrol(session, made.course_id, person.id, CourseRole.LEARNER, START)
        return person.id


def _works(made: School, place: Place, person: UUID, word: str) -> None:
    """Launches, hands in a text, a link and a file, and is assessed."""
    attempt = made.attempt(person)
    launch = ActivityLaunched(
        at(1), uuid4(), person, made.placement_id, attempt, CourseRole.LEARNER
    )
    record(made, (launch,), NAMED)
    made.do(
        lambda session: submissions.save_draft(
            session,
            attempt_id=attempt,
            person_id=person,
            text=f"The essay of {word}",
            links=[f"https://files.example/{word}"],
        )
    )
    ref = place.files.put(made.tenant_id, FILE.replace(b"mine", word.encode()))
    made.do(
        lambda session: submissions.add_file(
            session,
            attempt_id=attempt,
            person_id=person,
            name=f"essay of {word}.pdf",
            media_type="application/pdf",
            size=ref.size,
            sha256=ref.sha256,
            storage_key=ref.storage_key,
        )
    )
    _, handed_in = made.happen(
        lambda session: submissions.submit(session, attempt_id=attempt, person_id=person, at=at(2))
    )
    record(made, handed_in, NAMED)
    _, released = made.assess(attempt, 2, 3, minute=3)
    record(made, released, NAMED)


def _assesses(made: School, maria: UUID, paul: UUID) -> None:
    """Each rates the other; what Maria says of Paul is his."""
    for assessor, rated in ((maria, paul), (paul, maria)):
        made.assess(
            made.attempt(rated), 3, 3, minute=30, assessor_id=assessor, role=AssessorRole.PEER
        )


def _together(made: School, maria: UUID, paul: UUID) -> None:
    """A group hands in; its work is both's."""
    placement = made.place(title="Group work")
    with made.db.writing(made.tenant_id) as session:
        group = LearnerGroup(course_id=made.course_id, name="Team 7")
        session.add(group)
        session.flush()
        for person in (maria, paul):
            session.add(GroupMember(group_id=group.id, person_id=person))
        attempt = Attempt(placement_id=placement, group_id=group.id)
        session.add(attempt)
        session.flush()
        attempt_id = attempt.id
    made.do(
        lambda session: submissions.save_draft(
            session, attempt_id=attempt_id, person_id=maria, text="Our joint work", links=[]
        )
    )
    made.do(
        lambda session: submissions.submit(
            session, attempt_id=attempt_id, person_id=maria, at=at(40)
        )
    )


def _link(made: School) -> UUID:
    registration, deployment, context, link = uuid4(), uuid4(), uuid4(), uuid4()
    with made.db.writing(EVERY_TENANT) as session:
        urls = dict.fromkeys(("auth_login_url", "auth_token_url", "key_set_url"), ISSUER)
        _add(
            session,
            Registration(
                id=registration, home_tenant_id=made.tenant_id, issuer=f"{ISSUER}/{made.tenant_id}",
                client_id="1", name="LMS", policy=DeploymentPolicy.FIRST, **urls,
            ),
            Deployment(
                id=deployment, registration_id=registration, deployment_id="1",
                tenant_id=made.tenant_id,
            ),
            LtiContext(
                id=context, deployment_id=deployment, context_id="c", course_id=made.course_id,
                tenant_id=made.tenant_id,
            ),
            ResourceLink(
                id=link, deployment_id=deployment, context_pk=context, resource_link_id="r",
                placement_id=made.placement_id, tenant_id=made.tenant_id,
            ),
        )  # fmt: skip
    return link


def _is_here(made: School, person_id: UUID, link: UUID) -> None:
    """Has a session, a launch handle, and a grade on its way with a comment."""
    with made.db.writing(made.tenant_id) as session:
        person = session.get_one(Person, person_id)
        sessions.begin_session(
            session, tenant_id=made.tenant_id, person_id=person_id, former_secret=None,
            at=clock.now(), hours=1,
        )  # fmt: skip
        handle = LaunchHandle(
            person_id=person_id, course_id=made.course_id, role=CourseRole.LEARNER,
            purpose=Purpose.ACTIVITY, expires_at=clock.now(),
        )  # fmt: skip
        sessions.add_handle(session, handle)
        context = session.get_one(ResourceLink, link).deployment_id
        registration = session.get_one(Deployment, context).registration_id
        session.add(
            GradeDelivery(
                resource_link_pk=link, person_id=person_id, registration_id=registration,
                points=3, maximum=4, comment=f"Well done, {person.name}",
            )
        )  # fmt: skip


def _add(session: Session, *rows: object) -> None:
    for row in rows:
        session.add(row)
        session.flush()
