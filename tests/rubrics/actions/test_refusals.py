"""Every no of the actions: its code, and that nothing was changed."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database
from rubrics.actions import (
    activities,
    assessments,
    attempts,
    courses,
    people,
    releases,
    submissions,
)
from rubrics.actions.assessments import RatingInput
from rubrics.actions.checks import clean_link, clean_text, clean_title
from rubrics.actions.done import Done
from rubrics.errors import Refused
from rubrics.queries.classes import assessment_page
from rubrics.tables.activities import Activity
from rubrics.tables.base import Base
from rubrics.tables.frameworks import Competency
from rubrics.tables.rubrics import Criterion, Level, RubricVersion
from rubrics.words import AssessorRole, CourseRole, RubricState
from tests.rubrics.make import School, at, rubric, school


def refused(made: School, code: str, action: Callable[[Session], object]) -> None:
    """The action says no with this code, in whole words, and leaves everything as it was."""
    before = _everything(made.db)
    with pytest.raises(Refused) as refusal, made.db.writing(made.tenant_id) as session:
        action(session)
    assert refusal.value.code == code
    assert str(refusal.value).endswith(".")
    assert "%(" not in str(refusal.value)
    assert _everything(made.db) == before


def _everything(db: Database) -> list[list[Any]]:
    with db.reading(EVERY_TENANT) as session:
        return [
            sorted(map(repr, session.execute(select(table))))
            for table in Base.metadata.sorted_tables
        ]


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "activity.title"),
    ({"title": " \n "}, "activity.title"),
    ({"title": "x" * 256}, "activity.title"),
    ({"title": "a\0b"}, "activity.title"),
    ({"text": "x" * 50_001}, "activity.text"),
    ({"text": "\ud800"}, "activity.text"),
    ({"address": "ftp://example.org/x"}, "activity.address"),
    ({"address": "javascript:alert(1)"}, "activity.address"),
    ({"address": "https://example.org/" + "x" * 2000}, "activity.address"),
    ({"maximum": Decimal(0)}, "activity.maximum"),
    ({"maximum": Decimal(-1)}, "activity.maximum"),
    ({"maximum": Decimal("1000.01")}, "activity.maximum"),
    ({"maximum": Decimal("10.001")}, "activity.maximum"),
    ({"maximum": Decimal("NaN")}, "activity.maximum"),
    ({"maximum": Decimal("1E+50")}, "activity.maximum"),
    ({"due_at": datetime(2030, 1, 1)}, "activity.due"),  # noqa: DTZ001
    ({"rubric_version_id": uuid4()}, "rubric.unknown"),
    ({"competency_ids": [uuid4()]}, "competency.unknown"),
    ({"competency_ids": [uuid4() for _ in range(51)]}, "activity.competencies"),
]


def test_an_activity_that_cannot_be_kept(db: Database) -> None:
    made = school(db)
    for changes, code in UNUSABLE:
        refused(made, code, _write(made, **changes))
        refused(made, code, _write(made, activity_id=made.activity_id, **changes))


def _write(made: School, **changes: Any) -> Callable[[Session], Done[UUID]]:
    names: dict[str, Any] = {"course_id": made.course_id, "author_id": made.instructor_id}
    names |= {key: changes.pop(key) for key in tuple(changes) if key in (*names, "activity_id")}
    return lambda s: activities.write_activity(s, draft=made.draft(**changes), **names)


def test_an_activity_with_what_it_must_not_use(db: Database) -> None:
    made = school(db)
    with db.writing(made.tenant_id) as session:
        other_course = courses.new_course(session, "Other").id
        archived = rubric(session, made, state=RubricState.ARCHIVED)
        foreign = rubric(session, made, course_id=other_course)
        empty = RubricVersion(
            rubric_id=session.scalars(select(RubricVersion.rubric_id)).first(),
            number=9,
            title="Empty",
        )
        session.add(empty)
        group = session.get_one(Competency, made.hard_id)
        group.assessable = False
        session.flush()
        empty_id = empty.id
    refused(made, "rubric.not_active", _write(made, rubric_version_id=archived))
    refused(made, "rubric.other_course", _write(made, rubric_version_id=foreign))
    refused(made, "rubric.empty", _write(made, rubric_version_id=empty_id))
    refused(made, "competency.unknown", _write(made, competency_ids=[made.hard_id]))
    refused(made, "course.unknown", _write(made, course_id=uuid4()))
    refused(made, "person.unknown", _write(made, author_id=uuid4()))
    refused(made, "activity.unknown", _write(made, activity_id=uuid4()))
    refused(
        made,
        "activity.other_course",
        _write(made, activity_id=made.activity_id, course_id=other_course),
    )


def test_the_rubric_stays_once_something_was_released(db: Database) -> None:
    made = school(db)
    with db.writing(made.tenant_id) as session:
        other = rubric(session, made)
    made.assess(made.attempt(), 1, 1)
    refused(
        made,
        "activity.rubric_in_use",
        _write(made, activity_id=made.activity_id, rubric_version_id=other),
    )
    made.do(_write(made, activity_id=made.activity_id, title="Renamed"))


def test_a_placement_that_cannot_take_the_activity(db: Database) -> None:
    made = school(db)
    with db.writing(made.tenant_id) as session:
        elsewhere = courses.new_placement(
            session, courses.new_course(session, "Other").id, "Link"
        ).id
        bare = courses.new_placement(session, made.course_id, "Bare").id
    second = made.do(_write(made, title="Second"))

    def place(placement_id: UUID, activity_id: UUID) -> Callable[[Session], Done[None]]:
        return lambda s: activities.place_activity(
            s, placement_id=placement_id, activity_id=activity_id
        )

    refused(made, "activity.other_course", place(elsewhere, made.activity_id))
    refused(made, "placement.unknown", place(uuid4(), made.activity_id))
    refused(made, "activity.unknown", place(bare, uuid4()))
    refused(
        made,
        "placement.no_activity",
        lambda s: attempts.current_attempt(s, bare, made.learner_ids[0]),
    )
    attempt_id = made.attempt()
    made.do(place(made.placement_id, second))
    made.do(place(made.placement_id, made.activity_id))
    made.do(lambda s: _open(s, made, attempt_id))
    refused(made, "placement.in_use", place(made.placement_id, second))


def _open(session: Session, made: School, attempt_id: UUID, **changes: Any) -> Done[UUID]:
    names: dict[str, Any] = {"attempt_id": attempt_id, "assessor_id": made.instructor_id, **changes}
    return assessments.open_draft(session, **names)


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
            made, code, partial(_open, made=made, attempt_id=attempt_id, assessor_id=who, role=role)
        )
    refused(made, "attempt.unknown", lambda s: _open(s, made, uuid4()))
    refused(
        made,
        "attempt.no_learner",
        lambda s: attempts.current_attempt(s, made.placement_id, made.instructor_id),
    )
    with db.writing(made.tenant_id) as session:
        people.enrol(session, made.course_id, own, CourseRole.INSTRUCTOR, at(1))
    refused(made, "assessment.own_work", lambda s: _open(s, made, attempt_id, assessor_id=own))


def _draft(made: School) -> UUID:
    attempt_id = made.attempt()
    return made.do(lambda s: _open(s, made, attempt_id))


def test_ratings_that_are_none(db: Database) -> None:
    made = school(db)
    draft = _draft(made)
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
    draft = _draft(made)
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
    draft = _draft(made)
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
    draft = _draft(made)
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
    made.do(_write(made, activity_id=made.activity_id, rubric_version_id=next_version))
    refused(made, "assessment.rubric_changed", lambda s: releases.release(s, **names))
    assert _draft(made) == draft
    page = made.read(
        lambda s: assessment_page(s, made.placement_id, made.learner_ids[0], made.instructor_id)
    )
    assert page.draft is not None
    assert page.draft.comment == "Kept"
    levels = [row.level.position if row.level else None for row in page.draft.criteria]
    assert levels == [2, None]
    assert page.rubric.version_id == next_version
    refused(made, "assessment.incomplete", lambda s: releases.release(s, **names))


def test_evidence_that_cannot_be_kept(db: Database) -> None:
    made = school(db, learners=2)
    attempt_id = made.attempt()
    mine: dict[str, Any] = {"attempt_id": attempt_id, "person_id": made.learner_ids[0]}
    file: dict[str, Any] = {
        "media_type": "text/plain",
        "size": 3,
        "sha256": "0" * 64,
        "storage_key": "k",
    }
    links = ["https://example.org/"] * 11
    refused(made, "submission.nothing_new", lambda s: submissions.submit(s, **mine))
    for text, given, code in (
        ("x" * 50_001, [], "evidence.text"),
        ("", links, "evidence.too_many_links"),
        ("", ["mailto:a@b.example"], "evidence.link"),
    ):
        refused(
            made,
            code,
            partial(submissions.save_draft, text=text, links=given, **mine),
        )
    other = {**mine, "person_id": made.learner_ids[1]}
    refused(made, "submission.not_yours", lambda s: submissions.save_draft(s, text="x", **other))
    refused(made, "submission.not_yours", lambda s: submissions.submit(s, **other))
    refused(
        made, "submission.not_yours", lambda s: submissions.add_file(s, name="a", **file, **other)
    )
    refused(
        made, "submission.not_yours", lambda s: submissions.remove_item(s, item_id=uuid4(), **other)
    )
    made.do(lambda s: submissions.save_draft(s, text="  ", **mine))
    refused(made, "submission.empty", lambda s: submissions.submit(s, **mine))
    for number in range(10):
        made.do(partial(submissions.add_file, name=f"{number}.txt", **file, **mine))
    refused(
        made, "evidence.too_many_files", lambda s: submissions.add_file(s, name="x", **file, **mine)
    )
    made.do(lambda s: submissions.submit(s, **mine))
    refused(made, "submission.nothing_new", lambda s: submissions.submit(s, **mine))
    made.assess(attempt_id, 2, 2)
    refused(made, "submission.closed", lambda s: submissions.save_draft(s, text="x", **mine))
    refused(made, "submission.closed", lambda s: submissions.submit(s, **mine))
    refused(
        made,
        "attempt.no_more",
        lambda s: attempts.next_attempt(s, made.placement_id, made.learner_ids[0]),
    )


def test_the_next_attempt_waits_for_the_result(db: Database) -> None:
    made = school(db)
    attempt_id = made.attempt()
    with db.writing(made.tenant_id) as session:
        session.execute(update(Activity).values(settings={"attempts": 2}))

    def action(session: Session) -> object:
        return attempts.next_attempt(session, made.placement_id, made.learner_ids[0])

    refused(made, "attempt.open", action)
    made.assess(attempt_id, 1, 1)
    with db.writing(made.tenant_id) as session:
        assert attempts.next_attempt(session, made.placement_id, made.learner_ids[0]).number == 2
    assert made.attempt() != attempt_id


def test_people_that_cannot_be_kept(db: Database) -> None:
    made = school(db)
    for issuer, subject in (("", "x"), ("https://a.example", ""), ("https://a.example", "x" * 256)):
        refused(
            made,
            "person.unusable",
            partial(people.meet_person, issuer=issuer, subject=subject),
        )
    refused(
        made,
        "person.unknown",
        lambda s: people.enrol(s, made.course_id, uuid4(), CourseRole.LEARNER),
    )


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://",
        "//example.org",
        "https://user:secret@example.org",
        "https://exa mple.org",
        "https://example.org/\n",
        "https://[::1",
        "https://example.org:99999",
        "data:text/html,x",
        "https:\\\\example.org",
    ],
)
def test_links_that_cannot_be_opened(link: str) -> None:
    with pytest.raises(Refused):
        clean_link(f" {link}\x01", "c")
    if link.strip() == link:
        with pytest.raises(Refused):
            clean_link(link, "c")


def test_what_is_kept_is_made_even() -> None:
    assert clean_title("  a \n b ", "c") == "a b"
    assert clean_text("a\r\nb\rc", "c") == "a\nb\nc"
    assert clean_link(" https://example.org/ä?q=1#x ", "c") == "https://example.org/ä?q=1#x"
