"""The one commit: an action's facts, their statements and their grades, or none of them.

Everything that people do goes through `work()`. What an action returns as events is recorded and
handed to grade delivery inside the action's own transaction.
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.delivery import outbox
from lti_tool.records import recorder
from lti_tool.services import Services
from rubrics.actions.done import Done
from rubrics.events import ActivityScored, Event

T = TypeVar("T")


def work(services: Services, tenant_id: UUID, action: Callable[[Session], Done[T]]) -> T:
    """Run an action for a tenant and commit it with its consequences; return its value."""
    with services.db.writing(tenant_id) as session:
        done = action(session)
        session.flush()
        recorder.record(session, services.installation, services.settings, done.events)
        _deliver(session, done.events)
        return done.value


def _deliver(session: Session, events: tuple[Event, ...]) -> None:
    for event in events:
        if isinstance(event, ActivityScored):
            outbox.enqueue(session, event.score_id)
