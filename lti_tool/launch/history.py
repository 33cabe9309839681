"""What a launch says about where its link and its course were copied from, and what was there.

Reads links, contexts and activities of the launch's registration and tenant. Serves the variables
ResourceLink.id.history and Context.id.history (LTI 1.3 core, appendix C) and the activity's id that
deep linking left in the link, which a copied link still names.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.platforms.tables import Deployment, LtiContext, ResourceLink
from rubrics.queries.copies import ancestors
from rubrics.tables.activities import Activity, Placement

ACTIVITY_HINT = "twofold_activity"
"""The custom parameter in which deep linking leaves the activity's id."""
LINK_HISTORY = "resource_link_history"
CONTEXT_HISTORY = "context_history"

_LONGEST_CHAIN = 50
_MOST_OFFERS = 200
_LONGEST_ID = 255


def ids_of(value: str | None) -> tuple[str, ...]:
    """The ids of a history, newest first: separated by commas, each of them URL-encoded.

    What the LMS did not fill in, and what cannot be an id, is left out.
    """
    parts = (value or "").split(",", _LONGEST_CHAIN)[:_LONGEST_CHAIN]
    found = (unquote(part).strip() for part in parts)
    return tuple(
        dict.fromkeys(
            each
            for each in found
            if 0 < len(each) <= _LONGEST_ID and each.isprintable() and not each.startswith("$")
        )
    )


def hinted(custom: Mapping[str, str]) -> UUID | None:
    """The activity that deep linking left in the link, of whatever course."""
    try:
        return UUID(custom.get(ACTIVITY_HINT, ""))
    except ValueError:
        return None


def sources(
    session: Session, registration_id: UUID, custom: Mapping[str, str], course_id: UUID
) -> dict[str, list[str]] | None:
    """Activities of other courses that this link ("link") and course ("course") are copies of.

    None where the launch says nothing of a copy, or nothing that is known here.
    """
    if not {ACTIVITY_HINT, LINK_HISTORY, CONTEXT_HISTORY} & custom.keys():
        return None
    contexts = ids_of(custom.get(CONTEXT_HISTORY))
    of_courses = _of_courses(session, registration_id, contexts, course_id)
    of_link = [*_of_links(session, registration_id, custom, contexts, course_id)]
    hint = hinted(custom)
    if hint is not None:
        of_link += [row.id for row in of_courses if hint in (row.id, *ancestors(row))]
        of_link += session.scalars(
            select(Activity.id).where(Activity.id == hint, Activity.course_id != course_id)
        )
    link = list(dict.fromkeys(of_link))
    # Whoever copied a link may have copied all of its course: the LMS need not say which.
    all_of_courses = [*(row.id for row in of_courses), *_beside(session, link)]
    course = [each for each in dict.fromkeys(all_of_courses) if each not in link]
    if not link and not course:
        return None
    return {"link": _stored(link), "course": _stored(course)}


def offered(said: Mapping[str, Any] | None) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """What `sources` gave: activities of the launch's link, and others of its course."""
    return _read(said, "link"), _read(said, "course")


def _of_links(
    session: Session,
    registration_id: UUID,
    custom: Mapping[str, str],
    contexts: tuple[str, ...],
    course_id: UUID,
) -> list[UUID]:
    links = ids_of(custom.get(LINK_HISTORY))
    if not links:
        return []
    rows = session.execute(
        select(ResourceLink.resource_link_id, LtiContext.context_id, Placement.activity_id)
        .join(Deployment, Deployment.id == ResourceLink.deployment_id)
        .join(LtiContext, LtiContext.id == ResourceLink.context_pk)
        .join(Placement, Placement.id == ResourceLink.placement_id)
        .where(
            Deployment.registration_id == registration_id,
            ResourceLink.resource_link_id.in_(links),
            Placement.activity_id.is_not(None),
            Placement.course_id != course_id,
        )
    ).all()
    # An LMS may use the same link id in several courses: the one of the nearest course comes first.
    by_nearness = sorted(
        rows, key=lambda row: (links.index(row[0]), _position(row[1], contexts), str(row[2]))
    )
    return [row[2] for row in by_nearness if row[2] is not None]


def _of_courses(
    session: Session, registration_id: UUID, contexts: tuple[str, ...], course_id: UUID
) -> list[Activity]:
    if not contexts:
        return []
    rows = session.execute(
        select(LtiContext.context_id, Activity)
        .join(Deployment, Deployment.id == LtiContext.deployment_id)
        .join(Activity, Activity.course_id == LtiContext.course_id)
        .where(
            Deployment.registration_id == registration_id,
            LtiContext.context_id.in_(contexts),
            LtiContext.course_id != course_id,
        )
        .order_by(Activity.created_at, Activity.id)
    ).all()
    by_nearness = sorted(rows, key=lambda row: _position(row[0], contexts))
    return list({row[1].id: row[1] for row in by_nearness}.values())


def _beside(session: Session, activity_ids: list[UUID]) -> list[UUID]:
    """The activities of the courses that these activities are of."""
    if not activity_ids:
        return []
    courses = select(Activity.course_id).where(Activity.id.in_(activity_ids))
    return list(
        session.scalars(
            select(Activity.id)
            .where(Activity.course_id.in_(courses))
            .order_by(Activity.created_at, Activity.id)
        )
    )


def _position(value: str, chain: tuple[str, ...]) -> int:
    return chain.index(value) if value in chain else len(chain)


def _stored(ids: Iterable[UUID]) -> list[str]:
    return [str(each) for each in ids][:_MOST_OFFERS]


def _read(said: Mapping[str, Any] | None, name: str) -> tuple[UUID, ...]:
    return tuple(UUID(each) for each in (said or {}).get(name, ()))
