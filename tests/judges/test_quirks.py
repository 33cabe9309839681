"""A platform of quirks: whatever the LMS does, what the grade, the list and the launch come to.

For each fault: where things stand meanwhile, with the words that the instructor's page and
`twofold platform check` show; and that after it everything arrives, once. The whole story (launch,
hand in, assess, release) is told under many faults at once; the grade that it left is then sent
under each fault alone.
"""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, cast

import pytest

from foundation import clock
from foundation.db import Database
from lti_tool.demo.browser import NotOnThePage
from lti_tool.platforms.platform_keys import FRESH_SECONDS, RETRY_SECONDS, STALE_SECONDS
from tests.judges.quirk_faults import COLUMNS, IN_TIME, KEYS, LISTS, SCORES, TOKENS, Fault
from tests.judges.quirk_school import POINTS, TITLE, Quirks, quirk_school
from tests.postgres import Postgres

pytestmark = pytest.mark.xdist_group("quirks")

ON_ONE = pytest.mark.parametrize("school", ["sqlite"], indirect=True)
"""What leaves nothing in the database is tried on one engine."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def school(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Quirks]:
    """One school for all faults, on each engine."""
    folder = tmp_path_factory.mktemp("quirks")
    if request.param == "sqlite":
        path = folder / "twofold.db"
        shutil.copy(cast(Path, request.getfixturevalue("sqlite_template")), path)
        db = Database(f"sqlite:///{path}")
    else:
        server = cast(Postgres, request.getfixturevalue("postgres_server"))
        db = Database(server.create("quirks", "template"))
    with quirk_school(db, folder) as running:
        yield running
    db.dispose()


@pytest.fixture(scope="module")
def graded(school: Quirks) -> str:
    """A learner whose grade is in the gradebook."""
    person, _ = school.story()
    school.work()
    assert school.scores(person) == [POINTS]
    return person


@pytest.fixture(autouse=True)
def healed(school: Quirks) -> Iterator[None]:
    """The LMS is well after each test."""
    yield
    school.lift()


def _at(seconds: int) -> str:
    return format_datetime(clock.now() + timedelta(seconds=seconds), usegmt=True)


def _comes_to(school: Quirks, person: str, fault: Fault) -> None:
    """Send the grade under the fault, and see where it stands; then lift it: it arrives once."""
    before = len(school.scores(person))
    school.fault(fault.endpoint, fault.mode, seconds=1, **fault.more)
    with school.impatient() if fault.mode in IN_TIME else nullcontext():
        school.work()
    row = school.grade(person)
    assert (row.state.value, row.reason_code) == (fault.state, fault.code)
    page = school.page()
    assert fault.words in row.reason
    assert row.reason in page
    school.lift()
    if fault.mends == "again":
        school.send_again(person)
    school.later()
    school.work()
    assert school.grade(person).state.value == "delivered"
    assert school.scores(person)[before:] == [POINTS]
    assert school.columns() == 1


@pytest.mark.parametrize("fault", SCORES, ids=str)
def test_a_score(school: Quirks, graded: str, fault: Fault) -> None:
    school.wanted_anew(graded)
    _comes_to(school, graded, fault)


@pytest.mark.parametrize("said", ["90", _at(95)], ids=["seconds", "date"])
def test_a_limit_is_kept_as_long_as_the_lms_says(school: Quirks, graded: str, said: str) -> None:
    if not said.isdigit():
        said = _at(90)
    school.wanted_anew(graded)
    school.fault("scores", "429", times=1, retry_after=said)
    school.work()
    next_try_at = school.grade(graded).next_try_at
    assert next_try_at is not None
    assert timedelta(seconds=80) < next_try_at - clock.now() <= timedelta(seconds=91)
    school.later()
    school.work()
    assert school.grade(graded).state.value == "delivered"


@pytest.mark.parametrize("endpoint", ["scores", "lineitems"])
def test_one_401_is_a_new_token_and_no_more(school: Quirks, graded: str, endpoint: str) -> None:
    before = len(school.scores(graded))
    if endpoint == "lineitems":
        school.lose_column(known=False)
    school.wanted_anew(graded)
    school.fault(endpoint, "401", times=1)
    school.work()
    assert school.grade(graded).state.value == "delivered"
    assert school.scores(graded)[before:] == [POINTS]


def test_a_column_that_somebody_deleted_is_the_instructors_to_choose(
    school: Quirks, graded: str
) -> None:
    school.lose_column(known=True)
    school.wanted_anew(graded)
    school.work()
    row = school.grade(graded)
    assert (row.state.value, row.reason_code) == ("gone", "delivery.column-gone")
    assert "The gradebook column is gone" in school.page()
    before = len(school.scores(graded))
    school.press(action="/class/column", values={"choice": "make"})
    school.work()
    assert school.grade(graded).state.value == "delivered"
    assert school.scores(graded)[before:] == [POINTS]
    assert school.columns() == 1


@pytest.mark.parametrize("fault", COLUMNS, ids=str)
def test_a_column_that_is_still_to_be_made(school: Quirks, graded: str, fault: Fault) -> None:
    school.lose_column(known=False)
    school.wanted_anew(graded)
    _comes_to(school, graded, fault)


def test_a_column_that_was_made_nowhere_is_found_and_not_made_twice(
    school: Quirks, graded: str
) -> None:
    """201 without an address: the third request, after two that look for it."""
    school.lose_column(known=False)
    school.wanted_anew(graded)
    school.fault("lineitems", "link-loop", times=2)
    school.fault("lineitems", "no-location", times=1)
    school.work()
    row = school.grade(graded)
    assert (row.state.value, row.reason_code) == ("retrying", "ags.line-item")
    assert "the LMS did not say where the new column is" in school.page()
    assert school.columns() == 1
    school.later()
    school.work()
    assert school.grade(graded).state.value == "delivered"
    assert school.columns() == 1


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("html", "ags.page"),
        ("empty", "http.json"),
        ("500", "ags.500"),
        ("401", "ags.unauthorised"),
        ("huge", "http.too-large"),
    ],
)
def test_a_lost_answer_whose_result_cannot_be_read_either(
    school: Quirks, graded: str, mode: str, code: str
) -> None:
    before = len(school.scores(graded))
    school.wanted_anew(graded)
    school.fault("scores", "drop-after-commit", times=1)
    school.fault("results", mode)
    for _ in range(2):
        school.work()
        assert school.grade(graded).state.value == "retrying"
        school.later()
    school.work()
    assert school.grade(graded).reason_code == code
    school.lift()
    school.later()
    school.work()
    assert school.grade(graded).state.value == "delivered"
    assert school.scores(graded)[before:] == [POINTS], "it was there, and is not sent again"


@pytest.mark.parametrize("fault", TOKENS, ids=str)
def test_a_token(school: Quirks, graded: str, fault: Fault) -> None:
    school.services.tokens.forget(school.registration)
    school.wanted_anew(graded)
    _comes_to(school, graded, fault)


@pytest.mark.parametrize("expires_in", [0, -1, "soon", "3600", None, 1e12, True])
def test_a_token_of_an_odd_life(school: Quirks, graded: str, expires_in: Any) -> None:
    school.services.tokens.forget(school.registration)
    school.wanted_anew(graded)
    school.fault("token", "members", value={"expires_in": expires_in})
    school.work()
    assert school.grade(graded).state.value == "delivered"


def test_a_class_list(school: Quirks, graded: str) -> None:
    """Whoever is new is there as soon as the LMS is well; till then nothing changes."""
    _, name = school.enrol()
    school.page()
    for fault in LISTS:
        school.fault(fault.endpoint, fault.mode, seconds=1, **fault.more)
        with school.impatient() if fault.mode in IN_TIME else nullcontext():
            page = school.press(action="/class/read")
        assert f"({fault.code}" in page, fault
        assert fault.words in page, fault
        assert name not in page, fault
        assert ">left the class<" not in page, fault
        school.lift()
    assert name in school.press(action="/class/read")


@pytest.mark.parametrize("mode", ["link-curly", "link-relative", "link-several", "401"])
def test_a_class_list_that_is_read_all_the_same(school: Quirks, graded: str, mode: str) -> None:
    _, name = school.enrol()
    school.fault("nrps", mode, **({"times": 1} if mode == "401" else {}))
    page = school.press(action="/class/read")
    assert name in page
    assert "(nrps." not in page
    assert ">left the class<" not in page


@ON_ONE
def test_a_check_of_the_connection(school: Quirks, graded: str) -> None:
    faults = [each for each in (*TOKENS, *LISTS, *COLUMNS) if each.mode in ("html", "429")]
    for fault in (*faults, *(Fault("jwks", mode, code) for mode, code in KEYS)):
        school.fault(fault.endpoint, fault.mode, seconds=1, **fault.more)
        with school.impatient() if fault.mode in IN_TIME else nullcontext():
            missing = school.checked()
        assert any(f"({fault.code})" in each and fault.words in each for each in missing), fault
        school.lift()
    assert school.checked() == []


@ON_ONE
def test_keys_that_are_turned_over_between_two_launches(school: Quirks, graded: str) -> None:
    former = school.key.kid
    school.key.rotate(keep=True)
    school.later_by += RETRY_SECONDS + 1
    assert TITLE in school.launch(graded).html, "an unknown key is fetched"
    school.key.kid, newest = former, school.key.kid
    assert TITLE in school.launch(graded).html, "while both are published, both serve"
    school.key.kid = newest
    school.key.rotate(keep=False)
    school.fault("jwks", "500")
    school.later_by += RETRY_SECONDS + 1
    with pytest.raises(NotOnThePage, match="answered 400"):
        school.launch(graded)
    assert "launch.key" in school.browsers[graded].html
    school.lift()
    school.later_by += RETRY_SECONDS + 1
    assert TITLE in school.launch(graded).html


@ON_ONE
@pytest.mark.parametrize("mode", [mode for mode, _ in KEYS])
def test_a_key_set_that_cannot_be_read(school: Quirks, graded: str, mode: str) -> None:
    """Known keys serve for a day; then a launch is refused, until the key set is back."""
    school.fault("jwks", mode, seconds=1)
    with school.impatient() if mode in IN_TIME else nullcontext():
        school.later_by += FRESH_SECONDS + 1
        assert TITLE in school.launch(graded).html, "from what is known"
        school.later_by += STALE_SECONDS
        with pytest.raises(NotOnThePage, match=r"answered 50\d"):
            school.launch(graded)
    assert "launch.keys.unreachable" in school.browsers[graded].html
    school.lift()
    school.later_by += RETRY_SECONDS + 1
    assert TITLE in school.launch(graded).html


def test_the_whole_story_while_everything_fails(school: Quirks, graded: str) -> None:
    """From the launch to the grade and the class list, past one fault of each kind."""
    school.lose_column(known=False)
    school.services.tokens.forget(school.registration)
    school.key.rotate(keep=False)
    school.later_by += RETRY_SECONDS + 1
    for endpoint, modes in (
        ("token", ["500", "html", "empty", "reset"]),
        ("lineitems", ["429", "html", "401", "reset", "403-limit"]),
        ("scores", ["500", "409", "redirect", "drop-after-commit", "html"]),
        ("results", ["500", "empty"]),
    ):
        for mode in modes:
            school.fault(endpoint, mode, times=1)
    person, name = school.story()
    for _ in range(20):
        school.work()
        if school.grade(person).state.value == "delivered":
            break
        assert school.grade(person).state.value == "retrying"
        school.later()
    assert school.scores(person) == [POINTS]
    assert school.columns() == 1
    school.fault("nrps", "429", times=1)
    assert "(nrps.429" in school.press(action="/class/read")
    school.pauses_end()
    assert name in school.press(action="/class/read")
