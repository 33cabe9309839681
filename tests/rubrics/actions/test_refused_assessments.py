"""Every no to assessments and releases; and what becomes of a draft whose rubric changes."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from foundation.db import Database
from rubrics.actions import assessments, attempts, courses, people, releases
from rubrics.actions.assessments import RatingInput
from rubrics.queries.classes import assessment_page
from rubrics.tables.rubrics import Criterion, Level, RubricVersion
from rubrics.words import AssessorRole, CourseRole
from tests.rubrics.actions.refusing import begun_draft, open_draft, refused, write
from tests.rubrics.make import at, rubric, school


def test_who_may_not_assess(db: Database) -> None:
    made = school(db, learners=2)
    attempt_id = made.attempt()
    mentor = made.person("Mona Mentor", CourseRole.MENTOR)
    with db.writing(made.tenant_id) as session:
        other = courses.new_course(session, "Other").id
    stranger = made.person("Otto Other", CourseRole.INSTRUCTOR, other)
    own, peer = made.learner_ids
    for who, role, code in (
        (own, AssessorRole.INSTRUCTOR, "assessment.not_allowed"),
        (stranger, AssessorRole.INSTRUCTOR, "assessment.not_allowed"),
        (mentor, AssessorRole.INSTRUCTOR, "assessment.not_allowed"),
        (made.instructor_id, AssessorRole.MENTOR, "assessment.not_allowed"),
        (made.instructor_id, AssessorRole.GUEST, "assessment.not_allowed"),
        (own, AssessorRole.PEER, "assessment.own_work"),
        (peer, AssessorRole.SELF, "assessment.not_own_work"),
    ):
        refused(
            made,
            code,
            partial(open_draft, made=made, attempt_id=attempt_id, assessor_id=who, role=role),
        )
    refused(made, "attempt.unknown", lambda s: open_draft(s, made, uuid4()))
    refused(
        made,
        "attempt.no_learner",
        lambda s: attempts.current_attempt(s, made.placement_id, made.instructor_id),
    )
    with db.writing(made.tenant_id) as session:
        people.enrol(session, made.course_id, own, CourseRole.INSTRUCTOR, at(1))
    refused(made, "assessment.own_work", lambda s: open_draft(s, made, attempt_id, assessor_id=own))


def test_ratings_that_are_none(db: Database) -> None:
    made = school(db)
    draft = begun_draft(made)
    with db.writing(made.tenant_id) as session:
        other_version = rubric(session, made)
        foreign = session.get_one(RubricVersion, other_version).criteria[0]
        foreign_criterion, foreign_level = foreign.id, foreign.levels[0].id
    (first, first_levels), (_, second_levels) = made.criteria

    def rate(**changes: Any) -> Callable[[Session], object]:
        names = {"assessment_id": draft, "assessor_id": made.instructor_id, "criterion_id": first}
        return lambda s: assessments.rate(s, **{**names, **changes})

    refused(made, "assessment.level", rate(level_id=second_levels[0]))
    refused(made, "assessment.level", rate(level_id=foreign_level))
    refused(made, "assessment.level", rate(level_id=uuid4()))
    refused(made, "assessment.criterion", rate(criterion_id=foreign_criterion))
    refused(
        made, "assessment.criterion", rate(criterion_id=foreign_criterion, level_id=foreign_level)
    )
    refused(made, "assessment.two_answers", rate(level_id=first_levels[0], not_observed=True))
    refused(made, "assessment.unknown", rate(assessment_id=uuid4()))
    refused(made, "assessment.unknown", rate(assessor_id=made.learner_ids[0]))
    refused(made, "assessment.stale", rate(level_id=first_levels[0], expected_version=7))
    refused(
        made,
        "assessment.comment",
        lambda s: assessments.comment_overall(
            s, assessment_id=draft, assessor_id=made.instructor_id, comment="x" * 10_001
        ),
    )
    refused(
        made,
        "assessment.comment",
        lambda s: assessments.comment_criterion(
            s,
            assessment_id=draft,
            assessor_id=made.instructor_id,
            criterion_id=first,
            comment="a\0",
        ),
    )


def test_two_windows_cannot_overwrite_each_other(db: Database) -> None:
    made = school(db)
    draft = begun_draft(made)
    names: dict[str, Any] = {"assessment_id": draft, "assessor_id": made.instructor_id}
    version = made.do(
        lambda s: assessments.save(
            s, ratings=made.ratings(2, 2), comment="", expected_version=1, **names
        )
    )
    assert version == 2
    refused(
        made,
        "assessment.stale",
        lambda s: assessments.save(
            s, ratings=made.ratings(4, 4), comment="", expected_version=1, **names
        ),
    )
    refused(made, "assessment.stale", lambda s: releases.release(s, expected_version=1, **names))


def test_releases_that_are_too_early_or_too_late(db: Database) -> None:
    made = school(db)
    draft = begun_draft(made)
    names: dict[str, Any] = {"assessment_id": draft, "assessor_id": made.instructor_id}
    refused(made, "assessment.incomplete", lambda s: releases.release(s, **names))
    half = dict(list(made.ratings(2, 2).items())[:1])
    made.do(lambda s: assessments.save(s, ratings=half, comment="", **names))
    refused(made, "assessment.incomplete", lambda s: releases.release(s, **names))
    made.do(lambda s: assessments.save(s, ratings=made.ratings(2, None), comment="", **names))
    cleared = {made.criteria[0][0]: RatingInput(comment="later")}
    made.do(lambda s: assessments.save(s, ratings=cleared, comment="", **names))
    refused(made, "assessment.incomplete", lambda s: releases.release(s, **names))
    made.do(lambda s: assessments.save(s, ratings=made.ratings(2, None), comment="", **names))
    refused(
        made,
        "assessment.unknown",
        lambda s: releases.release(s, assessment_id=draft, assessor_id=made.learner_ids[0]),
    )
    refused(
        made,
        "assessment.unknown",
        lambda s: releases.release(s, assessment_id=uuid4(), assessor_id=made.instructor_id),
    )
    with db.writing(made.tenant_id) as session:
        people.enrol(session, made.course_id, made.instructor_id, CourseRole.LEARNER, at(1))
    refused(made, "assessment.not_allowed", lambda s: releases.release(s, **names))
    with db.writing(made.tenant_id) as session:
        people.enrol(session, made.course_id, made.instructor_id, CourseRole.INSTRUCTOR, at(2))
    made.do(lambda s: releases.release(s, **names))
    refused(made, "assessment.released", lambda s: releases.release(s, **names))
    refused(
        made,
        "assessment.released",
        lambda s: assessments.save(s, ratings={}, comment="late", **names),
    )


def test_a_draft_follows_the_rubric_of_its_activity(db: Database) -> None:
    made = school(db)
    draft = begun_draft(made)
    names: dict[str, Any] = {"assessment_id": draft, "assessor_id": made.instructor_id}
    made.do(lambda s: assessments.save(s, ratings=made.ratings(2, 3), comment="Kept", **names))
    with db.writing(made.tenant_id) as session:
        next_version = rubric(session, made)
        old = session.get_one(RubricVersion, made.rubric_version_id).criteria
        new = session.get_one(RubricVersion, next_version).criteria
        same: list[tuple[Any, Any, Any]] = [(Criterion, new[0], old[0])]
        same += [(Level, *two) for two in zip(new[0].levels, old[0].levels, strict=True)]
        for table, mine, theirs in same:
            changed = update(table).where(table.id == mine.id)
            session.execute(changed.values(identifier=theirs.identifier))
    made.do(write(made, activity_id=made.activity_id, rubric_version_id=next_version))
    refused(made, "assessment.rubric_changed", lambda s: releases.release(s, **names))
    assert begun_draft(made) == draft
    page = made.read(
        lambda s: assessment_page(s, made.placement_id, made.learner_ids[0], made.instructor_id)
    )
    assert page.draft is not None
    assert page.draft.comment == "Kept"
    levels = [row.level.position if row.level else None for row in page.draft.criteria]
    assert levels == [2, None]
    assert page.rubric.version_id == next_version
    refused(made, "assessment.incomplete", lambda s: releases.release(s, **names))
