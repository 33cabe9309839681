"""What the tests of columns do to a house and ask of it."""

from typing import Any

from sqlalchemy import select

from foundation.db import EVERY_TENANT
from lti_tool.delivery import choices
from lti_tool.delivery.choices import GoneColumn
from lti_tool.delivery.tables import GradeColumn
from lti_tool.platforms.tables import ResourceLink
from lti_tool.work import work
from rubrics.actions.activities import write_activity
from tests.lti_tool.delivery.house import House


def release_all(one: House, *positions: int) -> None:
    for learner in one.made.learner_ids:
        one.release(*positions, learner=learner)


def states(one: House) -> set[str]:
    return {one.state(learner).state for learner in one.made.learner_ids}


def url_of(one: House) -> str | None:
    with one.db.reading(EVERY_TENANT) as session:
        return session.get_one(ResourceLink, one.link_id).lineitem_url


def column_of(one: House) -> GradeColumn:
    with one.db.reading(EVERY_TENANT) as session:
        return session.scalars(select(GradeColumn)).one()


def gone(one: House) -> GoneColumn | None:
    with one.db.reading(one.made.tenant_id) as session:
        return choices.gone_column(session, one.made.placement_id)


def choose(one: House, choice: choices.Choice) -> int:
    with one.db.writing(one.made.tenant_id) as session:
        return choices.choose_column(session, one.made.placement_id, choice)


def edit(one: House, **changes: Any) -> None:
    """The instructor edits the activity, as the form does."""
    work(
        one.services,
        one.made.tenant_id,
        lambda session: write_activity(
            session,
            course_id=one.made.course_id,
            author_id=one.made.instructor_id,
            draft=one.made.draft(**changes),
            activity_id=one.made.activity_id,
        ),
    )


def settled(one: House) -> None:
    """Everything that is to be done, whatever it waits for."""
    for _ in range(10):
        one.later()
        if not one.work():
            return
    raise AssertionError("it does not come to rest")
