"""The class list of the LMS on the page: who never came, who left, reading again, and troubles."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import update

from foundation import clock
from foundation.db import Database
from lti_tool.instructor import roster as roster_views
from lti_tool.nrps import refresh
from lti_tool.nrps.states import Trouble
from lti_tool.platforms.tables import LtiContext
from rubrics.tables.people import Enrolment
from rubrics.words import CourseRole
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, fake_lms
from tests.lti_tool.delivery.house import link
from tests.lti_tool.nrps.classes import member, page
from tests.lti_tool.pages import school as schools
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import School, Visit
from tests.rubrics.make import School as AnySchool

CLASS = ("Ana Álvarez", "Chen Wei", "Dana <b>Bold</b>")
READ_AGAIN = "Read the class list again"


@dataclass
class Listed:
    """The instructor of a class whose LMS lists it."""

    browser: Browser
    lms: FakeLms
    school: School

    def read(self, *names: str) -> str:
        """Press "read again" while the LMS lists these; the page after it."""
        self.lms.plan("memberships", page(map(member, names)))
        return self.press()

    def press(self) -> str:
        """Press "read again"; the page after it."""
        answer = self.browser.post("class/read")
        assert answer.status_code == 303
        return self.browser.get("class?done=read").get_data(as_text=True)

    def page(self) -> str:
        """The class list."""
        return self.browser.get("class").get_data(as_text=True)


@pytest.fixture
def listed(school: School, instructor: Browser) -> Iterator[Listed]:
    with fake_lms() as lms:
        link(cast(AnySchool, school), lms.registration(), lms)
        school.write(
            lambda s: s.execute(
                update(LtiContext).values(memberships_url=f"{lms.address}/memberships")
            )
        )
        school.write(
            lambda s: s.execute(update(Enrolment).values(came_at=clock.now() - timedelta(days=1)))
        )
        yield Listed(instructor, lms, school)


def test_the_list_is_read_when_asked_and_says_what_changed(listed: Listed) -> None:
    assert "has not been read yet" in listed.page()
    after = listed.read(*CLASS[:2], "Emil Novák", "New <i>One</i>")
    assert "The class list was read: 2 new learners, 1 left the class." in after
    assert "Class list from the LMS, read <time" in after
    assert "New &lt;i&gt;One&lt;/i&gt;" in after
    rows = after[after.index("<tbody>") :].split("<tr>")[1:]
    assert ["left the class" in row for row in rows] == [False] * 4 + [True]
    assert "Dana &lt;b&gt;Bold" in rows[-1]
    assert after.count("has not opened it yet") == 5
    assert "Nothing has changed" in listed.read(*CLASS[:2], "Emil Novák", "New <i>One</i>")
    again = listed.read(*CLASS, "Emil Novák", "New <i>One</i>")
    assert "1 new learner, 0 left the class" in again
    assert "1 new learner" not in listed.page(), "it is said once"


def test_who_opened_the_activity_has_nothing_yet(listed: Listed) -> None:
    listed.school.hand_in(listed.school.learner_ids[0], "words")
    text = listed.page()
    assert text.count("has not opened it yet") == 2


@pytest.mark.parametrize(
    ("answer", "words", "code"),
    [
        (Planned(401), "has to allow", "nrps.forbidden"),
        (Planned(404), "once more", "nrps.gone"),
        (Planned(503), "could not be asked", "nrps.503"),
        (Planned(200, "<html>"), "no class list that can be used", "nrps.answer"),
        (Planned(200, '{"members": []}'), "named nobody", "nrps.empty"),
        (page([member("Ana Álvarez")]), "did not name most", "nrps.shrunk"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_troubles_are_said_with_what_to_do(
    listed: Listed, answer: Planned, words: str, code: str
) -> None:
    listed.lms.plan("memberships", *[answer] * 4)
    text = listed.press()
    assert words in text
    assert f"({code}" in text
    assert "The class list was read" not in text
    assert "left the class" not in text
    assert READ_AGAIN in text


def test_the_list_of_one_link_is_said_to_be_that(listed: Listed) -> None:
    listed.lms.plan("memberships", Planned(404), page([member("Emil Novák")]))
    text = listed.press()
    assert "only of those who may open one activity" in text
    assert "(nrps.one-link)" in text
    assert "Emil Novák" in text
    assert ">left the class<" not in text


def test_reading_twice_confirms_that_most_have_left(listed: Listed) -> None:
    listed.read("Ana Álvarez")
    assert "0 new learners, 2 left the class" in listed.read("Ana Álvarez")


def test_where_the_lms_offers_no_list_the_page_says_how_to_get_it(instructor: Browser) -> None:
    text = instructor.get("class").get_data(as_text=True)
    assert "Names and Role Provisioning Services" in text
    assert "nrps.not-offered" in text
    assert READ_AGAIN not in text
    assert instructor.post("class/read").status_code == 303


def test_an_assistant_may_read_and_a_learner_may_not(
    listed: Listed, school: School, browse: Callable[[Visit], Browser]
) -> None:
    listed.lms.plan("memberships", page(map(member, CLASS)))
    assistant = browse(school.visit(school.assistant_id, CourseRole.ASSISTANT))
    assert assistant.post("class/read").status_code == 303
    learner = browse(school.visit(school.learner_ids[0], CourseRole.LEARNER))
    assert learner.post("class/read").status_code == 403
    assert len(listed.lms.of("memberships")) == 1


def test_another_schools_instructor_reads_only_their_own(
    listed: Listed, db: Database, browse: Callable[[Visit], Browser]
) -> None:
    south = schools.found(db, "South")
    theirs = browse(south.visit(south.instructor_id, CourseRole.INSTRUCTOR))
    assert theirs.post("class/read").status_code == 303
    assert not listed.lms.seen
    assert "nrps.not-offered" in theirs.get("class").get_data(as_text=True)


def test_every_trouble_has_its_words() -> None:
    for trouble in set(Trouble) - {Trouble.NONE}:
        assert trouble in roster_views._SENTENCES


def test_a_list_that_is_still_being_read_is_said(
    listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh.read_again, "__defaults__", (0.05,))
    seen = threading.Event()
    listed.lms.plan("memberships", page(map(member, CLASS), until=seen))
    text = listed.press()
    seen.set()
    assert "The list is still being read" in text
    assert "It is being read at this moment." in text
    for thread in threading.enumerate():
        if thread.name == "roster":
            thread.join(5)
    assert "Class list from the LMS, read" in listed.page()
