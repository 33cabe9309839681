"""Writes what happened into the learning record store, in the transaction of the fact.

Every event class has its handler here. A statement is validated like a stranger's before it is
stored: one that fails is a programming error and stops the fact.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from foundation.db import tenant_of
from lti_tool.installation import Installation
from lti_tool.records import assessed, building, coming_in, standing
from lti_tool.records.building import Builder
from lti_tool.records.identifiers import Identifiers
from lti_tool.settings import Settings
from rubrics import events
from xapi.statements.prepare import prepare
from xapi.store import write
from xapi.store.order import Order, order

Ready = Order
"""Statements that are ready to be stored."""
Handler = Callable[[Session, Builder, Any], list[dict[str, Any]]]

HANDLERS: dict[type[events.Event], Handler] = {
    events.ActivityLaunched: coming_in.launched,
    events.ActivityChanged: coming_in.changed,
    events.ActivityTagged: coming_in.tagged,
    events.EvidenceSubmitted: coming_in.submitted,
    events.CriterionScored: assessed.criterion_scored,
    events.ActivityScored: assessed.activity_scored,
    events.CompetencyAsserted: standing.asserted,
    events.CompetencyAchieved: standing.achieved,
}


def record(
    session: Session,
    installation: Installation,
    settings: Settings,
    happened: Iterable[events.Event],
) -> None:
    """Store the statements of these events for the session's tenant."""
    store(session, ready(session, installation, settings, happened))


def ready(
    session: Session,
    installation: Installation,
    settings: Settings,
    happened: Iterable[events.Event],
) -> Ready:
    """The statements of these events, ready to be stored; writes nothing."""
    build = Builder(Identifiers(installation), with_names=settings.actor_names == "1")
    authority = _authority(installation.iri_base)
    prepared = [
        prepare(statement, authority=authority, version=building.VERSION)
        for event in happened
        for statement in HANDLERS[type(event)](session, build, event)
    ]
    return order(tenant_of(session), prepared)


def store(session: Session, wanted: Ready) -> None:
    """Store what was made ready."""
    if wanted.prepared:
        write.record(session, wanted)


@cache
def _authority(iri_base: str) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": iri_base, "name": "twofold"}}
