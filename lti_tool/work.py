"""The one commit: an action's facts, their statements and their grades, or none of them.

Everything that people do goes through `work()`. What an action returns as events is recorded and
handed to grade delivery inside the action's own transaction.
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.delivery import choices, outbox
from lti_tool.records import recorder
from lti_tool.services import Services
from rubrics.actions.done import Done
from rubrics.events import ActivityChanged, ActivityScored, Event

T = TypeVar("T")
_TRIES = 3


def work(services: Services, tenant_id: UUID, action: Callable[[Session], Done[T]]) -> T:
    """Run an action for a tenant and commit it with its consequences; return its value.

    Where two at the same moment make what there can be only one of, the second runs once more and
    finds it made; so an action touches nothing but its session.
    """
    for left in reversed(range(_TRIES)):
        try:
            return _once(services, tenant_id, action)
        except IntegrityError:
            if not left:
                raise
    raise RuntimeError("unreachable")


def _once(services: Services, tenant_id: UUID, action: Callable[[Session], Done[T]]) -> T:
    with services.db.writing(tenant_id) as session:
        done = action(session)
        session.flush()
        recorder.record(session, services.installation, services.settings, done.events)
        _deliver(session, done.events)
        return done.value


def settle(
    services: Services, tenant_id: UUID, action: Callable[[Session], T], records: recorder.Ready
) -> T:
    """As `work`, with what is to be recorded made ready before (`recorder.ready`).

    For what happens often and at the same moment: on SQLite nobody else writes meanwhile. The
    action itself makes sure that what was read before still holds, and raises where it does not.
    """
    with services.db.writing(tenant_id) as session:
        value = action(session)
        session.flush()
        recorder.store(session, records)
        return value


def _deliver(session: Session, events: tuple[Event, ...]) -> None:
    for event in events:
        if isinstance(event, ActivityScored):
            outbox.enqueue(session, event.score_id)
        elif isinstance(event, ActivityChanged):
            choices.follow_activity(session, event.activity_id)
