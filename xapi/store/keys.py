"""The hashes under which the reference table knows things; keyed with the tenant.

A key of one tenant never equals one of another, so that no query can find a foreign row by it.
"""

from hashlib import blake2b
from uuid import UUID


def key(tenant: UUID, text: str) -> bytes:
    """Sixteen bytes for an agent, verb, activity or registration of one tenant."""
    return blake2b(text.encode(), digest_size=16, key=tenant.bytes).digest()


class Keyring(dict[str, bytes]):
    """The keys of one tenant by their texts, each made when it is first asked for."""

    def __init__(self, tenant: UUID) -> None:
        super().__init__()
        self._tenant = tenant.bytes

    def __missing__(self, text: str) -> bytes:
        made = self[text] = blake2b(text.encode(), digest_size=16, key=self._tenant).digest()
        return made


def lock(tenant: UUID) -> int:
    """The number of a tenant's advisory lock on PostgreSQL: a signed integer of 32 bits."""
    return int.from_bytes(blake2b(tenant.bytes, digest_size=4).digest(), signed=True)
