"""The reader of multipart/mixed by itself: whatever bytes the parts have, they come out again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xapi.multipart import BOUNDARY, raw
from xapi.resources import multipart
from xapi.resources.faults import Refused

PIECES = st.sampled_from(
    [b"\r\n", b"\r", b"\n", b"--", BOUNDARY.encode(), b"-", b" ", b"\x00", b"a", b"\r\n--xyzz"]
)
BYTES = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=12).map(b"".join))


def is_delimiter(line: bytes) -> bool:
    """Whether a line is one, by the letter of RFC 2046."""
    rest = line.removeprefix(b"--" + BOUNDARY.encode())
    return rest != line and rest.removeprefix(b"--").strip(b" \t") == b""


def holds_no_delimiter(data: bytes) -> bool:
    return not any(map(is_delimiter, data.split(b"\r\n")))


@given(st.lists(BYTES.filter(holds_no_delimiter), min_size=1, max_size=4))
def test_parts_come_out_as_they_went_in(contents: list[bytes]) -> None:
    parts = [({"content-type": "a/b", "x-n": f"{n}"}, data) for n, data in enumerate(contents)]
    found = multipart.read(raw(*parts), BOUNDARY)
    assert [(dict(one.headers), one.data) for one in found] == parts
    answer = multipart.Written(parts)
    written = b"".join(answer)
    again = multipart.read(written, multipart.boundary_of(answer.content_type))
    assert [(dict(one.headers), one.data) for one in again] == parts


@given(st.one_of(BYTES, BYTES.map(lambda data: raw(({}, data))), st.lists(PIECES).map(b"".join)))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        assert multipart.read(data, BOUNDARY)
    except Refused as refused:
        assert refused.status == 400  # noqa: PT017 - either may happen


@pytest.mark.parametrize("number", [multipart.MAX_PARTS, multipart.MAX_PARTS + 1])
def test_parts_are_counted(number: int) -> None:
    data = raw(*[({}, b"")] * number)
    if number <= multipart.MAX_PARTS:
        assert len(multipart.read(data, BOUNDARY)) == number
        return
    with pytest.raises(Refused) as refused:
        multipart.read(data, BOUNDARY)
    assert refused.value.error.code == "multipart.parts"


def test_boundaries_may_be_quoted() -> None:
    assert multipart.boundary_of('multipart/mixed; boundary="a b"') == "a b"
    assert multipart.boundary_of("multipart/mixed; charset=x; Boundary=a.b") == "a.b"
