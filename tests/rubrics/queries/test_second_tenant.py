"""Every action and query, run for a second tenant with the first one's ids, does nothing."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import rubrics.actions
import rubrics.queries
from foundation.db import EVERY_TENANT, Database, ForeignTenant
from rubrics.actions import (
    activities,
    assessments,
    attempts,
    checks,
    copies,
    course_groups,
    courses,
    people,
    releases,
    roster,
    submissions,
)
from rubrics.actions.assessments import RatingInput
from rubrics.errors import Refused
from rubrics.queries import activities as activity_queries
from rubrics.queries import classes, counting, learning, mentees, standings, whole, work
from rubrics.queries import copies as copy_queries
from rubrics.queries import course_groups as group_queries
from rubrics.tables.activities import Activity, Attempt, EvidenceItem
from rubrics.tables.base import Base
from rubrics.tables.people import Course
from rubrics.words import CourseRole, GroupKind
from tests.rubrics.formats.contents import EXAMPLE
from tests.rubrics.make import START, School, school

GROUPS = frozenset({GroupKind.GROUP})
RED = course_groups.GroupName(GroupKind.GROUP, "red", "Red")
BLUE = course_groups.GroupName(GroupKind.GROUP, "blue", "Blue")
WITHOUT_FOREIGN_IDS = {
    "courses.new_course",
    "people.meet_person",
    "packs.install_packs",
    "activities.competency_choices",  # takes a search; see the test of its own
    "frameworks.credits",
    "tenants.tenants",  # for commands, with a session of every tenant
}
GIVEN_ROWS = {
    "attempts.members",
    "assessments.check_assessor",
    "build.rubric_of",
    "whole.whole",
    "consequences.consequences",
    "derive_score.derive_score",
    "derive_standing.derive_standing",
}
"""Steps of others: they take rows, which only a session of their own tenant can have loaded."""


@dataclass
class Theirs:
    """Ids of the first tenant's rows."""

    school: School
    attempt_id: UUID
    draft_id: UUID
    item_id: UUID


