"""A whole class list against the enrolments of a course: who is met, kept, marked."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from foundation.db import Database
from rubrics.actions import people, roster
from rubrics.actions.roster import Member, RosterChanges
from rubrics.errors import Refused
from rubrics.queries.activities import course_activities
from rubrics.queries.classes import assessment_page, class_list
from rubrics.tables.people import Enrolment, Person
from rubrics.words import CourseRole
from tests.rubrics.make import School, at, school

ISSUER = "https://lms.example"
LEARNER = CourseRole.LEARNER


def listed(made: School, *members: Member | str, **options: Any) -> RosterChanges:
    """Reconcile with learners of these names, and the members."""
    whole = [Member(each, LEARNER) if isinstance(each, str) else each for each in members]
    moment: datetime = options.pop("moment", at(100))
    return made.do(
        lambda s: roster.reconcile(
            s,
            course_id=made.course_id,
            issuer=options.get("issuer", ISSUER),
            members=whole,
            asked_at=moment,
            confirmed=options.get("confirmed", False),
            at=moment,
        )
    )


def roles(made: School) -> dict[str, tuple[str, bool]]:
    """By subject: the role, and whether they are gone."""
    with made.db.reading(made.tenant_id) as session:
        rows = session.execute(
            select(Person.subject, Enrolment.role, Enrolment.left_at)
            .join(Enrolment, Enrolment.person_id == Person.id)
            .where(Enrolment.course_id == made.course_id)
        )
        return {name: (role.value, left_at is not None) for name, role, left_at in rows}


def test_who_never_came_stands_in_the_class(db: Database) -> None:
    made = school(db, learners=2)
    changes = listed(
        made,
        "Learner 000",
        "Learner 001",
        Member("5", LEARNER, "Ana Álvarez", "Ana", "Álvarez", "ana@example.com"),
    )
    assert changes == RosterChanges(joined=1, left=0, doubted=False)
    rows = made.read(lambda s: class_list(s, made.placement_id)).rows
    assert [row.name for row in rows] == ["Learner 000", "Learner 001", "Ana Álvarez"] or (
        [row.name for row in rows] == ["Ana Álvarez", "Learner 000", "Learner 001"]
    )
    new = next(row for row in rows if row.name == "Ana Álvarez")
    assert new.attempt_id is None
    assert listed(made, "Learner 000", "Learner 001", "5") == RosterChanges(0, 0, False)


def test_who_left_stands_at_the_end_with_their_work(db: Database) -> None:
    made = school(db, learners=3)
    first = made.learner_ids[0]
    made.assess(made.attempt(first), 3, 3)
    assert listed(made, "Learner 001", "Learner 002") == RosterChanges(0, 1, False)
    rows = made.read(lambda s: class_list(s, made.placement_id)).rows
    assert [row.person_id for row in rows] == [*made.learner_ids[1:], first]
    assert [row.left_at for row in rows] == [None, None, at(100)]
    assert rows[2].score is not None
    assert not rows[2].waiting
    page = made.read(lambda s: assessment_page(s, made.placement_id, first, made.instructor_id))
    assert page.released is not None
    assert made.read(lambda s: course_activities(s, made.course_id)).learners == 2
    with db.writing(made.tenant_id) as session:
        people.enrol(session, made.course_id, first, LEARNER, at(101))
    assert not any(gone for _, gone in roles(made).values())


def test_a_launch_says_what_somebody_is(db: Database) -> None:
    """A non-editing teacher of Moodle is an instructor in launches and a learner on the list."""
    made = school(db, learners=1)
    listed(made, "Learner 000", "Tom Assistant")
    assert roles(made)["Tom Assistant"] == ("learner", False)
    listed(made, "Learner 000", Member("Tom Assistant", CourseRole.MENTOR))
    assert roles(made)["Tom Assistant"] == ("mentor", False), "who never came is what it says"
    made.person("Tom Assistant", CourseRole.INSTRUCTOR)
    listed(made, "Learner 000", "Tom Assistant", "Iris Teacher")
    assert roles(made)["Tom Assistant"] == ("instructor", False)
    assert roles(made)["Iris Teacher"] == ("instructor", False)


def test_a_launch_older_than_the_list_counts_all_the_same(db: Database) -> None:
    made = school(db, learners=1)
    listed(made, "Learner 000", "Tom Assistant", moment=at(50))
    with db.writing(made.tenant_id) as session:
        tom = people.meet_person(session, issuer=ISSUER, subject="Tom Assistant", at=at(40))
        people.enrol(session, made.course_id, tom.id, CourseRole.ASSISTANT, at(40))
    assert roles(made)["Tom Assistant"] == ("assistant", False)


def test_staff_who_are_on_no_list_and_test_students_stay(db: Database) -> None:
    made = school(db, learners=2)
    with db.writing(made.tenant_id) as session:
        pretended = people.meet_person(
            session, issuer=ISSUER, subject="Test", is_test=True, at=at(0)
        )
        people.enrol(session, made.course_id, pretended.id, LEARNER, at(0))
    listed(made, "Learner 000", "Learner 001", Member("Sam", CourseRole.ASSISTANT))
    listed(made, "Learner 000", "Learner 001", "Test")
    assert roles(made) == {
        "Iris Teacher": ("instructor", False),
        "Learner 000": ("learner", False),
        "Learner 001": ("learner", False),
        "Sam": ("assistant", True),
        "Test": ("learner", False),
    }


def test_staff_who_were_on_the_list_and_are_not_any_more_are_marked(db: Database) -> None:
    made = school(db, learners=2)
    made.person("Ada Admin", CourseRole.INSTRUCTOR)
    names = ("Learner 000", "Learner 001")
    listed(made, *names, Member("Iris Teacher", CourseRole.INSTRUCTOR))
    assert not any(gone for _, gone in roles(made).values())
    assert listed(made, *names, moment=at(200)) == RosterChanges(0, 0, False)
    assert roles(made)["Iris Teacher"] == ("instructor", True)
    assert roles(made)["Ada Admin"] == ("instructor", False), "she only looks in"
    with db.writing(made.tenant_id) as session:
        people.enrol(session, made.course_id, made.instructor_id, CourseRole.INSTRUCTOR, at(201))
    assert roles(made)["Iris Teacher"] == ("instructor", False)


def test_who_has_no_role_here_is_not_kept(db: Database) -> None:
    made = school(db, learners=1)
    listed(made, "Learner 000", Member("Designer", CourseRole.NONE, email="d@example.com"))
    assert "Designer" not in roles(made)
    with db.reading(made.tenant_id) as session:
        assert session.scalar(select(Person).where(Person.subject == "Designer")) is None


def test_people_of_another_issuer_are_on_another_list(db: Database) -> None:
    made = school(db, learners=2)
    assert listed(made, "x", issuer="https://other.example") == RosterChanges(1, 0, False)
    assert roles(made)["Learner 000"] == ("learner", False)


@pytest.mark.parametrize(("kept", "doubted"), [(4, False), (2, False), (1, True)])
def test_a_list_without_most_of_the_class_is_doubted(
    db: Database, kept: int, doubted: bool
) -> None:
    made = school(db, learners=4)
    names = [f"Learner 00{number}" for number in range(kept)]
    changes = listed(made, *names, "New One")
    assert changes == RosterChanges(1, 0 if doubted else 4 - kept, doubted)
    if doubted:
        assert listed(made, *names, "New One", confirmed=True) == RosterChanges(0, 3, False)


def test_who_came_after_it_was_asked_for_is_not_missing(db: Database) -> None:
    made = school(db, learners=3)
    with db.writing(made.tenant_id) as session:
        people.enrol(session, made.course_id, made.learner_ids[2], LEARNER, at(100))
    assert listed(made, "Learner 000", "Learner 001").left == 0
    assert listed(made, "Learner 000", "Learner 001", moment=at(101)).left == 1


def test_an_unusable_subject_is_refused_whole(db: Database) -> None:
    made = school(db, learners=1)
    before = roles(made)
    with pytest.raises(Refused, match="user id") as caught:
        listed(made, "Learner 000", "New", "x" * 256)
    assert caught.value.code == "person.unusable"
    assert roles(made) == before


def test_a_large_class_takes_few_statements(db: Database) -> None:
    made = school(db, learners=1)
    names = ["Learner 000", *(f"Person {number:04}" for number in range(1200))]
    statements: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert listed(made, *names).joined == 1200
        first = len(statements)
        statements.clear()
        again = listed(made, *names, moment=at(100) + timedelta(hours=6))
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert again == RosterChanges(0, 0, False)
    assert first < 20
    assert len(statements) < 10, "an unchanged class writes nothing"
    assert not [each for each in statements if each.startswith(("UPDATE", "INSERT"))]
