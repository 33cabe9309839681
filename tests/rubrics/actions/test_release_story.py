"""One learner's story from first draft to re-grade, with every figure worked out by hand."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.db import Database
from rubrics.actions import assessments, submissions
from rubrics.actions.done import Done
from rubrics.events import (
    ActivityScored,
    CompetencyAchieved,
    CompetencyAsserted,
    CriterionScored,
    EvidenceSubmitted,
)
from rubrics.queries.classes import assessment_page, class_list
from rubrics.queries.learning import learner_page
from rubrics.queries.shapes import Evidence, Progress
from rubrics.queries.standings import my_skills
from rubrics.scoring.replay import replay
from rubrics.tables.assessments import (
    ActivityScore,
    Assessment,
    CompetencyAssertion,
    EvidenceValue,
)
from rubrics.words import AssessmentState
from tests.rubrics.make import School, at, school


def _submit(made: School, attempt_id: UUID, minute: int) -> None:
    def action(session: Session) -> Done[UUID]:
        person_id = made.learner_ids[0]
        submissions.save_draft(
            session, attempt_id=attempt_id, person_id=person_id, text="I listened.", at=at(minute)
        )
        return submissions.submit(
            session, attempt_id=attempt_id, person_id=person_id, at=at(minute)
        )

    submission_id, events = made.happen(action)
    assert events == (EvidenceSubmitted(at(minute), submission_id, made.learner_ids[0]),)


def _rows(made: School, table: type) -> list:  # type: ignore[type-arg]
    with made.db.reading(made.tenant_id) as session:
        return list(session.scalars(select(table)).unique())


def test_release_derives_every_figure(db: Database) -> None:
    made = school(db)
    learner = made.learner_ids[0]
    attempt_id = made.attempt()
    _submit(made, attempt_id, 10)
    assessment_id, events = made.assess(attempt_id, 4, 3, minute=60)

    (score,) = _rows(made, ActivityScore)
    # (2 · 1 + 1 · 2/3) / 3
    assert score.share == Decimal("0.88888889")
    assert score.points == Decimal("88.89")
    assert score.terms["line"].startswith("Score 88.89 of 100 = (2 × ")
    assert score.terms["assessments"][0]["share"] == "0.88888889"

    values = {row.competency_id: row for row in _rows(made, EvidenceValue)}
    assert values[made.soft_id].value == Decimal("3.333333")  # 4 · (1 + 2/3) / 2
    assert values[made.hard_id].value == Decimal("2.666667")  # 4 · 2/3
    assert {row.dated_at for row in values.values()} == {at(10)}

    standing = {row.competency_id: row for row in _rows(made, CompetencyAssertion)}
    soft, hard = standing[made.soft_id], standing[made.hard_id]
    assert (soft.estimate, soft.level, soft.at_mastery) == (Decimal("3.33"), "Proficient", True)
    assert (hard.estimate, hard.level, hard.at_mastery) == (Decimal("2.67"), "Developing", False)
    assert (soft.probability, soft.interval_low, soft.interval_high) == (
        Decimal("0.6667"),
        Decimal("0.3162"),
        Decimal("0.9487"),
    )
    assert soft.certainty == "too_early"
    assert (soft.method, soft.parameter) == ("decaying_average", "65")

    criteria = [criterion_id for criterion_id, _ in made.criteria]
    assert events[:3] == (
        CriterionScored(at(60), assessment_id, criteria[0], learner),
        CriterionScored(at(60), assessment_id, criteria[1], learner),
        ActivityScored(at(60), score.id),
    )
    assert set(events[3:]) == {
        CompetencyAsserted(at(60), soft.id),
        CompetencyAchieved(at(60), soft.id),
        CompetencyAsserted(at(60), hard.id),
    }


def test_assertion_replays_from_its_own_inputs(db: Database) -> None:
    made = school(db)
    assessment_id, _ = made.assess(made.attempt(), 4, 3)
    values = {row.competency_id: row for row in _rows(made, EvidenceValue)}
    for row in _rows(made, CompetencyAssertion):
        value = values[row.competency_id]
        replayed = replay(row.inputs, {str(value.id): value.value})
        assert replayed.agrees
        assert replayed.retired == ()
        assert row.config_hash == row.inputs["config_sha256"]
        (entry,) = row.inputs["evidence"]
        observed = 2 if row.competency_id == made.soft_id else 1
        assert entry["source"] == str(value.id)
        assert entry["ratings"] == [
            {"assessment_id": str(assessment_id), "criterion_id": str(criterion_id)}
            for criterion_id, _ in made.criteria[-observed:]
        ]
        assert str(made.instructor_id) not in str(row.inputs)


def test_regrade_supersedes_and_replaces_what_stood(db: Database) -> None:
    made = school(db)
    attempt_id = made.attempt()
    first, _ = made.assess(attempt_id, 4, 3, minute=60)
    second, events = made.assess(attempt_id, 4, 4, minute=90)

    states = {row.id: row for row in _rows(made, Assessment)}
    assert states[first].state is AssessmentState.SUPERSEDED
    assert states[second].state is AssessmentState.RELEASED
    assert states[second].revision == 2
    assert states[second].supersedes_id == first
    assert len(states[first].ratings) == 2

    scores = sorted(_rows(made, ActivityScore), key=lambda row: row.revision)
    assert [row.points for row in scores] == [Decimal("88.89"), Decimal("100.00")]
    hard = [row for row in _rows(made, EvidenceValue) if row.competency_id == made.hard_id]
    assert {(row.revision, row.value, row.standing) for row in hard} == {
        (1, Decimal("2.666667"), False),
        (2, Decimal("4.000000"), True),
    }
    assert {row.dated_at for row in hard} == {at(60)}  # no submission: the first release dates it

    newest = {
        row.competency_id: row for row in _rows(made, CompetencyAssertion) if row.revision == 2
    }
    assert newest[made.hard_id].estimate == Decimal("4.00")
    assert ActivityScored(at(90), scores[1].id) in events
    achieved = [event for event in events if isinstance(event, CompetencyAchieved)]
    assert achieved == [CompetencyAchieved(at(90), newest[made.hard_id].id)]


def test_second_activity_moves_the_decaying_average(db: Database) -> None:
    made = school(db)
    made.assess(made.attempt(), 4, 3, minute=60)
    other = made.place()
    made.assess(made.attempt(placement_id=other), 1, 1, minute=120)
    skills = made.read(lambda session: my_skills(session, made.learner_ids[0]))
    (soft,) = skills.soft
    assert soft.estimate == Decimal("1.17")  # 0.35 · 3.333333 + 0.65 · 0
    assert soft.level == "Beginning"
    assert not soft.at_mastery
    assert [point.value for point in soft.evidence] == [Decimal("3.333333"), Decimal(0)]
    assert (soft.met, soft.assessors) == (1, 1)
    assert [point.estimate for point in soft.path] == [Decimal("3.33"), Decimal("1.17")]
    assert soft.sentence.startswith("1.17 = 0.65 × 0.00")
    assert soft.next_level is not None
    assert soft.next_level.label == "Developing"


def test_not_observed_is_left_out_and_never_erases(db: Database) -> None:
    made = school(db)
    attempt_id = made.attempt()
    _, events = made.assess(attempt_id, 3, None, minute=60)
    (score,) = _rows(made, ActivityScore)
    assert score.points == Decimal("66.67")
    assert "Not observed, left out: Product" in score.terms["line"]
    assert sum(isinstance(event, CriterionScored) for event in events) == 1
    assert [row.competency_id for row in _rows(made, CompetencyAssertion)] == [made.soft_id]

    _, events = made.assess(attempt_id, None, None, minute=90)
    assert not [e for e in events if isinstance(e, ActivityScored | CriterionScored)]
    newest = max(_rows(made, ActivityScore), key=lambda row: row.revision)
    assert (newest.share, newest.points) == (None, None)
    last = max(_rows(made, CompetencyAssertion), key=lambda row: row.revision)
    assert (last.estimate, last.level, last.at_mastery) == (None, None, False)
    page = made.read(lambda s: learner_page(s, made.placement_id, made.learner_ids[0]))
    assert page.result is not None
    assert page.result.score is not None
    assert page.result.score.points is None
    assert not page.result.counts


def test_pages_follow_the_story(db: Database) -> None:
    made = school(db, learners=3)
    learner = made.learner_ids[0]
    attempt_id = made.attempt()
    before = made.read(lambda s: learner_page(s, made.placement_id, learner))
    assert (before.evidence, before.can_submit, before.result) == (Evidence.NONE, True, None)
    assert before.competencies == ()

    _submit(made, attempt_id, 10)
    listed = made.read(lambda s: class_list(s, made.placement_id, made.instructor_id))
    assert (listed.submitted, listed.waiting, listed.assessed) == (1, 1, 0)
    opened = made.do(
        lambda s: assessments.open_draft(s, attempt_id=attempt_id, assessor_id=made.instructor_id)
    )
    criterion_id, level_ids = made.criteria[0]
    made.do(
        lambda s: assessments.rate(
            s,
            assessment_id=opened,
            assessor_id=made.instructor_id,
            criterion_id=criterion_id,
            level_id=level_ids[1],
        )
    )
    page = made.read(lambda s: assessment_page(s, made.placement_id, learner, made.instructor_id))
    assert page.draft is not None
    assert (page.draft.rated, page.draft.version, len(page.draft.criteria)) == (1, 2, 2)
    assert (page.position, page.total, page.previous) == (1, 3, None)
    assert page.next is not None
    assert page.next.name == "Learner 001"
    assert page.submission is not None
    assert page.submission.text == "I listened."
    hidden = made.read(lambda s: learner_page(s, made.placement_id, learner))
    assert hidden.result is None
    assert hidden.can_submit

    made.assess(attempt_id, 2, 3)
    listed = made.read(lambda s: class_list(s, made.placement_id, made.instructor_id))
    assert (listed.waiting, listed.assessed) == (0, 1)
    assert listed.rows[0].progress is Progress.RELEASED
    assert listed.rows[0].score is not None
    assert listed.rows[0].score.points == Decimal("44.44")
    after = made.read(lambda s: learner_page(s, made.placement_id, learner))
    assert after.result is not None
    assert after.result.counts
    assert not after.can_submit
    assert after.result.main.comment == "Well done."
    listening = after.result.main.criteria[0]
    assert listening.level is not None
    assert (listening.level.quality, listening.comment) == ("Fair", "Seen.")
    assert listening.next_step == "Go for level 3."
    assert after.competencies[1].certainty == "too early to say"
