"""A pretended learner (Canvas Student View) never reaches a gradebook."""

from sqlalchemy import select

from foundation.db import EVERY_TENANT
from lti_tool.delivery.tables import GradeDelivery
from rubrics.tables.people import Person
from tests.lti_tool.delivery.house import House


def test_no_grade_of_a_test_student_leaves(one: House) -> None:
    with one.db.writing(EVERY_TENANT) as session:
        session.get_one(Person, one.learner).is_test = True
    one.release(4, 4)
    with one.db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(GradeDelivery)).all() == []
    assert one.work() == 0