def _calls(theirs: Theirs) -> dict[str, Callable[[Session], Any]]:
    made = theirs.school
    learner, instructor = made.learner_ids[0], made.instructor_id
    criterion, levels = made.criteria[0]
    placement, course, attempt = made.placement_id, made.course_id, theirs.attempt_id
    mine: dict[str, Any] = {"attempt_id": attempt, "person_id": learner}
    draft: dict[str, Any] = {"assessment_id": theirs.draft_id, "assessor_id": instructor}
    file: dict[str, Any] = {"media_type": "a/b", "size": 1, "sha256": "0", "storage_key": "k"}
    return {
        "activities.write_activity": lambda s: activities.write_activity(
            s,
            course_id=course,
            author_id=instructor,
            draft=made.draft(title="Taken"),
            activity_id=made.activity_id,
        ),
        "activities.place_activity": lambda s: activities.place_activity(
            s, placement_id=placement, activity_id=made.activity_id
        ),
        "copies.not_yet_copied": lambda s: copy_queries.not_yet_copied(
            s, course, [made.activity_id]
        ),
        "copies.copy_activity": lambda s: copies.copy_activity(
            s, source_id=made.activity_id, course_id=course, author_id=instructor
        ),
        "copies.copy_activities": lambda s: copies.copy_activities(
            s, source_ids=[made.activity_id], course_id=course, author_id=instructor
        ),
        "copies.take_over": lambda s: copies.take_over(
            s,
            course_id=course,
            author_id=instructor,
            content=EXAMPLE,
        ),
        "copies.copy_offers": lambda s: copy_queries.copy_offers(s, [made.activity_id]),
        "copies.copy_in": lambda s: copy_queries.copy_in(s, course, [made.activity_id]),
        "copies.activity_content": lambda s: copy_queries.activity_content(
            s, made.activity_id, course
        ),
        "assessments.open_draft": lambda s: assessments.open_draft(
            s, attempt_id=attempt, assessor_id=instructor
        ),
        "assessments.rate": lambda s: assessments.rate(
            s, criterion_id=criterion, level_id=levels[3], **draft
        ),
        "assessments.comment_criterion": lambda s: assessments.comment_criterion(
            s, criterion_id=criterion, comment="x", **draft
        ),
        "assessments.comment_overall": lambda s: assessments.comment_overall(
            s, comment="x", **draft
        ),
        "assessments.save": lambda s: assessments.save(
            s, ratings={criterion: RatingInput(levels[0])}, comment="x", **draft
        ),
        "assessments.own_draft": lambda s: assessments.own_draft(
            s, theirs.draft_id, instructor, None
        ),
        "releases.release": lambda s: releases.release(s, **draft),
        "attempts.current_attempt": lambda s: attempts.current_attempt(s, placement, learner),
        "attempts.next_attempt": lambda s: attempts.next_attempt(s, placement, learner),
        "attempts.newest_attempt": lambda s: attempts.newest_attempt(s, placement, learner),
        "attempts.has_result": lambda s: attempts.has_result(s, attempt),
        "submissions.save_draft": lambda s: submissions.save_draft(s, text="x", **mine),
        "submissions.add_file": lambda s: submissions.add_file(s, name="x", **file, **mine),
        "submissions.remove_item": lambda s: submissions.remove_item(
            s, item_id=theirs.item_id, **mine
        ),
        "submissions.submit": lambda s: submissions.submit(s, **mine),
        "roster.reconcile": lambda s: roster.reconcile(
            s,
            course_id=course,
            issuer="https://lms.example",
            members=[roster.Member("9", CourseRole.LEARNER)],
            asked_at=START,
        ),
        "course_groups.divide": lambda s: course_groups.divide(
            s, course, {learner: course_groups.Said(GROUPS, (BLUE,))}
        ),
        "course_groups.group_choices": lambda s: group_queries.group_choices(s, course),
        "course_groups.leave_groups": lambda s: course_groups.leave_groups(s, course, [learner]),
        "people.enrol": lambda s: people.enrol(s, course, learner, CourseRole.INSTRUCTOR),
        "courses.rename": lambda s: courses.rename(s, course, "Taken"),
        "courses.new_placement": lambda s: courses.new_placement(s, course, "Taken"),
        "checks.found": lambda s: checks.found(s, Course, course, "course"),
        "checks.locked": lambda s: checks.locked(s, Course, course),
        "checks.course_role": lambda s: checks.course_role(s, course, instructor) or None,
        "derive_score.judged": lambda s: importlib.import_module(
            "rubrics.actions.derive_score"
        ).judged(s, attempt),
        "activities.activity_page": lambda s: activity_queries.activity_page(s, placement),
        "activities.rubric_choices": lambda s: activity_queries.rubric_choices(s, course),
        "activities.activity_choices": lambda s: activity_queries.activity_choices(s, course),
        "activities.course_activities": lambda s: activity_queries.course_activities(s, course),
        "activities.has_released": lambda s: activity_queries.has_released(s, made.activity_id),
        "classes.class_list": lambda s: classes.class_list(s, placement, instructor),
        "classes.assessment_page": lambda s: classes.assessment_page(
            s, placement, learner, instructor
        ),
        "learning.learner_page": lambda s: learning.learner_page(s, placement, learner),
        "standings.standings": lambda s: standings.standings(
            s, learner, [made.soft_id, made.hard_id]
        ),
        "standings.my_skills": lambda s: standings.my_skills(s, learner),
        "counting.candidates": lambda s: counting.candidates(s, placement),
        "mentees.named": lambda s: mentees.named(s, [learner]),
        "mentees.mentee_page": lambda s: mentees.mentee_page(s, course, learner),
        "mentees.mentee_result": lambda s: mentees.mentee_result(s, course, placement, learner),
        "whole.activity_whole": lambda s: whole.activity_whole(s, made.activity_id),
        "work.newest_work": lambda s: work.newest_work(s, [placement], instructor),
    }


def _public() -> set[str]:
    """Every public function of actions and queries whose first parameter is a session."""
    names = set()
    for package in (rubrics.actions, rubrics.queries):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            names |= {
                f"{info.name.rsplit('.', 1)[-1]}.{name}"
                for name, function in inspect.getmembers(module, inspect.isfunction)
                if function.__module__ == info.name
                and not name.startswith("_")
                and next(iter(inspect.signature(function).parameters), "") == "session"
            }
    return names


