"""Every no to activities and their places: its code, and that nothing was changed."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.db import Database
from rubrics.actions import activities, attempts, courses
from rubrics.actions.done import Done
from rubrics.tables.frameworks import Competency
from rubrics.tables.rubrics import RubricVersion
from rubrics.words import RubricState
from tests.rubrics.actions.refusing import open_draft, refused, write
from tests.rubrics.make import rubric, school

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
        refused(made, code, write(made, **changes))
        refused(made, code, write(made, activity_id=made.activity_id, **changes))


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
    refused(made, "rubric.not_active", write(made, rubric_version_id=archived))
    refused(made, "rubric.other_course", write(made, rubric_version_id=foreign))
    refused(made, "rubric.empty", write(made, rubric_version_id=empty_id))
    refused(made, "competency.unknown", write(made, competency_ids=[made.hard_id]))
    refused(made, "course.unknown", write(made, course_id=uuid4()))
    refused(made, "person.unknown", write(made, author_id=uuid4()))
    refused(made, "activity.unknown", write(made, activity_id=uuid4()))
    refused(
        made,
        "activity.other_course",
        write(made, activity_id=made.activity_id, course_id=other_course),
    )


def test_the_rubric_stays_once_something_was_released(db: Database) -> None:
    made = school(db)
    with db.writing(made.tenant_id) as session:
        other = rubric(session, made)
    made.assess(made.attempt(), 1, 1)
    refused(
        made,
        "activity.rubric_in_use",
        write(made, activity_id=made.activity_id, rubric_version_id=other),
    )
    made.do(write(made, activity_id=made.activity_id, title="Renamed"))


def test_a_placement_that_cannot_take_the_activity(db: Database) -> None:
    made = school(db)
    with db.writing(made.tenant_id) as session:
        elsewhere = courses.new_placement(
            session, courses.new_course(session, "Other").id, "Link"
        ).id
        bare = courses.new_placement(session, made.course_id, "Bare").id
    second = made.do(write(made, title="Second"))

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
    made.do(lambda s: open_draft(s, made, attempt_id))
    refused(made, "placement.in_use", place(made.placement_id, second))
