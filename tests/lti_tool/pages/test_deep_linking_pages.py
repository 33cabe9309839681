"""Deep linking by hand: several activities in one answer, windows of time, forms sent twice."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import Purpose
from lti_tool.platforms.registrations import add_platform
from rubrics.actions.activities import ActivityDraft, write_activity
from rubrics.queries.activities import activity_choices
from rubrics.words import CourseRole, Method
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import TITLE, School, Visit

ITEMS = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items"


@pytest.fixture
def db(sqlite_url: str) -> Iterator[Database]:
    """One engine: pages; the actions behind them are tested on both."""
    database = Database(sqlite_url)
    yield database
    database.dispose()


Choosing = Callable[..., Browser]


@pytest.fixture
def choosing(db: Database, school: School, browse: Callable[[Visit], Browser]) -> Choosing:
    """An instructor in deep linking, with these settings of the LMS."""
    with db.writing(EVERY_TENANT) as session:
        added = add_platform(
            session,
            issuer="https://lms.example",
            client_id="client-1",
            auth_login_url="https://lms.example/auth",
            auth_token_url="https://lms.example/token",
            key_set_url="https://lms.example/jwks",
        )

    def begin(**changes: Any) -> Browser:
        settings = {
            "return_url": "https://lms.example/return",
            "registration_id": str(added.registration.id),
            "deployment_id": "1",
            "accept_types": ["ltiResourceLink"],
            "accept_multiple": True,
            "accept_presentation_document_targets": ["iframe", "window"],
        } | changes
        visit = school.visit(
            school.instructor_id,
            CourseRole.INSTRUCTOR,
            Purpose.DEEP_LINKING,
            deep_linking=settings,
        )
        return browse(visit)

    return begin


def _form(school: School, **changes: str) -> dict[str, object]:
    return {
        "title": "Explain an outage",
        "method": "scenario",
        "rubric": str(school.rubric.version_id),
        "maximum": "20",
        "do": "keep",
        **changes,
    }


def _choices(school: School) -> Any:
    return school.read(lambda s: activity_choices(s, school.course_id))


def _another(school: School, title: str = "Second", address: str | None = None) -> str:
    draft = ActivityDraft(
        title=title,
        text="",
        method=Method.SCENARIO,
        rubric_version_id=school.rubric.version_id,
        competency_ids=[],
        address=address,
    )
    done = school.write(
        lambda s: write_activity(
            s, course_id=school.course_id, author_id=school.instructor_id, draft=draft
        )
    )
    return str(done.value)


def _items(page: str) -> list[dict[str, Any]]:
    found = re.search(r'name="JWT" value="[^".]+\.([^".]+)\.', page)
    assert found, page
    claims = json.loads(urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)))
    items: list[dict[str, Any]] = claims[ITEMS]
    return items


def test_several_at_once(choosing: Choosing, school: School) -> None:
    second, left = _another(school), _another(school, "Left out")
    browser = choosing()
    assert browser.get("choose").text.count('type="checkbox"') == 3
    page = browser.post(
        "choose/add", {"activity": [str(school.activity_id), second], "opens": "window"}
    )
    items = _items(page.text)
    assert {each["title"] for each in items} == {TITLE, "Second"}
    assert left not in page.text
    assert all("window" in each and "iframe" not in each for each in items)


def test_work_that_stays_elsewhere_brings_no_gradebook_column(
    choosing: Choosing, school: School
) -> None:
    outside = _another(school, "Outside", "https://elsewhere.example/work")
    browser = choosing()
    page = browser.post("choose/add", {"activity": [str(school.activity_id), outside]})
    columns = {each["title"]: "lineItem" in each for each in _items(page.text)}
    assert columns == {TITLE: True, "Outside": False}


def test_one_only_where_the_lms_takes_one(choosing: Choosing, school: School) -> None:
    second = _another(school)
    browser = choosing(accept_multiple=False)
    assert 'type="checkbox"' not in browser.get("choose").text
    both = {"activity": [str(school.activity_id), second]}
    answer = browser.post("choose/add", both)
    assert answer.status_code == 400
    assert "deep-linking.multiple" in answer.text


def test_nothing_ticked(choosing: Choosing) -> None:
    answer = choosing().post("choose/add")
    assert answer.status_code == 400
    assert "deep-linking.nothing" in answer.text


@pytest.mark.parametrize("page", ["choose", "choose/new"])
@pytest.mark.parametrize("kinds", [[], ["link"], ["file", "html", "image"]])
def test_an_lms_that_wants_something_else_hears_so_at_once(
    choosing: Choosing, kinds: list[str], page: str
) -> None:
    answer = choosing(accept_types=kinds).get(page)
    assert answer.status_code == 400
    assert "deep-linking.type" in answer.text


@pytest.mark.parametrize(
    ("targets", "radios", "sent"),
    [(["iframe", "window"], 2, None), (["window"], 0, "window"), (["embed"], 0, None)],
)
def test_only_what_the_lms_can_show_is_offered(
    choosing: Choosing, school: School, targets: list[str], radios: int, sent: str | None
) -> None:
    browser = choosing(accept_presentation_document_targets=targets)
    page = browser.get(f"choose/{school.activity_id}").text
    assert page.count('type="radio" name="opens"') == radios
    assert (f'name="opens" value="{sent}"' in page) == (sent is not None)


def test_a_form_sent_twice_writes_one_activity(choosing: Choosing, school: School) -> None:
    browser = choosing()
    token = re.search(r'name="new" value="([^"]+)"', browser.get("choose/new").text)
    assert token
    first = browser.post("choose/new", _form(school, new=token[1]))
    second = browser.post("choose/new", _form(school, new=token[1], title="Changed meanwhile"))
    assert first.location.rpartition("/")[2] == second.location.rpartition("/")[2]
    assert [each.title for each in _choices(school)].count("Changed meanwhile") == 1
    assert len(_choices(school)) == 2
    another = browser.post("choose/new", _form(school, new="another"))
    assert another.location != first.location
    assert len(_choices(school)) == 3


def test_the_window_of_time(choosing: Choosing, school: School) -> None:
    browser = choosing()
    answer = browser.post(
        "choose/new",
        _form(
            school, opens="2030-05-01T12:00", opens_zone="-120", due="2030-06-01T12:00", zone="-120"
        ),
    )
    path = answer.location.partition("choose/")[2]
    written = next(each for each in _choices(school) if str(each.id) == path)
    assert written.available_from == datetime(2030, 5, 1, 10, 0, tzinfo=UTC)
    change = browser.get(f"choose/{path}/change").text
    assert 'data-utc="2030-05-01T10:00:00Z"' in change
    (item,) = _items(browser.post(f"choose/{path}/add").text)
    assert item["available"] == {"startDateTime": "2030-05-01T10:00:00Z"}
    assert item["submission"]["endDateTime"] == "2030-06-01T10:00:00Z"
    browser.post(f"choose/{path}/change", _form(school))
    written = next(each for each in _choices(school) if str(each.id) == path)
    assert written.available_from is None


def test_due_before_it_opens(choosing: Choosing, school: School) -> None:
    answer = choosing().post(
        "choose/new", _form(school, opens="2030-05-02T12:00", due="2030-05-01T12:00")
    )
    assert answer.status_code == 400
    assert "is due before the activity opens" in answer.text


@pytest.mark.parametrize(
    ("opens", "due", "said"),
    [(1, 2, "This activity begins"), (-2, -1, "You can still hand in"), (-2, 1, None)],
)
def test_learners_read_it_in_words(
    school: School, learner: Browser, opens: int, due: int, said: str | None
) -> None:
    now = clock.now()
    draft = ActivityDraft(
        title=TITLE,
        text="",
        method=Method.SCENARIO,
        rubric_version_id=school.rubric.version_id,
        competency_ids=[],
        available_from=now + timedelta(days=opens),
        due_at=now + timedelta(days=due),
    )
    school.write(
        lambda s: write_activity(
            s,
            course_id=school.course_id,
            author_id=school.instructor_id,
            draft=draft,
            activity_id=school.activity_id,
        )
    )
    page = learner.get("activity").text
    sentences = ("This activity begins", "You can still hand in")
    assert [each for each in sentences if each in page] == ([said] if said else [])