@pytest.fixture
def tenants(db: Database) -> tuple[Theirs, School]:
    """The first tenant with released work and an open draft, and a second one with a class."""
    made = school(db)
    red = {made.learner_ids[0]: course_groups.Said(GROUPS, (RED,))}
    with db.writing(made.tenant_id) as session:
        course_groups.divide(session, made.course_id, red)
    attempt_id = made.attempt()
    who: dict[str, Any] = {"attempt_id": attempt_id, "person_id": made.learner_ids[0]}
    made.do(lambda s: submissions.save_draft(s, text="Private", **who))
    made.do(lambda s: submissions.submit(s, **who))
    made.assess(attempt_id, 4, 4)
    opened = made.do(
        lambda s: assessments.open_draft(s, attempt_id=attempt_id, assessor_id=made.instructor_id)
    )
    item_id = made.read(lambda s: s.scalars(select(EvidenceItem.id)).one())
    return Theirs(made, attempt_id, opened, item_id), school(db, name="South School")


def _rows_of(db: Database, tenant_id: UUID) -> list[list[str]]:
    with db.reading(EVERY_TENANT) as session:
        return [
            sorted(
                repr(row)
                for row in session.execute(select(table).where(table.c.tenant_id == tenant_id))
            )
            for table in Base.metadata.sorted_tables
            if "tenant_id" in table.c
        ]


def _outcome(made: School, call: Callable[[Session], Any]) -> Any:
    """What a call gives, or the code of its refusal."""
    try:
        with made.db.writing(made.tenant_id) as session:
            return call(session)
    except Refused as refusal:
        return refusal.code


def test_every_function_is_tried(tenants: tuple[Theirs, School]) -> None:
    assert _public() - WITHOUT_FOREIGN_IDS - GIVEN_ROWS == set(_calls(tenants[0]))


def test_with_the_ids_of_another_tenant_nothing_is_seen_or_done(
    tenants: tuple[Theirs, School],
) -> None:
    theirs, other = tenants
    calls = _calls(theirs)
    db = other.db
    rows = _rows_of(db, theirs.school.tenant_id), _rows_of(db, other.tenant_id)
    library = other.read(lambda s: activity_queries.rubric_choices(s, other.course_id))
    for name, call in calls.items():
        seen = _outcome(other, call)
        if name == "activities.rubric_choices":
            assert seen == library, name
        elif name == "checks.course_role":
            assert seen is CourseRole.NONE
        else:
            assert not seen or str(seen).endswith(".unknown"), name
    assert rows == (_rows_of(db, theirs.school.tenant_id), _rows_of(db, other.tenant_id))


def test_calls_do_something_for_their_own_tenant(tenants: tuple[Theirs, School]) -> None:
    """So that the test above cannot pass because its calls are wrong."""
    theirs, _ = tenants
    made = theirs.school
    before = _rows_of(made.db, made.tenant_id)
    refused = {
        "submissions.save_draft": "submission.closed",
        "submissions.add_file": "submission.closed",
        "submissions.remove_item": "submission.closed",
        "submissions.submit": "submission.closed",
        "attempts.next_attempt": "attempt.no_more",
    }
    for name, call in _calls(theirs).items():
        seen = _outcome(made, call)
        if name in refused:
            assert seen == refused[name], name
        else:
            assert not isinstance(seen, str) or isinstance(seen, CourseRole), (name, seen)
            assert seen or name == "checks.locked", name
    assert _rows_of(made.db, made.tenant_id) != before


def test_searching_finds_only_ones_own(tenants: tuple[Theirs, School]) -> None:
    theirs, other = tenants
    mine = {view.id for view in theirs.school.read(activity_queries.competency_choices)}
    others = {view.id for view in other.read(activity_queries.competency_choices)}
    assert mine == {theirs.school.soft_id, theirs.school.hard_id}
    assert others == {other.soft_id, other.hard_id}


def test_a_row_of_another_tenant_cannot_be_written(tenants: tuple[Theirs, School]) -> None:
    theirs, other = tenants
    with pytest.raises(ForeignTenant), other.db.writing(other.tenant_id) as session:
        session.add(Course(title="x", tenant_id=theirs.school.tenant_id))
    with other.db.reading(other.tenant_id) as session:
        assert session.get(Activity, theirs.school.activity_id) is None
        assert session.get(Attempt, theirs.attempt_id) is None
