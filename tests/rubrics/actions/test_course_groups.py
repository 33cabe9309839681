"""Who is in which section and group: replaced as it is heard, bounded, of one's own course only."""

from uuid import UUID

import pytest

from foundation.db import Database
from rubrics.actions import courses, roster
from rubrics.actions.course_groups import GroupName, Said, divide
from rubrics.actions.done import Done
from rubrics.actions.roster import Member
from rubrics.errors import Refused
from rubrics.queries.classes import assessment_page, class_list
from rubrics.queries.course_groups import GroupChoice, group_choices
from rubrics.queries.shapes import AssessmentPage, ClassRow
from rubrics.words import CourseRole, GroupKind
from tests.rubrics.make import School, at, school
from tests.rubrics.queries.test_statement_counts import counted

ISSUER = "https://lms.example"


def said(*keys: str, kind: GroupKind = GroupKind.GROUP) -> Said:
    """In groups (or sections) of these keys, which are their names in capitals."""
    return Said(frozenset({kind}), tuple(GroupName(kind, key, key.upper()) for key in keys))


def sections(*keys: str) -> Said:
    return said(*keys, kind=GroupKind.SECTION)


def put(made: School, heard: dict[UUID, Said], course_id: UUID | None = None) -> int:
    return made.do(lambda s: Done(divide(s, course_id or made.course_id, heard)))


def choices(made: School) -> tuple[GroupChoice, ...]:
    return made.read(lambda s: group_choices(s, made.course_id))


def members(made: School) -> dict[str, list[UUID]]:
    """The learners of each choice, in the order of the class."""
    return {each.key: [row.person_id for row in listed(made, each.id)] for each in choices(made)}


def listed(made: School, group_id: UUID) -> tuple[ClassRow, ...]:
    return made.read(lambda s: class_list(s, made.placement_id, None, group_id)).rows


def test_a_person_is_in_what_was_said_last_of_the_kinds_that_were_said(db: Database) -> None:
    made = school(db, learners=2)
    one, two = made.learner_ids
    assert put(made, {one: sections("a", "b") | said("red"), two: sections("b")}) == 7
    assert members(made) == {"a": [one], "b": [one, two], "red": [one]}
    assert put(made, {one: sections("a", "b") | said("red"), two: sections("b")}) == 0
    put(made, {one: sections("b")})
    assert members(made) == {"red": [one]}, "one section alone divides nobody"
    put(made, {two: sections("a")})
    assert members(made) == {"a": [two], "b": [one], "red": [one]}
    put(made, {one: said()})
    put(made, {two: Said()})
    assert members(made) == {"a": [two], "b": [one]}


def test_names_are_kept_where_only_the_key_is_heard_and_change_with_the_lms(db: Database) -> None:
    made = school(db, learners=1)
    (one,) = made.learner_ids
    kind = GroupKind.GROUP
    for heard, expected in (
        (GroupName(kind, "7"), ("", "")),
        (GroupName(kind, "7", "Red", "Colours"), ("Red", "Colours")),
        (GroupName(kind, "7"), ("Red", "Colours")),
        (GroupName(kind, "7", "Crimson"), ("Crimson", "")),
    ):
        put(made, {one: Said(frozenset({kind}), (heard,))})
        (choice,) = choices(made)
        assert (choice.name, choice.set_name) == expected
        assert (choice.key, choice.learners) == ("7", 1)


def test_the_same_key_names_a_section_and_a_group(db: Database) -> None:
    made = school(db, learners=2)
    one, two = made.learner_ids
    put(made, {one: sections("1") | said("1"), two: sections("2")})
    assert [(each.kind.value, each.key) for each in choices(made)] == [
        ("section", "1"),
        ("section", "2"),
        ("group", "1"),
    ]


