"""A gradebook column that is gone, on the class list: in words, with the instructor's choice."""

from collections.abc import Callable
from typing import cast

import pytest
from sqlalchemy import select

from foundation.db import EVERY_TENANT
from lti_tool.delivery.columns import GONE
from lti_tool.delivery.tables import ColumnTask, DeliveryState, GradeColumn, GradeDelivery
from rubrics.words import CourseRole
from tests.lti_tool.ags.fake_lms import FakeLms
from tests.lti_tool.delivery.house import link
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import School, Visit
from tests.rubrics.make import School as AnySchool

FIND, MAKE = "Find it again", "Make a new one"


@pytest.fixture
def lost(school: School) -> School:
    """A class whose one grade has no column any more."""
    lms = FakeLms(1)
    registration_id, link_id = link(cast(AnySchool, school), lms.registration(), lms)
    with school.db.writing(school.tenant_id) as session:
        session.add_all(
            (
                GradeColumn(
                    resource_link_pk=link_id,
                    registration_id=registration_id,
                    gone_url=lms.line_item,
                ),
                GradeDelivery(
                    resource_link_pk=link_id,
                    registration_id=registration_id,
                    person_id=school.learner_ids[0],
                    points=50,
                    maximum=100,
                    state=DeliveryState.GONE,
                    reason_code=GONE.code,
                    reason=GONE.reason,
                ),
            )
        )
    return school


def column(school: School) -> GradeColumn:
    with school.db.reading(EVERY_TENANT) as session:
        return session.scalars(select(GradeColumn)).one()


def test_it_is_said_in_words_with_both_ways_out(lost: School, instructor: Browser) -> None:
    page = instructor.get("class").get_data(as_text=True)
    assert "The gradebook column is gone" in page
    assert "1 grade is kept here" in page
    assert "kept here: the gradebook column is gone" in page
    assert FIND in page
    assert MAKE in page


@pytest.mark.parametrize(("choice", "task"), [("find", ColumnTask.FIND), ("make", ColumnTask.MAKE)])
def test_the_choice_is_kept_for_the_worker(
    lost: School, instructor: Browser, choice: str, task: ColumnTask
) -> None:
    answer = instructor.post("class/column", {"choice": choice})
    assert answer.status_code == 303
    assert column(lost).task is task
    page = instructor.get("class?done=chosen").get_data(as_text=True)
    assert "Every grade is sent again once the column is there." in page
    assert FIND not in page
    with lost.db.reading(lost.tenant_id) as session:
        row = session.scalars(select(GradeDelivery)).one()
    assert row.state is DeliveryState.WAITING


def test_what_came_of_it_is_said(lost: School, instructor: Browser) -> None:
    with lost.db.writing(lost.tenant_id) as session:
        session.scalars(select(GradeColumn)).one().reason_code = "delivery.column-not-found"
    page = instructor.get("class").get_data(as_text=True)
    assert "No column of this activity was found" in page
    with lost.db.writing(lost.tenant_id) as session:
        row = session.scalars(select(GradeColumn)).one()
        row.reason_code, row.reason = "ags.forbidden", "403 <b>No</b>"
    page = instructor.get("class").get_data(as_text=True)
    assert "403 &lt;b&gt;No&lt;/b&gt;" in page
    assert "ags.forbidden" in page


def test_an_assistant_reads_it_and_cannot_choose(
    lost: School, browse: Callable[[Visit], Browser]
) -> None:
    assistant = browse(lost.visit(lost.assistant_id, CourseRole.ASSISTANT))
    page = assistant.get("class").get_data(as_text=True)
    assert "An instructor of this course can choose" in page
    assert FIND not in page


def test_another_choice_is_none(lost: School, instructor: Browser) -> None:
    assert instructor.post("class/column", {"choice": "delete"}).status_code == 400
    assert instructor.post("class/column").status_code == 400
    assert column(lost).task is None


def test_a_column_that_is_there_is_not_spoken_of(school: School, instructor: Browser) -> None:
    assert "The gradebook column is gone" not in instructor.get("class").get_data(as_text=True)
