"""GET /agents: the Person of an agent, with every name that statements gave it.

xAPI 1.0.3 Communication 2.4, IEEE 9274.1.1 4.1.6.3: also of one that nobody has mentioned yet.
"""

from flask import Response

from xapi.access import scopes
from xapi.resources import parameters
from xapi.resources.call import Call
from xapi.resources.faults import parameter
from xapi.statements import describe, references, spelling
from xapi.store import descriptions


def get(call: Call) -> Response:
    """Answer with the Person."""
    call.allow(scopes.may_read(call.grant.scopes), "read agents")
    call.only("agent")
    agent = parameters.agent_object(call.arguments, "agent")
    identity = None if agent is None else references.identifier(agent)
    if agent is None or identity is None:
        raise parameter("agent", "is required here")
    tenant = call.grant.tenant
    with call.service.database.reading(tenant) as session:
        names = descriptions.names(session, tenant, identity)
    return call.json(spelling.write(describe.person(agent, names)))
