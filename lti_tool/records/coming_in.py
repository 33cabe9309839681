"""Statements about what people do themselves: launched, tagged, submitted."""

from typing import Any

from sqlalchemy.orm import Session

from lti_tool.records import building, vocabulary
from lti_tool.records.building import Builder
from lti_tool.records.rows import row
from rubrics.events import ActivityLaunched, ActivityTagged, EvidenceSubmitted
from rubrics.tables.activities import Activity, Attempt, Placement, Submission
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import Course, Person

Statement = dict[str, Any]


def launched(session: Session, build: Builder, event: ActivityLaunched) -> list[Statement]:
    """Somebody launched an activity from the LMS."""
    person = row(session, Person, event.person_id)
    placement = row(session, Placement, event.placement_id)
    if person.is_test:
        return []
    return [
        build.statement(
            identifier=build.names.statement("launched", event.launch_id),
            actor=person,
            verb=vocabulary.LAUNCHED,
            target=build.activity(building.placed(placement)),
            at=event.at,
            context=build.context(
                registration=build.names.registration(person.id, placement.id, event.attempt_id),
                grouping=[build.course(row(session, Course, placement.course_id))],
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
