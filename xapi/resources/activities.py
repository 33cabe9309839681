"""GET /activities: all that is known of an activity.

xAPI 1.0.3 Communication 2.5, IEEE 9274.1.1 4.1.6.4: also of one that nobody has mentioned yet.
"""

from typing import Any

from flask import Response

from xapi.access import scopes
from xapi.resources import parameters
from xapi.resources.call import Call
from xapi.resources.faults import parameter
from xapi.statements import spelling
from xapi.store import descriptions


def get(call: Call) -> Response:
    """Answer with the activity and its canonical definition."""
    call.allow(scopes.may_read(call.grant.scopes), "read activities")
    call.only("activityId")
    activity = parameters.iri(call.arguments, "activityId")
    if activity is None:
        raise parameter("activityId", "is required here")
    tenant = call.grant.tenant
    with call.service.database.reading(tenant) as session:
        known = descriptions.definitions(session, tenant, [activity]).get(activity)
    found: dict[str, Any] = {"objectType": "Activity", "id": activity}
    if known is not None:
        found["definition"] = known
    return call.json(spelling.write(found))
