"""/activities/state: what a learner's course remembers about an agent, and perhaps a registration.

xAPI 1.0.3 Communication 2.3, IEEE 9274.1.1 4.1.6.2.
"""

from xapi.access import scopes
from xapi.resources.call import Call
from xapi.resources.documents import Resource, place
from xapi.store.documents import Kind, Place


def _place(call: Call) -> Place:
    return place(call, Kind.STATE, activity=True, agent=True)


RESOURCE = Resource(
    name="stateId",
    context=("activityId", "agent", "registration"),
    place=_place,
    readable=lambda call: scopes.may_read_state(call.grant.scopes),
    writable=lambda call: scopes.may_write_state(call.grant.scopes),
    guarded_in_v1=False,
    deletes_all=True,
)
