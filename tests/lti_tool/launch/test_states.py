"""States carry a login whole, and no other text than the one that was made opens."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lti_tool.launch.requests import LAUNCH
from lti_tool.launch.states import LOGIN_SECONDS, Begun, States, frame_in, target_digest

AT = datetime(2030, 1, 1, 12, 0, 0, 999_999, tzinfo=UTC)
KEY, OTHER = "a-key-0123456789-abcdefghijklmnopq", "b-key-0123456789-abcdefghijklmnopq"
TARGET = "https://skills.example/lti/launch"
STATES, REGISTRATION = States(KEY), uuid4()


def made(frame: str | None = None) -> str:
    return "state-" + STATES.new(REGISTRATION, TARGET, frame, AT)


@pytest.mark.parametrize("frame", [None, "", "_parent", "f" * 100])
def test_what_was_begun_comes_back(frame: str | None) -> None:
    state = made(frame)
    assert len(state) <= LAUNCH["state"]
    begun = STATES.opened(state, AT)
    assert begun is not None
    assert begun.registration_id == REGISTRATION
    assert begun.target_digest == target_digest(TARGET)
    assert frame_in(state) == frame
    assert (begun.nonce, begun.secret) == (STATES.nonce(state), STATES.secret(state))


def test_nothing_of_it_is_guessed_from_another() -> None:
    begun = [STATES.opened(made(), AT) for _ in range(2)]
    assert all(isinstance(each, Begun) for each in begun)
    secrets = {value for each in begun if each for value in (each.state, each.nonce, each.secret)}
    assert len(secrets) == 6
    state = made()
    assert States(OTHER).nonce(state) != STATES.nonce(state)
    assert States(OTHER).secret(state) != STATES.secret(state)


def test_it_ends() -> None:
    state = made()
    assert STATES.opened(state, AT + timedelta(seconds=LOGIN_SECONDS - 2)) is not None
    assert STATES.opened(state, AT + timedelta(seconds=LOGIN_SECONDS)) is None


def test_no_changed_state_opens() -> None:
    """Every character matters, also to the digest by which a state is used up."""
    state = made("storage")
    for position, character in enumerate(state):
        other = "A" if character != "A" else "B"
        assert STATES.opened(state[:position] + other + state[position + 1 :], AT) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda state: "",
        lambda state: "state-",
        lambda state: state.removeprefix("state-"),
        lambda state: f"state-{state}",
        lambda state: state[:-1],
        lambda state: f"{state}A",
        lambda state: f"{state}=",
        lambda state: f"{state} ",
        lambda state: f"{state}.",
        lambda state: f"{state}._parent",
        lambda state: state.replace("state-", "state-\n"),
        lambda state: f"{state[:20]}!{state[20:]}",
        lambda state: f"{state}é",
        lambda state: "state-" + States(OTHER).new(REGISTRATION, TARGET, None, AT),
    ],
)
def test_no_other_text_opens(change: object) -> None:
    assert callable(change)
    assert STATES.opened(change(made()), AT) is None
