"""Statements about what people do themselves: launched, tagged, submitted."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lti_tool.records import building, vocabulary
from lti_tool.records.building import Builder
from lti_tool.records.rows import row
from rubrics.events import ActivityLaunched, ActivityTagged, EvidenceSubmitted
from rubrics.tables.activities import Activity, Attempt, Placement, Submission
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import Course, Person

Statement = dict[str, Any]

# Built once and without rows: every launch asks it.
_LAUNCHED = (
    select(
        Person.issuer,
        Person.subject,
        Person.name,
        Person.is_test,
        Activity.id,
        Activity.method,
        Activity.title,
        Course.id,
        Course.title,
    )
    .select_from(Placement)
    .join(Activity, Activity.id == Placement.activity_id)
    .join(Course, Course.id == Placement.course_id)
    .join(Person, Person.id == bindparam("person"))
    .where(Placement.id == bindparam("placement"))
)


def launched(session: Session, build: Builder, event: ActivityLaunched) -> list[Statement]:
    """Somebody launched an activity from the LMS."""
    asked = {"person": event.person_id, "placement": event.placement_id}
    found: Any = session.execute(_LAUNCHED, asked).one_or_none()
    if found is None:
        raise LookupError("a launch names a person or an activity that is not there")
    issuer, subject, name, is_test, *placed = found
    if is_test:
        return []
    activity, course = building.Content(*placed[:3]), building.Titled(*placed[3:])
    return [
        build.statement(
            identifier=build.names.statement("launched", event.launch_id),
            actor=building.Named(issuer, subject, name),
            verb=vocabulary.LAUNCHED,
            target=build.activity(activity),
            at=event.at,
            context=build.context(
                registration=build.names.registration(
                    event.person_id, event.placement_id, event.attempt_id
                ),
                grouping=[build.course(course)],
            ),
        )
    ]


def tagged(session: Session, build: Builder, event: ActivityTagged) -> list[Statement]:
    """An instructor associated a competency with an activity."""
    person = row(session, Person, event.person_id)
    activity = row(session, Activity, event.activity_id)
    return [
        build.statement(
            identifier=build.names.statement(
                "tagged", event.activity_id, event.competency_id, event.at.isoformat()
            ),
            actor=person,
            verb=vocabulary.TAGGED,
            target=build.competency(row(session, Competency, event.competency_id)),
            at=event.at,
            context=build.context(
                parent=[build.activity(activity)],
                grouping=[build.course(row(session, Course, activity.course_id))],
            ),
        )
    ]


def changed(*_: object) -> list[Statement]:
    """Nothing that anybody learned: the gradebook's column follows, and no statement is made."""
    return []


def submitted(session: Session, build: Builder, event: EvidenceSubmitted) -> list[Statement]:
    """A learner handed in evidence."""
    person = row(session, Person, event.person_id)
    handed_in = row(session, Submission, event.submission_id)
    attempt = row(session, Attempt, handed_in.attempt_id)
    if person.is_test:
        return []
    return [
        build.statement(
            identifier=build.names.statement("submitted", event.submission_id),
            actor=person,
            verb=vocabulary.SUBMITTED,
            target=building.submission(build.names, event.submission_id),
            at=event.at,
            context=build.context(
                registration=build.names.registration(person.id, attempt.placement_id, attempt.id),
                parent=[build.activity(building.placed(attempt.placement))],
                grouping=[build.course(row(session, Course, attempt.placement.course_id))],
            ),
        )
    ]
