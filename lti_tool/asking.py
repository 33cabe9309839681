"""How a view asks and acts: one query in a reading session, one action in the one commit.

Touches the services of the running application and who is here; views import no database.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from flask import abort, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission
from lti_tool.services import services
from lti_tool.work import work
from rubrics.actions.done import Done
from rubrics.errors import Refused

T = TypeVar("T")


def ask(query: Callable[..., T], *arguments: object) -> T:
    """The answer of a query, which gets a session of this tenant first."""
    with services().db.reading(here().tenant_id) as session:
        return query(session, *arguments)


def do(action: Callable[[Any], Done[T]]) -> T:
    """Run an action for this tenant and commit it with its records and grades."""
    return work(services(), here().tenant_id, action)


def placement() -> UUID:
    """The placement that this launch came to; 404 where it came to the course itself."""
    return here().placement_id or abort(404)


def allowed(permission: Permission) -> bool:
    """Whether to offer what needs this permission to whoever is here."""
    return here().role in permission.roles and here().purpose in permission.purposes


def address(endpoint: str, **values: Any) -> str:
    """The address of a page of this launch."""
    return url_for(endpoint, handle=here().handle, **values)


def go_to(endpoint: str, **values: Any) -> Response:
    """After something was done: see the page that shows it (303)."""
    return Response(status=303, headers={"Location": address(endpoint, **values)})


def said(refusal: Refused) -> str:
    """A refusal in the reader's language."""
    return str(gettext(refusal.message, **refusal.values))
