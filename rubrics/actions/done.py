"""What an action gives back: its value and what happened. lti_tool/work.py commits both at once."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from rubrics.events import Event

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The value of an action and the events to be recorded with it."""

    value: T
    events: tuple[Event, ...] = ()
