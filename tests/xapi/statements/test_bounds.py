"""Long inputs that are wrong, or odd, take no more than their length: these end.

Before they were bounded each of them took minutes or gigabytes; no time is asserted.
"""

import orjson
import pytest

from tests.xapi.samples import statement
from xapi.resources import multipart
from xapi.resources.faults import Refused
from xapi.statements import parse, times, validate
from xapi.statements.errors import Invalid
from xapi.statements.prepare import prepare

_AUTHORITY = {"mbox": "mailto:lrs@example.org"}


def test_the_first_of_many_errors_is_said() -> None:
    group = {"objectType": "Group", "member": [{}] * 50_000}
    with pytest.raises(Invalid) as caught:
        validate.check(statement(actor=group))
    assert caught.value.code == "statement.actor.member.ifi"
    assert caught.value.path == "$.actor.member[0]"


def test_a_long_list_of_unknown_members_is_not_repeated() -> None:
    with pytest.raises(Invalid) as caught:
        validate.check(statement(**{f"no{number}": 1 for number in range(50_000)}))
    assert caught.value.code == "statement.unknown"
    assert len(caught.value.message) < 400


def test_a_key_that_stands_twice_among_many() -> None:
    keys = ",".join(f'"{number}":1' for number in range(50_000))
    with pytest.raises(Invalid) as caught:
        parse.document(f'{{{keys},"49999":2}}'.encode())
    assert caught.value.code == "json.duplicate-key"
    assert "'49999'" in caught.value.message


def test_many_choices_are_distinct() -> None:
    choices = [{"id": str(number)} for number in range(30_000)]
    definition = {"interactionType": "choice", "choices": choices}
    validate.check(statement(object={"id": "https://example.org/quiz", "definition": definition}))
    choices.append({"id": "5"})
    with pytest.raises(Invalid):
        validate.check(
            statement(object={"id": "https://example.org/quiz", "definition": definition})
        )


@pytest.mark.parametrize(
    "text",
    ["PT" + "1" * 200_000 + "S", "PT1" + "0" * 200_000 + ".5S", "PT" + "1" * 200_000 + ".5M"],
)
def test_a_long_duration_is_compared(text: str) -> None:
    assert times.is_duration(text)
    assert times.comparable_duration(text).startswith("PT1")


def test_a_long_header_of_a_part() -> None:
    head = b"Content-Type: " + b" " * 8_000 + b"\x00"
    body = b"--b\r\n" + head + b"\r\n\r\n{}\r\n--b--\r\n"
    with pytest.raises(Refused):
        multipart.read(body, "b")


@pytest.mark.parametrize("digits", [309, 400, 4300, 5000])
def test_a_number_that_no_double_holds_is_refused(digits: int) -> None:
    """It would be stored, and then nothing that reads statements could read it."""
    number = b"1" + b"0" * digits
    data = orjson.dumps(statement(result={"score": {"raw": 7}})).replace(
        b'"raw":7', b'"raw":' + number
    )
    with pytest.raises(Invalid) as caught:
        prepare(data, authority=_AUTHORITY)
    assert caught.value.code == "json.number"
    data = orjson.dumps(statement(result={"extensions": {"https://e.org/n": 7}}))
    with pytest.raises(Invalid):
        prepare(data.replace(b":7}", b":" + number + b"}"), authority=_AUTHORITY)


def test_a_long_number_that_a_double_holds_is_kept_digit_by_digit() -> None:
    number = b"1" * 300
    data = orjson.dumps(statement(result={"extensions": {"https://e.org/n": 7}}))
    kept = prepare(data.replace(b":7}", b":" + number + b"}"), authority=_AUTHORITY).body
    assert number.decode() in kept
    orjson.loads(kept)
