"""Writing and placing activities, and evidence from the first save to a second submission."""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from foundation.db import Database
from rubrics.actions import activities, courses, people, submissions
from rubrics.events import ActivityTagged
from rubrics.queries.activities import activity_page
from rubrics.queries.classes import class_list
from rubrics.queries.learning import learner_page
from rubrics.queries.shapes import Evidence, SubmissionView
from rubrics.tables.activities import ActivityAlignment, Submission
from rubrics.tables.people import Person
from rubrics.words import CourseRole, EvidenceType
from tests.rubrics.make import START, School, at, school

FILE: dict[str, Any] = {
    "media_type": "application/pdf",
    "size": 1234,
    "sha256": "0" * 64,
    "storage_key": "key-1",
}


def test_only_new_tags_are_events(db: Database) -> None:
    made = school(db)

    def edit(*competency_ids: UUID) -> tuple[object, ...]:
        return made.happen(
            lambda s: activities.write_activity(
                s,
                course_id=made.course_id,
                author_id=made.instructor_id,
                draft=made.draft(competency_ids=competency_ids),
                activity_id=made.activity_id,
                at=at(1),
            )
        )[1]

    assert edit(made.hard_id) == ()
    page = made.read(lambda s: activity_page(s, made.placement_id))
    assert page.activity is not None
    assert [each.id for each in page.activity.competencies] == [made.hard_id]
    tagged = ActivityTagged(at(1), made.activity_id, made.soft_id, made.instructor_id)
    assert edit(made.soft_id, made.hard_id, made.soft_id) == (tagged,)
    assert edit() == ()
    with db.reading(made.tenant_id) as session:
        assert session.scalar(select(func.count()).select_from(ActivityAlignment)) == 0


def test_a_new_activity_tags_all_of_its_competencies(db: Database) -> None:
    made = school(db)
    activity_id, events = made.happen(
        lambda s: activities.write_activity(
            s,
            course_id=made.course_id,
            author_id=made.instructor_id,
            draft=made.draft(title="  Second \n one "),
            at=START,
        )
    )
    assert events == tuple(
        ActivityTagged(START, activity_id, each, made.instructor_id)
        for each in (made.soft_id, made.hard_id)
    )
    page = made.read(lambda s: activity_page(s, made.place(activity_id)))
    assert page.activity is not None
    assert page.activity.title == "Second one"


def _mine(made: School) -> dict[str, Any]:
    return {"attempt_id": made.attempt(), "person_id": made.learner_ids[0]}


def _page(made: School) -> tuple[Evidence, SubmissionView | None, SubmissionView | None]:
    page = made.read(lambda s: learner_page(s, made.placement_id, made.learner_ids[0]))
    return page.evidence, page.draft, page.submitted


def test_a_draft_saves_itself_and_keeps_its_files(db: Database) -> None:
    made = school(db)
    mine = _mine(made)
    made.do(lambda s: submissions.save_draft(s, text="One", links=[], at=at(1), **mine))
    made.do(lambda s: submissions.add_file(s, name="..\\up/My plan.pdf", at=at(2), **FILE, **mine))
    links = ["https://example.org/a", " ", "http://example.org/b"]
    made.do(lambda s: submissions.save_draft(s, text="Two", links=links, at=at(3), **mine))
    evidence, draft, submitted = _page(made)
    assert (evidence, submitted) == (Evidence.DRAFT, None)
    assert draft is not None
    assert (draft.text, draft.saved_at) == ("Two", at(3))
    assert [item.text for item in draft.links] == [links[0], links[2]]
    assert [(item.text, item.size, item.storage_key) for item in draft.files] == [
        ("My plan.pdf", 1234, "key-1")
    ]
    assert [item.type for item in draft.items] == [
        EvidenceType.TEXT,
        EvidenceType.LINK,
        EvidenceType.LINK,
        EvidenceType.FILE,
    ]
    made.do(lambda s: submissions.remove_item(s, item_id=draft.files[0].id, **mine))
    made.do(lambda s: submissions.save_draft(s, text="", links=[], **mine))
    assert _page(made)[1].items == ()  # type: ignore[union-attr]


