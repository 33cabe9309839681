"""Erasing a person: their rows in the application, their files, their records; then forgetting who.

What others did stays theirs: ratings that the person gave, work of a group with others in it. All
figures stay: the person's row, scores and mastery remain, under the pseudonym of the records.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, Table, delete, select, update
from sqlalchemy.orm import Session, aliased

from foundation import clock
from foundation.db import Database
from lti_tool.access.tables import BrowserSession, LaunchHandle
from lti_tool.admin import audit
from lti_tool.delivery.tables import GradeDelivery
from lti_tool.files import EvidenceFiles, FileMissing
from lti_tool.privacy import people
from rubrics.tables.activities import Attempt, EvidenceItem, Submission
from rubrics.tables.assessments import Assessment, CriterionRating
from rubrics.tables.base import Base
from rubrics.tables.people import CourseGroupMember, Enrolment, GroupMember, Person
from xapi.privacy import erasure
from xapi.privacy.pseudonym import home_page
from xapi.privacy.subject import Subject
from xapi.privacy.task import Task
from xapi.store import wiping

ERASED = {
    "activity.created_by_id": "the activity belongs to the course; its author has the pseudonym",
    "activity_score.person_id": "stays under the pseudonym: the class's figures",
    "assessment.assessor_id": "what was said of others is theirs; its author has the pseudonym",
    "attempt.person_id": "stays; comments on it, its evidence and files are deleted",
    "browser_session.person_id": "deleted",
    "competency_assertion.person_id": "stays under the pseudonym: the class's figures",
    "course_group_member.person_id": "deleted: who left a class is in none of its groups",
    "enrolment.person_id": "stays under the pseudonym, as somebody who left",
    "evidence_value.person_id": "stays under the pseudonym: the class's figures",
    "grade_delivery.person_id": "deleted: the LMS is not told anything any more",
    "group_member.person_id": "stays under the pseudonym: the group's work is the others', too",
    "launch_handle.person_id": "deleted",
    "submission.submitted_by_id": "stays under the pseudonym; its evidence is deleted",
}
"""What becomes of each column that leads to a person. A test knows when one is missing."""

_RECENT = 3600.0
"""Seconds for which a file without a row may belong to a request that is not done yet."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is erased: the database, the files, the prefix of pseudonyms, the tenant."""

    database: Database
    files: EvidenceFiles
    iri_base: str
    tenant: UUID


def begin(place: Place, subject: Subject, person_id: UUID | None) -> Task:
    """Give the person a pseudonym and end their sessions; from here on `finish` completes it."""
    with place.database.writing(place.tenant) as session:
        wiping.overwriting(session)
        task = erasure.begin(session, place.tenant, subject, place.iri_base)
        if person_id is not None:
            _rename(session, person_id, task)
            _forget(session, person_id, place.iri_base)
    return task


def begun(place: Place) -> list[Task]:
    """Erasures that something ended before they were finished."""
    with place.database.reading(place.tenant) as session:
        return erasure.unfinished(session, place.tenant, place.iri_base)


def finish(
    place: Place, task: Task, actor: str, progress: Callable[[int], None] = lambda _: None
) -> dict[str, int]:
    """Do all that is left of an erasure, however often it was begun; what was changed.

    Nothing where another process has just done it.
    """
    while True:
        with place.database.reading(place.tenant) as session:
            person = people.by_pseudonym(session, task.pseudonym)
        if person is not None:
            _remove_evidence(place, person.id)
        for changed in erasure.work(place.database, task):
            progress(changed)
        try:
            counts = _conclude(place, task, actor)
        except erasure.Finished:
            return {}
        if counts is not None:
            break
    _remove_orphans(place)
    wiping.settle(place.database, _CHANGED)
    return counts


def _conclude(place: Place, task: Task, actor: str) -> dict[str, int] | None:
    with place.database.writing(place.tenant) as session:
        counts = erasure.finish(session, task)
        if counts is None:
            return None
        audit.note(
            session,
            actor=actor,
            action="person.erased",
            subject=str(task.id),
            tenant_id=place.tenant,
            detail=counts,
        )
        return dict(counts)


