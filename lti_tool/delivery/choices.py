"""What instructors bring about in gradebook columns: by a choice, or by editing an activity.

Touches grade_column and the outbox; the worker does the rest.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation import clock
from lti_tool.delivery import all_of_link
from lti_tool.delivery.column_leases import PROVIDING, Held, column_of, hold, wish
from lti_tool.delivery.columns import is_gone, may_arrange
from lti_tool.delivery.tables import ColumnTask, GradeColumn, GradeDelivery
from lti_tool.platforms.tables import ResourceLink
from rubrics.tables.activities import Placement

Choice = Literal["find", "make"]
_TASKS: dict[Choice, ColumnTask] = {"find": ColumnTask.FIND, "make": ColumnTask.MAKE}


@dataclass(frozen=True, slots=True)
class GoneColumn:
    """A column that is gone from the LMS, and what came of the last choice."""

    grades: int
    """How many are kept here meanwhile."""
    chosen: Choice | None
    """What is being done; None where nobody has chosen."""
    reason_code: str
    reason: str


def gone_column(session: Session, placement_id: UUID) -> GoneColumn | None:
    """The placement's column, where it is gone."""
    rows = session.execute(
        select(ResourceLink, GradeColumn)
        .join(GradeColumn, GradeColumn.resource_link_pk == ResourceLink.id)
        .where(ResourceLink.placement_id == placement_id)
    )
    for link, column in rows:
        if is_gone(link, column):
            grades = select(func.count()).where(GradeDelivery.resource_link_pk == link.id)
            return GoneColumn(
                grades=session.scalar(grades) or 0,
                chosen=next((name for name, task in _TASKS.items() if task is column.task), None),
                reason_code=column.reason_code,
                reason=column.reason,
            )
    return None


def choose_column(session: Session, placement_id: UUID, choice: Choice) -> int:
    """Have the gone columns of a placement found, or made anew; how many there are.

    All grades are sent again once there is one.
    """
    moment, chosen = clock.now(), 0
    for held in _links(session, ResourceLink.placement_id == placement_id):
        if held.column is None or not is_gone(held.link, held.column):
            continue
        wish(held.column, _TASKS[choice], moment)
        session.flush()
        all_of_link.want_all_again(session, held.link.id, moment, empty=True)
        chosen += 1
    return chosen


def follow_activity(session: Session, activity_id: UUID) -> None:
    """An activity has another title, maximum or address: have its columns say so."""
    moment = clock.now()
    placed = select(Placement.id).where(Placement.activity_id == activity_id)
    for held in _links(session, ResourceLink.placement_id.in_(placed)):
        link, column = held.link, held.column
        if not may_arrange(held.context) or is_gone(link, column):
            continue
        if column is not None and column.task in PROVIDING:
            # It is being made with what was known before.
            column.wanted += 1
        elif link.lineitem_url:
            column = column_of(session, held)
            removable = bool(held.address) and column.made and not _graded(session, link.id)
            wish(column, ColumnTask.REMOVE if removable else ColumnTask.UPDATE, moment)
    session.flush()


def _links(session: Session, condition: object) -> list[Held]:
    ids = select(ResourceLink.id).where(condition).order_by(ResourceLink.id)  # type: ignore[arg-type]
    return [held for each in session.scalars(ids) if (held := hold(session, each)) is not None]


def _graded(session: Session, link_pk: UUID) -> bool:
    given = select(GradeDelivery.id).where(GradeDelivery.resource_link_pk == link_pk).limit(1)
    return session.scalar(given) is not None