def test_submitting_again_keeps_what_was_handed_in(db: Database) -> None:
    made = school(db)
    mine = _mine(made)
    made.do(lambda s: submissions.save_draft(s, text="First", **mine))
    made.do(lambda s: submissions.add_file(s, name="a.pdf", **FILE, **mine))
    first = made.do(lambda s: submissions.submit(s, at=at(5), **mine))
    file_id = _page(made)[2].files[0].id  # type: ignore[union-attr]
    made.do(lambda s: submissions.save_draft(s, text="Second", at=at(6), **mine))
    evidence, draft, submitted = _page(made)
    assert evidence is Evidence.SUBMITTED
    assert draft is not None
    assert submitted is not None
    assert (draft.number, draft.text, len(draft.files)) == (2, "Second", 1)
    assert (submitted.id, submitted.text) == (first, "First")
    second = made.do(lambda s: submissions.submit(s, at=at(7), **mine))
    assert second != first
    made.do(lambda s: submissions.remove_item(s, item_id=file_id, **mine))
    assert _page(made)[1].number == 3  # type: ignore[union-attr]
    with db.reading(made.tenant_id) as session:
        kept = session.scalars(select(Submission).order_by(Submission.number)).all()
        assert [len(row.items) for row in kept] == [2, 2, 2]
    row = made.read(lambda s: class_list(s, made.placement_id)).rows[0]
    assert row.resubmitted
    assert row.submitted_at == at(7)


def test_removing_a_file_that_was_handed_in_only_leaves_it_out_of_the_next(db: Database) -> None:
    made = school(db)
    mine = _mine(made)
    made.do(lambda s: submissions.add_file(s, name="a.pdf", **FILE, **mine))
    made.do(lambda s: submissions.submit(s, **mine))
    item_id = _page(made)[2].items[0].id  # type: ignore[union-attr]
    made.do(lambda s: submissions.remove_item(s, item_id=item_id, **mine))
    _, draft, submitted = _page(made)
    assert draft is not None
    assert submitted is not None
    assert (draft.items, len(submitted.items)) == ((), 1)


def test_late_is_said(db: Database) -> None:
    made = school(db)
    made.do(
        lambda s: activities.write_activity(
            s,
            course_id=made.course_id,
            author_id=made.instructor_id,
            draft=made.draft(due_at=at(10)),
            activity_id=made.activity_id,
        )
    )
    mine = _mine(made)
    for minute, late in ((10, False), (11, True)):
        made.do(partial(submissions.save_draft, text=f"{minute}", **mine))
        made.do(partial(submissions.submit, at=at(minute), **mine))
        submitted = _page(made)[2]
        assert submitted is not None
        assert submitted.late is late
        assert made.read(lambda s: class_list(s, made.placement_id)).rows[0].late is late


def test_what_is_heard_again_is_brought_up_to_date(db: Database) -> None:
    made = school(db, learners=0)
    who: dict[str, Any] = {"issuer": "https://lms.example", "subject": "42"}
    with db.writing(made.tenant_id) as session:
        people.meet_person(session, **who, name="Ana\0 Álvarez", email="a@b.example", at=at(1))
    with db.writing(made.tenant_id) as session:
        person = people.meet_person(session, **who, name="Ana A.", at=at(2))
        people.meet_person(session, issuer="https://other.example", subject="42", at=at(2))
        for role, minute in ((CourseRole.LEARNER, 2), (CourseRole.INSTRUCTOR, 1)):
            enrolment = people.enrol(session, made.course_id, person.id, role, at(minute))
        assert enrolment.role is CourseRole.LEARNER  # the older message came late
        courses.rename(session, made.course_id, "Renamed")
        courses.rename(session, made.course_id, "")
    with db.reading(made.tenant_id) as session:
        rows = session.scalars(select(Person).where(Person.subject == "42")).all()
        assert sorted((row.issuer, row.name, row.email) for row in rows if row.name) == [
            ("https://lms.example", "Ana A.", "a@b.example")
        ]
        assert len(rows) == 2
    assert made.read(lambda s: activity_page(s, made.placement_id)).course_title == "Renamed"
