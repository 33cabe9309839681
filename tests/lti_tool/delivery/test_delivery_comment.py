"""The gradebook's comment: plain, bounded, and without the names of assessors."""

from uuid import UUID

from sqlalchemy import select, update

from foundation.db import Database
from lti_tool.delivery.comment import LONGEST, comment_of, within
from rubrics.tables.activities import Activity
from rubrics.tables.assessments import ActivityScore
from rubrics.tables.rubrics import Criterion
from rubrics.words import AssessorRole, CourseRole
from tests.rubrics.make import School, school


def comment(made: School) -> str:
    """The comment of the newest score."""
    with made.db.reading(made.tenant_id) as session:
        score = session.scalars(
            select(ActivityScore).order_by(ActivityScore.revision.desc()).limit(1)
        ).one()
        return comment_of(session, score, session.get_one(Activity, made.activity_id))


def test_what_was_not_observed_is_said(db: Database) -> None:
    made = school(db)
    made.assess(made.attempt(), 4, None)
    assert "\nListening: Great.\nProduct: not observed.\n" in comment(made)


def test_several_assessors_appear_by_their_roles_alone(db: Database) -> None:
    made = school(db)
    mentor = made.person("Mona Mentor", CourseRole.MENTOR)
    with db.writing(made.tenant_id) as session:
        session.get_one(Activity, made.activity_id).settings = {"assessor_weights": {"mentor": "1"}}
    attempt = made.attempt()
    made.assess(attempt, 4, 2)
    made.assess(attempt, 2, 2, assessor_id=mentor, role=AssessorRole.MENTOR, minute=61)
    said = comment(made)
    assert "Listening: Great (instructor), Fair (mentor)." in said
    assert "Mona" not in said
    assert "Iris" not in said


def test_an_assessor_who_does_not_count_is_not_in_it(db: Database) -> None:
    made = school(db)
    attempt = made.attempt()
    made.assess(attempt, 4, 2)
    made.assess(attempt, 1, 1, assessor_id=made.learner_ids[0], role=AssessorRole.SELF, minute=61)
    assert "Poor" not in comment(made)


def test_nothing_in_it_can_pass_for_markup(db: Database) -> None:
    made = school(db)
    criterion_id: UUID = made.criteria[0][0]
    with db.writing(made.tenant_id) as session:
        hostile = "Uses <script>alert(1)</script>\n\ntags"
        session.execute(update(Criterion).where(Criterion.id == criterion_id).values(title=hostile))
    made.assess(made.attempt(), 4, 2)
    said = comment(made)
    assert "<" not in said
    assert "Uses ‹script›alert(1)‹/script› tags: Great." in said


def test_it_is_never_longer_than_a_gradebook_bears() -> None:
    lines = [f"Criterion {number}: Level." for number in range(500)]
    said = within(lines, "Read more.")
    assert len(said) <= LONGEST
    assert said.startswith("Criterion 0: Level.\nCriterion 1: Level.\n")
    assert said.endswith("\n…\nRead more.")
    assert within(["x" * 5000], "Read more.") == "…\nRead more."
    assert within(["", "One."], "Read more.") == "One.\nRead more."
