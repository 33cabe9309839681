"""Puts a grade on its way, in the transaction of the release that gave it.

Touches the outbox only: nothing is sent here. The row holds what the gradebook should say; a later
release replaces that, and whatever is being sent meanwhile does not count as this one's delivery.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import insert_into, tenant_of
from lti_tool.delivery.columns import NoColumn, no_column
from lti_tool.delivery.comment import comment_of
from lti_tool.delivery.tables import DeliveryState, GradeColumn, GradeDelivery
from lti_tool.platforms.tables import Deployment, LtiContext, Registration, ResourceLink
from rubrics.tables.activities import Attempt, Placement, Submission
from rubrics.tables.assessments import ActivityScore
from rubrics.tables.people import Person


def enqueue(session: Session, score_id: UUID) -> None:
    """Want this ActivityScore in the gradebook of every link of its placement.

    The domain has decided that it is the one that counts. A score without points changes nothing:
    it must never erase a grade.
    """
    score = session.get_one(ActivityScore, score_id)
    if score.points is None:
        return
    placement = session.get_one(Attempt, score.attempt_id).placement
    activity = placement.activity
    comment = comment_of(session, score, activity)
    started_at, submitted_at = _submission(session, score.attempt_id)
    for link, context, registration_id, column in session.execute(
        select(ResourceLink, LtiContext, Registration.id, GradeColumn)
        .join(LtiContext, LtiContext.id == ResourceLink.context_pk)
        .join(Deployment, Deployment.id == ResourceLink.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .join(Person, Person.issuer == Registration.issuer)
        .outerjoin(GradeColumn, GradeColumn.resource_link_pk == ResourceLink.id)
        .where(
            ResourceLink.placement_id == placement.id,
            Person.id == score.person_id,
            Person.is_test.is_(False),
        )
        .order_by(ResourceLink.id)
        # Before the grade, as whoever changes all grades of a link does.
        .with_for_update(of=ResourceLink, key_share=True)
    ):
        missing = no_column(link, context, activity.address if activity else None, column)
        wanted = {
            "registration_id": registration_id,
            "points": score.points,
            "maximum": score.maximum,
            "comment": comment,
            "started_at": started_at,
            "submitted_at": submitted_at,
            **_afresh(missing),
        }
        session.execute(
            insert_into(session, GradeDelivery)
            .values(
                tenant_id=tenant_of(session),
                resource_link_pk=link.id,
                person_id=score.person_id,
                **wanted,
            )
            .on_conflict_do_update(
                index_elements=["resource_link_pk", "person_id"],
                set_={**wanted, "wanted": GradeDelivery.wanted + 1},
            )
        )


def send_again(session: Session, placement_id: UUID, person_id: UUID | None) -> int:
    """Try at once what is not delivered, or one person's grade in any state; how many it is."""
    links = select(ResourceLink.id).where(ResourceLink.placement_id == placement_id)
    session.execute(links.order_by(ResourceLink.id).with_for_update(key_share=True))
    rows = (
        select(GradeDelivery, ResourceLink, LtiContext, GradeColumn)
        .join(ResourceLink, ResourceLink.id == GradeDelivery.resource_link_pk)
        .join(LtiContext, LtiContext.id == ResourceLink.context_pk)
        .outerjoin(GradeColumn, GradeColumn.resource_link_pk == ResourceLink.id)
        .where(ResourceLink.placement_id == placement_id)
        .order_by(GradeDelivery.id)
        .with_for_update(of=GradeDelivery)
    )
    if person_id is None:
        rows = rows.where(GradeDelivery.state != DeliveryState.DELIVERED)
    else:
        rows = rows.where(GradeDelivery.person_id == person_id)
    placement = session.get(Placement, placement_id)
    activity = None if placement is None else placement.activity
    address = None if activity is None else activity.address
    found = session.execute(rows).all()
    for row, link, context, column in found:
        for name, value in _afresh(no_column(link, context, address, column)).items():
            setattr(row, name, value)
    return len(found)


def _submission(session: Session, attempt_id: UUID) -> tuple[datetime | None, datetime | None]:
    """When the work of an attempt was begun and last handed in; None, None where it was not."""
    handed_in = select(func.min(Submission.created_at), func.max(Submission.submitted_at)).where(
        Submission.attempt_id == attempt_id, Submission.submitted_at.is_not(None)
    )
    started_at, submitted_at = session.execute(handed_in).one()
    return started_at, submitted_at


def _afresh(missing: NoColumn | None) -> dict[str, Any]:
    """The values of a row that has not been tried yet."""
    return {
        "state": DeliveryState.WAITING if missing is None else missing.state,
        "attempts": 0,
        "next_try_at": clock.now(),
        "reason_code": "" if missing is None else missing.code,
        "reason": "" if missing is None else missing.reason,
    }