_CHANGED = tuple(
    table.__tablename__
    for table in (
        Person, BrowserSession, LaunchHandle, GradeDelivery, Assessment, CriterionRating,
        EvidenceItem, Submission, Enrolment, CourseGroupMember,
    )
)  # fmt: skip


def _rename(session: Session, person_id: UUID, task: Task) -> None:
    account = task.pseudonym.agent["account"]
    person = session.get_one(Person, person_id)
    person.issuer, person.subject = account["homePage"], account["name"]
    person.name = person.given_name = person.family_name = person.email = None
    session.flush()


def _forget(session: Session, person_id: UUID, iri_base: str) -> None:
    now = clock.now()
    for table in (BrowserSession, LaunchHandle, GradeDelivery, CourseGroupMember):
        session.execute(delete(table).where(table.person_id == person_id))
    session.execute(
        update(Enrolment)
        .where(Enrolment.person_id == person_id, Enrolment.left_at.is_(None))
        .values(left_at=now)
    )
    about = select(Assessment.id).where(Assessment.attempt_id.in_(_attempts(person_id, iri_base)))
    ids = list(session.scalars(about))
    session.execute(update(Assessment).where(Assessment.id.in_(ids)).values(comment=""))
    session.execute(
        update(CriterionRating).where(CriterionRating.assessment_id.in_(ids)).values(comment="")
    )


def _attempts(person_id: UUID, iri_base: str) -> Select[UUID]:
    """The person's own attempts, and those of groups with nobody else left in them."""
    mine, other, somebody = aliased(GroupMember), aliased(GroupMember), aliased(Person)
    with_others = (
        select(other.group_id)
        .join(somebody, somebody.id == other.person_id)
        .where(other.person_id != person_id, somebody.issuer != home_page(iri_base))
    )
    alone = select(mine.group_id).where(
        mine.person_id == person_id, mine.group_id.not_in(with_others)
    )
    return select(Attempt.id).where((Attempt.person_id == person_id) | Attempt.group_id.in_(alone))


def _remove_evidence(place: Place, person_id: UUID) -> None:
    """Files first: a row without its file is found again, a file without its row is not."""
    own = _attempts(person_id, place.iri_base)
    submitted = select(Submission.id).where(Submission.attempt_id.in_(own))
    query = select(EvidenceItem.id, EvidenceItem.storage_key).where(
        EvidenceItem.submission_id.in_(submitted)
    )
    while True:
        with place.database.reading(place.tenant) as session:
            items = session.execute(query).all()
        for item in items:
            if item.storage_key is not None:
                _remove_file(place, item.storage_key)
        with place.database.writing(place.tenant) as session:
            wiping.overwriting(session)
            ids = [item.id for item in items]
            session.execute(delete(EvidenceItem).where(EvidenceItem.id.in_(ids)))
            session.execute(
                delete(Submission).where(
                    Submission.attempt_id.in_(own), Submission.submitted_at.is_(None)
                )
            )
        if not items:
            return


def _remove_orphans(place: Place) -> None:
    """Files that were taken out of a draft, or of an upload that was refused: nobody has them."""
    named = [table.c.storage_key for table in Base.metadata.sorted_tables if _has_files(table)]
    with place.database.reading(place.tenant) as session:
        known = {key for column in named for key in session.scalars(select(column))}
    for key in _orphans(place, known):
        _remove_file(place, key)


def _has_files(table: Table) -> bool:
    return "storage_key" in table.c


def _orphans(place: Place, known: set[str | None]) -> Iterator[str]:
    return (key for key in place.files.keys(place.tenant, _RECENT) if key not in known)


def _remove_file(place: Place, key: str) -> None:
    with suppress(FileMissing):
        place.files.remove(place.tenant, key)
