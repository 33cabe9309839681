"""Puts a grade on its way, in the transaction of the release that gave it.

Touches the outbox only: nothing is sent here. The row holds what the gradebook should say; a later
release replaces that, and whatever is being sent meanwhile does not count as this one's delivery.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import insert_into, tenant_of
from lti_tool.delivery.columns import NoColumn, no_column
from lti_tool.delivery.comment import comment_of
from lti_tool.delivery.tables import DeliveryState, GradeDelivery
from lti_tool.platforms.tables import Deployment, LtiContext, Registration, ResourceLink
from rubrics.tables.activities import Attempt, Placement
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
    comment = comment_of(session, score, placement.activity)
    for link, context, registration_id in session.execute(
        select(ResourceLink, LtiContext, Registration.id)
        .join(LtiContext, LtiContext.id == ResourceLink.context_pk)
        .join(Deployment, Deployment.id == ResourceLink.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .join(Person, Person.issuer == Registration.issuer)
        .where(
            ResourceLink.placement_id == placement.id,
            Person.id == score.person_id,
            Person.is_test.is_(False),
        )
        .order_by(ResourceLink.id)
    ):
        wanted = {
            "registration_id": registration_id,
            "points": score.points,
            "maximum": score.maximum,
            "comment": comment,
            **_afresh(no_column(link, context, placement.activity)),
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
    rows = (
        select(GradeDelivery, ResourceLink, LtiContext)
        .join(ResourceLink, ResourceLink.id == GradeDelivery.resource_link_pk)
        .join(LtiContext, LtiContext.id == ResourceLink.context_pk)
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
    found = session.execute(rows).all()
    for row, link, context in found:
        for name, value in _afresh(no_column(link, context, activity)).items():
            setattr(row, name, value)
    return len(found)


def _afresh(missing: NoColumn | None) -> dict[str, Any]:
    """The values of a row that has not been tried yet."""
    return {
        "state": DeliveryState.WAITING if missing is None else DeliveryState.NONE,
        "attempts": 0,
        "next_try_at": clock.now(),
        "reason_code": "" if missing is None else missing.code,
        "reason": "" if missing is None else missing.reason,
    }
