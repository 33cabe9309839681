"""What pages read beside a release: choices, class order, neighbours, what waits."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from foundation.db import Database
from rubrics.actions import assessments, courses, people, submissions
from rubrics.actions.packs import install_packs
from rubrics.errors import Refused
from rubrics.queries.activities import (
    activity_choices,
    activity_page,
    competency_choices,
    course_activities,
    rubric_choices,
)
from rubrics.queries.classes import assessment_page, class_list
from rubrics.queries.learning import learner_page
from rubrics.queries.shapes import Progress
from rubrics.queries.standings import my_skills
from rubrics.words import CourseRole, Kind, RubricState
from tests.rubrics.make import START, School, at, rubric, school


def _hand_in(made: School, learner_id: UUID) -> None:
    who: dict[str, Any] = {"attempt_id": made.attempt(learner_id), "person_id": learner_id}
    made.do(lambda s: submissions.save_draft(s, text="x", at=at(1), **who))
    made.do(lambda s: submissions.submit(s, at=at(1), **who))


def test_a_class_is_in_order_of_family_names(db: Database) -> None:
    made = school(db, learners=0)
    for name in ("Zoe adams", "Ann Brown", "Al Brown", "Mona Clark"):
        made.person(name, CourseRole.LEARNER)
    gone = made.person("Gone Away", CourseRole.LEARNER)
    with db.writing(made.tenant_id) as session:
        people.enrol(session, made.course_id, gone, CourseRole.NONE, START + timedelta(days=1))
        people.enrol(
            session,
            made.course_id,
            people.meet_person(session, issuer="https://lms.example", subject="7", at=START).id,
            CourseRole.LEARNER,
            START,
        )
    rows = made.read(lambda s: class_list(s, made.placement_id)).rows
    assert [row.name for row in rows] == ["7", "Zoe adams", "Al Brown", "Ann Brown", "Mona Clark"]
    assert [row.position for row in rows] == [1, 2, 3, 4, 5]


def test_neighbours_and_who_waits(db: Database) -> None:
    made = school(db, learners=4)
    first, second, third, fourth = made.learner_ids
    for learner in (first, third):
        _hand_in(made, learner)

    def around(person_id: UUID) -> tuple[str | None, str | None, str | None]:
        page = made.read(
            lambda s: assessment_page(s, made.placement_id, person_id, made.instructor_id)
        )
        links = (page.previous, page.next, page.next_waiting)
        a, b, c = (link.name[-1] if link else None for link in links)
        return a, b, c

    assert around(first) == (None, "1", "2")
    assert around(third) == ("1", "3", "0")
    assert around(fourth) == ("2", None, "0")
    made.assess(made.attempt(first), 2, 2)
    assert around(third) == ("1", "3", None)
    assert around(second) == ("0", "2", "2")


def test_drafts_are_the_assessors_own(db: Database) -> None:
    made = school(db)
    other = made.person("Ines Teacher", CourseRole.INSTRUCTOR)
    attempt_id = made.attempt()
    made.assess(attempt_id, 2, None)
    draft = made.do(
        lambda s: assessments.open_draft(s, attempt_id=attempt_id, assessor_id=made.instructor_id)
    )
    learner = made.learner_ids[0]
    mine, others = (
        made.read(
            partial(
                assessment_page,
                placement_id=made.placement_id,
                person_id=learner,
                assessor_id=who,
            )
        )
        for who in (made.instructor_id, other)
    )
    assert mine.draft is not None
    assert mine.released is not None
    assert (mine.draft.id, mine.draft.revision, mine.draft.rated) == (draft, 2, 2)
    assert mine.draft.criteria[1].not_observed
    assert mine.released.revision == 1
    assert (others.draft, others.released) == (None, None)
    assert others.score == mine.score
    states = [
        made.read(partial(class_list, placement_id=made.placement_id, assessor_id=who))
        .rows[0]
        .progress
        for who in (made.instructor_id, other, None)
    ]
    assert states == [Progress.REGRADING, Progress.RELEASED, Progress.RELEASED]


def test_pages_without_an_activity(db: Database) -> None:
    made = school(db)
    with db.writing(made.tenant_id) as session:
        bare = courses.new_placement(session, made.course_id, "New link").id
    learner = made.learner_ids[0]
    assert made.read(lambda s: activity_page(s, bare)).activity is None
    page = made.read(lambda s: learner_page(s, bare, learner))
    assert (page.can_submit, page.competencies, page.result) == (False, (), None)
    assert len(made.read(lambda s: class_list(s, bare)).rows) == 1
    with pytest.raises(Refused, match="no activity"):
        made.read(lambda s: assessment_page(s, bare, learner, made.instructor_id))
    with pytest.raises(Refused, match="not in the class"):
        made.read(
            lambda s: assessment_page(s, made.placement_id, made.instructor_id, made.instructor_id)
        )
    rows = made.read(lambda s: course_activities(s, made.course_id)).rows
    assert [(row.title, row.method is None) for row in rows] == [
        ("Handle an upset client", False),
        ("New link", True),
    ]


def test_choices_for_a_new_activity(db: Database) -> None:
    made = school(db)
    with db.writing(made.tenant_id) as session:
        rubric(session, made, title="Mine", course_id=made.course_id)
        rubric(session, made, title="Old", state=RubricState.ARCHIVED)
        other = courses.new_course(session, "Other").id
        rubric(session, made, title="Theirs", course_id=other)
    choices = made.read(lambda s: rubric_choices(s, made.course_id))
    assert [view.title for view in choices] == ["Mine", "Client role-play"]
    weights = [criterion.weight for criterion in choices[1].criteria]
    assert weights == [Decimal(2), Decimal(1)]
    (activity,) = made.read(lambda s: activity_choices(s, made.course_id))
    assert (activity.title, activity.placements) == ("Handle an upset client", 1)
    assert [each.kind for each in activity.competencies] == [Kind.HARD, Kind.SOFT]
    assert made.read(lambda s: activity_choices(s, other)) == ()


def test_competencies_are_found_by_words(db: Database) -> None:
    made = school(db)
    made.do(install_packs)

    def labels(search: str) -> list[str]:
        return [view.label for view in made.read(lambda s: competency_choices(s, search))]

    assert labels("LISTEN active seen work") == ["Active listening"]
    assert labels("100% _") == []
    assert labels("nothing\0like this") == []
    assert 2 < len(labels("")) <= 50


def test_my_skills_show_what_waits(db: Database) -> None:
    made = school(db)
    skills = made.read(lambda s: my_skills(s, made.learner_ids[0]))
    assert [row.competency.label for row in (*skills.hard, *skills.soft)] == [
        "Product",
        "Active listening",
    ]
    (soft,) = skills.soft
    assert (soft.estimate, soft.level, soft.evidence, soft.path) == (None, None, (), ())
    assert soft.next_level is not None
    assert soft.next_level.label == "Beginning"
    (place,) = soft.shown_by
    assert (place.placement_id, place.title) == (made.placement_id, "Handle an upset client")
    assert made.read(lambda s: my_skills(s, made.instructor_id)).standings == ()
