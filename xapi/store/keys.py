"""The hashes under which the reference table knows things; keyed with the tenant.

A key of one tenant never equals one of another, so that no query can find a foreign row by it.
"""

from functools import lru_cache
from hashlib import blake2b
from uuid import UUID


@lru_cache(maxsize=16_384)
def key(tenant: UUID, text: str) -> bytes:
    """Sixteen bytes for an agent, verb, activity or registration of one tenant."""
    return blake2b(text.encode(), digest_size=16, key=tenant.bytes).digest()


def lock(tenant: UUID) -> int:
    """The number of a tenant's advisory lock on PostgreSQL: a signed integer of 32 bits."""
    return int.from_bytes(blake2b(tenant.bytes, digest_size=4).digest(), signed=True)
