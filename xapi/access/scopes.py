"""What a credential may do: the scopes of xAPI 1.0.3 Communication 4.2, IEEE 9274.1.1 4.1.9."""

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    """One permission."""

    ALL = "all"
    ALL_READ = "all/read"
    WRITE = "statements/write"
    READ = "statements/read"
    READ_MINE = "statements/read/mine"
    STATE = "state"
    DEFINE = "define"
    PROFILE = "profile"


def parse(names: Collection[str]) -> frozenset[Scope]:
    """The scopes of these names. Raises ValueError that lists what there is."""
    known = {scope.value for scope in Scope}
    unknown = sorted(set(names) - known)
    if unknown or not names:
        wrong = f"no such scope: {', '.join(unknown)}" if unknown else "no scope given"
        raise ValueError(f"{wrong}; there are: {', '.join(sorted(known))}")
    return frozenset(Scope(name) for name in names)


def may_write(scopes: Collection[Scope]) -> bool:
    """Whether they allow storing statements."""
    return bool({Scope.ALL, Scope.WRITE} & set(scopes))


def may_read(scopes: Collection[Scope]) -> bool:
    """Whether they allow reading every statement of the tenant."""
    return bool({Scope.ALL, Scope.ALL_READ, Scope.READ} & set(scopes))


def may_read_own(scopes: Collection[Scope]) -> bool:
    """Whether they allow reading at least what the credential itself stored."""
    return may_read(scopes) or Scope.READ_MINE in scopes


def may_read_state(scopes: Collection[Scope]) -> bool:
    """Whether they allow reading state documents."""
    return bool({Scope.ALL, Scope.ALL_READ, Scope.STATE} & set(scopes))


def may_write_state(scopes: Collection[Scope]) -> bool:
    """Whether they allow changing state documents."""
    return bool({Scope.ALL, Scope.STATE} & set(scopes))


def may_read_profiles(scopes: Collection[Scope]) -> bool:
    """Whether they allow reading the documents of activities and agents."""
    return bool({Scope.ALL, Scope.ALL_READ, Scope.PROFILE} & set(scopes))


def may_write_profiles(scopes: Collection[Scope]) -> bool:
    """Whether they allow changing the documents of activities and agents."""
    return bool({Scope.ALL, Scope.PROFILE} & set(scopes))


def may_define(scopes: Collection[Scope]) -> bool:
    """Whether what they store describes activities and agents for everybody."""
    return bool({Scope.ALL, Scope.DEFINE} & set(scopes))
