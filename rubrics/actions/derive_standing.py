"""From a release to where a person stands: evidence values and competency assertions.

Touches both; rows are only added, and an older evidence value stops standing. Call it with the
person's row held: the estimate runs over everything that stands at that moment.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rubrics.actions.derive_score import Case, Judged, assessor_weights
from rubrics.events import CompetencyAchieved, CompetencyAsserted
from rubrics.scoring.config import MasteryConfig
from rubrics.scoring.estimate import Evidence, MasteryEstimate, estimate
from rubrics.scoring.evidence import (
    Aligned,
    AssessorFigure,
    CompetencyValue,
    combine,
    competency_value,
)
from rubrics.scoring.figures import plain
from rubrics.scoring.levels import scale
from rubrics.tables.activities import Activity, Attempt, Placement, Submission
from rubrics.tables.assessments import Assessment, CompetencyAssertion, EvidenceValue
from rubrics.tables.frameworks import Competency, ProficiencyScale

StandingEvent = CompetencyAsserted | CompetencyAchieved


def derive_standing(session: Session, case: Case) -> tuple[StandingEvent, ...]:
    """Write evidence values and assertions for every competency that the rubric is evidence of."""
    competencies = {
        alignment.competency_id: alignment.competency
        for criterion in case.cause.rubric_version.criteria
        for alignment in criterion.alignments
    }
    dated_at = _dated_at(session, case)
    revisions = _retire(session, case, competencies)
    for competency in competencies.values():
        made = _evidence_value(case, competency)
        made.attempt_id, made.person_id = case.attempt.id, case.person_id
        made.assessment_id = case.cause.id
        made.revision = revisions.get(competency.id, 0) + 1
        made.dated_at, made.released_at = dated_at, case.at
        session.add(made)
    session.flush()
    return _assert(session, case, competencies)


def _dated_at(session: Session, case: Case) -> datetime:
    """When the evidence was submitted, else when the attempt was first released."""
    submitted = session.scalar(
        select(func.max(Submission.submitted_at)).where(Submission.attempt_id == case.attempt.id)
    )
    released = session.scalar(
        select(func.min(Assessment.released_at)).where(Assessment.attempt_id == case.attempt.id)
    )
    return submitted or released or case.at


def _retire(session: Session, case: Case, competencies: dict[UUID, Competency]) -> dict[UUID, int]:
    """End what this release replaces; gives the last revision of the attempt by competency.

    An own attempt also replaces what its group's attempt of the same number said of the person.
    """
    replaced = {case.attempt.id}
    if case.attempt.person_id is not None and any(j.score.exact is not None for j in case.of):
        replaced |= set(
            session.scalars(
                select(Attempt.id).where(
                    Attempt.placement_id == case.attempt.placement_id,
                    Attempt.number == case.attempt.number,
                    Attempt.group_id.is_not(None),
                )
            )
        )
    session.execute(
        update(EvidenceValue)
        .where(EvidenceValue.person_id == case.person_id, EvidenceValue.attempt_id.in_(replaced))
        .values(standing=False)
    )
    rows = session.execute(
        select(EvidenceValue.competency_id, func.max(EvidenceValue.revision))
        .where(
            EvidenceValue.attempt_id == case.attempt.id,
            EvidenceValue.person_id == case.person_id,
            EvidenceValue.competency_id.in_(competencies),
        )
        .group_by(EvidenceValue.competency_id)
    )
    return {row.competency_id: row[1] for row in rows}


def _evidence_value(case: Case, competency: Competency) -> EvidenceValue:
    top = competency.framework.scale.top
    values = {j.key: _of_one(j, competency.id, top) for j in case.of}
    figures = [AssessorFigure(j.key, j.assessment.role, values[j.key].exact) for j in case.of]
    combined = combine(figures, assessor_weights(case.activity))
    roles = {j.key: j.assessment.role.value for j in case.of}
    return EvidenceValue(
        competency_id=competency.id,
        value=combined.value,
        top=top,
        terms={
            "assessments": [
                {
                    "assessment_id": term.assessor,
                    "role": roles[term.assessor],
                    "weight": plain(term.weight),
                    "value": str(values[term.assessor].value),
                    "criteria": [
                        {
                            "criterion_id": each.key,
                            "weight": plain(each.weight),
                            "share": plain(each.share, 8),
                        }
                        for each in values[term.assessor].terms
                        if each.share is not None
                    ],
                }
                for term in combined.counted
            ]
        },
    )


def _of_one(j: Judged, competency_id: UUID, top: Decimal) -> CompetencyValue:
    """What one assessment says about the competency."""
    weights = {
        str(criterion.id): alignment.weight
        for criterion in j.assessment.rubric_version.criteria
        for alignment in criterion.alignments
        if alignment.competency_id == competency_id
    }
    aligned = [Aligned(each, weights[each.key]) for each in j.criteria if each.key in weights]
    return competency_value(aligned, top)


def _assert(
    session: Session, case: Case, competencies: dict[UUID, Competency]
) -> tuple[StandingEvent, ...]:
    """The next assertion of each competency that has evidence, or had an assertion before."""
    evidence = _standing_evidence(session, case.person_id, competencies)
    before = {
        row.competency_id: row
        for row in session.scalars(
            select(CompetencyAssertion)
            .where(
                CompetencyAssertion.person_id == case.person_id,
                CompetencyAssertion.competency_id.in_(competencies),
            )
            .order_by(CompetencyAssertion.revision)
        )
    }
    events: list[StandingEvent] = []
    for competency in sorted(competencies.values(), key=lambda each: each.id):
        last = before.get(competency.id)
        terms = evidence.get(competency.id, {})
        if not terms and last is None:
            continue
        result = estimate(list(terms), _config(competency))
        row = _assertion(result, terms)
        row.person_id, row.competency_id = case.person_id, competency.id
        row.assessment_id = case.cause.id
        row.revision = last.revision + 1 if last else 1
        row.asserted_at = case.at
        session.add(row)
        session.flush()
        events.append(CompetencyAsserted(case.at, row.id))
        if row.at_mastery and not (last and last.at_mastery):
            events.append(CompetencyAchieved(case.at, row.id))
    return tuple(events)


def _standing_evidence(
    session: Session, person_id: UUID, competencies: dict[UUID, Competency]
) -> dict[UUID, dict[Evidence, EvidenceValue]]:
    """By competency: all that stands of the person, from every course."""
    rows = session.execute(
        select(EvidenceValue, Activity.id, Activity.title)
        .join(Attempt, Attempt.id == EvidenceValue.attempt_id)
        .join(Placement, Placement.id == Attempt.placement_id)
        .outerjoin(Activity, Activity.id == Placement.activity_id)
        .where(
            EvidenceValue.person_id == person_id,
            EvidenceValue.competency_id.in_(competencies),
            EvidenceValue.standing,
            EvidenceValue.value.is_not(None),
        )
    ).all()
    behind = {UUID(a["assessment_id"]) for row, _, _ in rows for a in row.terms["assessments"]}
    assessors = dict(
        session.execute(
            select(Assessment.id, Assessment.assessor_id).where(Assessment.id.in_(behind))
        ).all()
    )
    found: dict[UUID, dict[Evidence, EvidenceValue]] = {}
    for row, activity_id, title in rows:
        ids = [UUID(each["assessment_id"]) for each in row.terms["assessments"]]
        value = Evidence(
            source=str(row.id),
            value=row.value or Decimal(0),
            at=row.dated_at,
            activity=str(activity_id or row.attempt_id),
            assessors=tuple(sorted({str(assessors.get(each) or each) for each in ids})),
            label=title or "",
        )
        found.setdefault(row.competency_id, {})[value] = row
    return found


def _config(competency: Competency) -> MasteryConfig:
    """How this competency's evidence becomes an estimate: a decaying average on its scale."""
    own: ProficiencyScale = competency.framework.scale
    levels = [(level.label, level.threshold) for level in own.levels]
    return MasteryConfig(scale(own.top, own.mastery, levels), kind=competency.kind)


def _assertion(
    result: MasteryEstimate, terms: dict[Evidence, EvidenceValue]
) -> CompetencyAssertion:
    record = result.record()
    ratings = {item.source: _ratings(row) for item, row in terms.items()}
    for entry in record["evidence"]:
        entry["ratings"] = ratings[entry["source"]]
    parameter = result.config.applied_parameter
    low, high = result.interval or (None, None)
    return CompetencyAssertion(
        estimate=result.estimate,
        level=result.level,
        at_mastery=result.at_mastery,
        probability=result.probability,
        interval_low=low,
        interval_high=high,
        certainty=result.certainty.value,
        method=result.config.method.value,
        parameter=None if parameter is None else str(parameter),
        config_hash=result.config.sha256(),
        inputs={**record, "sentence": result.sentence},
    )


def _ratings(row: EvidenceValue) -> list[dict[str, str]]:
    """The observed criteria behind an evidence value: from these come the statements' ids."""
    return [
        {"assessment_id": each["assessment_id"], "criterion_id": criterion["criterion_id"]}
        for each in row.terms["assessments"]
        for criterion in each["criteria"]
    ]