def test_the_list_fills_groups_and_who_leaves_is_in_none(db: Database) -> None:
    made = school(db, learners=3)

    def read(*names: str) -> None:
        found = [Member(each, CourseRole.LEARNER, said=said("red")) for each in names]
        made.do(
            lambda s: roster.reconcile(
                s,
                course_id=made.course_id,
                issuer=ISSUER,
                members=found,
                asked_at=at(100),
                at=at(100),
            )
        )

    read("Learner 000", "Learner 001", "Learner 002", "New")
    (red,) = choices(made)
    assert red.learners == 4
    read("Learner 000", "Learner 001", "New")
    (red,) = choices(made)
    assert red.learners == 3
    assert made.learner_ids[2] not in members(made)["red"]
    put(made, {made.learner_ids[2]: said("red")})
    assert made.learner_ids[2] not in members(made)["red"], "who is gone is put into none"
    read("Learner 000", "Learner 001", "Learner 002", "New")
    assert made.learner_ids[2] in members(made)["red"]


def test_a_list_that_is_not_whole_marks_nobody(db: Database) -> None:
    made = school(db, learners=3)
    changes = made.do(
        lambda s: roster.reconcile(
            s,
            course_id=made.course_id,
            issuer=ISSUER,
            members=[Member("Learner 000", CourseRole.LEARNER)],
            asked_at=at(100),
            whole=False,
        )
    )
    assert (changes.left, changes.doubted) == (0, False)


def test_staff_are_in_groups_but_make_no_choice(db: Database) -> None:
    made = school(db, learners=1)
    put(made, {made.instructor_id: said("red"), made.learner_ids[0]: said("blue")})
    assert [each.key for each in choices(made)] == ["blue"]


def test_another_course_s_group_chooses_nobody_here(db: Database) -> None:
    made = school(db, learners=2)
    one, two = made.learner_ids
    other = made.do(lambda s: Done(courses.new_course(s, "Other course", "OC").id))
    made.persons(["Somebody"], CourseRole.LEARNER, other)
    put(made, {one: said("red")})
    assert put(made, {one: said("green")}, other) == 1, "the group, but nobody of another course"
    assert members(made) == {"red": [one]}
    elsewhere = made.read(lambda s: group_choices(s, other))
    assert elsewhere == ()

    (red,) = choices(made)

    def page(person: UUID) -> AssessmentPage:
        return made.read(
            lambda s: assessment_page(s, made.placement_id, person, made.instructor_id, red.id)
        )

    assert (page(one).position, page(one).total, page(one).next) == (1, 1, None)
    assert page(two).total == 2, "who is not in the group stands in the whole class"


def test_a_course_that_is_not_there_gets_no_group(db: Database) -> None:
    made, other = school(db, learners=1), school(db, learners=1, name="South School")
    with pytest.raises(Refused) as caught:
        put(made, {made.learner_ids[0]: said("red")}, other.course_id)
    assert caught.value.code == "course.unknown"
    put(other, {other.learner_ids[0]: said("red"), made.learner_ids[0]: said("red")})
    assert members(other) == {"red": other.learner_ids}
    assert choices(made) == ()


@pytest.mark.slow
def test_thousands_of_groups_take_a_bounded_number_of_statements(db: Database) -> None:
    made = school(db, learners=100)
    few = {person: said(str(number)) for number, person in enumerate(made.learner_ids)}
    many = {
        person: said(*(str(50 * number + each) for each in range(50)))
        for number, person in enumerate(made.learner_ids)
    }
    with db.writing(made.tenant_id) as session, counted(session) as sent:
        divide(session, made.course_id, few)
        first = len(sent)
        assert divide(session, made.course_id, many) > 5000
    assert first < 10
    assert len(sent) - first < 60, "in chunks"
    found = choices(made)
    assert len(found) == 5000
    with db.reading(made.tenant_id) as session, counted(session) as sent:
        group_choices(session, made.course_id)
        assert len(sent) == 1
    with db.reading(made.tenant_id) as session, counted(session) as sent:
        class_list(session, made.placement_id, made.instructor_id)
        whole = len(sent)
    with db.reading(made.tenant_id) as session, counted(session) as sent:
        assert len(class_list(session, made.placement_id, None, found[0].id).rows) == 1
        assert len(sent) <= whole
