"""/agents/profile: documents about an agent.

xAPI 1.0.3 Communication 2.6, IEEE 9274.1.1 4.1.6.5.
"""

from xapi.access import scopes
from xapi.resources.call import Call
from xapi.resources.documents import Resource, place
from xapi.store.documents import Kind, Place


def _place(call: Call) -> Place:
    return place(call, Kind.AGENT_PROFILE, agent=True)


RESOURCE = Resource(
    name="profileId",
    context=("agent",),
    place=_place,
    readable=lambda call: scopes.may_read_profiles(call.grant.scopes),
    writable=lambda call: scopes.may_write_profiles(call.grant.scopes),
    guarded_in_v1=True,
)
