"""Statements about where a learner stands: a competency asserted, and achieved.

An assertion carries its inputs (evidence, weights, method, scale, hash of the configuration), so
that rubrics.scoring.replay recomputes it from the record store alone. Achieved follows ADL's
Learner Competency Management profile.
"""

from typing import Any
from uuid import UUID

import tincan
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.records import building, vocabulary
from lti_tool.records.building import Builder
from lti_tool.records.rows import row
from rubrics.events import CompetencyAchieved, CompetencyAsserted
from rubrics.tables.assessments import Assessment, CompetencyAssertion
from rubrics.tables.people import Course, Person

Statement = dict[str, Any]


def asserted(session: Session, build: Builder, event: CompetencyAsserted) -> list[Statement]:
    """Where the learner stands after a release, with everything it rests on."""
    assertion = row(session, CompetencyAssertion, event.assertion_id)
    person = row(session, Person, assertion.person_id)
    if person.is_test:
        return []
    before = session.scalar(
        select(CompetencyAssertion.id).where(
            CompetencyAssertion.person_id == assertion.person_id,
            CompetencyAssertion.competency_id == assertion.competency_id,
            CompetencyAssertion.revision == assertion.revision - 1,
        )
    )
    names = build.names
    return [
        build.statement(
            identifier=names.statement("asserted", assertion.id),
            actor=person,
            verb=vocabulary.ASSERTED,
            target=build.competency(assertion.competency),
            at=event.at,
            result=_estimate(build, assertion),
            context=_context(
                session,
                build,
                assertion,
                refers_to=names.statement("asserted", before) if before else None,
            ),
        )
    ]


def achieved(session: Session, build: Builder, event: CompetencyAchieved) -> list[Statement]:
    """The learner came to mastery; refers to the newest evidence."""
    assertion = row(session, CompetencyAssertion, event.assertion_id)
    person = row(session, Person, assertion.person_id)
    if person.is_test:
        return []
    statements = [each for entry in _evidence(build, assertion) for each in entry["statements"]]
    return [
        build.statement(
            identifier=build.names.statement("achieved", assertion.id),
            actor=person,
            verb=vocabulary.ACHIEVED,
            target=build.competency(assertion.competency),
            at=event.at,
            result=tincan.Result(
                success=True, extensions=building.extensions({vocabulary.EVIDENCE: statements})
            ),
            context=_context(session, build, assertion, refers_to=UUID(statements[-1])),
        )
    ]


def _context(
    session: Session, build: Builder, assertion: CompetencyAssertion, *, refers_to: UUID | None
) -> tincan.Context:
    if assertion.assessment_id is None:
        raise LookupError("an event names an assertion that no assessment caused")
    cause = row(session, Assessment, assertion.assessment_id)
    placement = cause.attempt.placement
    return build.context(
        registration=build.names.registration(assertion.person_id, placement.id, cause.attempt_id),
        parent=[build.activity(building.placed(placement))],
        grouping=[build.course(row(session, Course, placement.course_id))],
        category=[building.learner_competency()],
        refers_to=refers_to,
    )


def _estimate(build: Builder, assertion: CompetencyAssertion) -> tincan.Result:
    evidence = _evidence(build, assertion)
    parts: dict[str, Any] = {"success": assertion.at_mastery}
    if assertion.estimate is not None:
        top = assertion.competency.framework.scale.top
        parts["score"] = tincan.Score(
            raw=float(assertion.estimate),
            min=0,
            max=float(top),
            scaled=round(float(assertion.estimate / top), 6),
        )
    return tincan.Result(
        extensions=building.extensions(
            {
                vocabulary.ESTIMATE: {**assertion.inputs, "evidence": evidence},
                vocabulary.EVIDENCE: [each for entry in evidence for each in entry["statements"]],
            }
        ),
        **parts,
    )


def _evidence(build: Builder, assertion: CompetencyAssertion) -> list[dict[str, Any]]:
    """The evidence on record, each with the statements of its criteria."""
    return [
        {
            **{name: value for name, value in entry.items() if name != "ratings"},
            "statements": [
                str(
                    build.names.criterion_scored(
                        rating["assessment_id"], rating["criterion_id"], assertion.person_id
                    )
                )
                for rating in entry["ratings"]
            ],
        }
        for entry in assertion.inputs["evidence"]
    ]
