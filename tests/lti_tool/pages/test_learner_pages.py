"""What a learner sees and does: read, hand in, read the result."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from lti_tool.access.tables import Purpose
from rubrics.actions import releases
from rubrics.queries.learning import learner_page
from rubrics.words import CourseRole
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import TITLE, School, Visit

XSS = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
PDF = b"%PDF-1.4 a small file"


def _page(school: School) -> Any:
    return school.read(lambda s: learner_page(s, school.placement_id, school.learner_ids[0]))


def _file(content: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def test_before_the_result_the_page_shows_what_to_do_and_how_it_is_seen(learner: Browser) -> None:
    text = learner.get("activity").get_data(as_text=True)
    assert TITLE in text
    assert 'class="kind kind-hard">hard</span> Product knowledge' in text
    assert 'class="kind kind-soft">soft</span> Active listening' in text
    assert "Replies before the client has finished" in text
    assert '<a href="https://example.org/calls" rel="noopener noreferrer nofollow"' in text
    assert "Your result" not in text


def test_a_draft_is_saved_and_seen_by_the_learner_alone(
    learner: Browser, instructor: Browser, school: School
) -> None:
    answer = learner.post("activity/evidence", {"text": "My draft words", "do": "save"})
    assert answer.status_code == 303
    assert "My draft words" in learner.get("activity").get_data(as_text=True)
    page = instructor.get(f"class/{school.learner_ids[0]}").get_data(as_text=True)
    assert "My draft words" not in page


def test_handing_in_says_what_was_handed_in(
    learner: Browser, instructor: Browser, school: School
) -> None:
    answer = learner.post(
        "activity/evidence",
        {
            "text": "First line\nsecond line",
            "link": ["https://example.org/a?b=1&c=2", ""],
            "file": _file(PDF, "notes.pdf"),
            "do": "submit",
        },
    )
    assert answer.status_code == 303
    assert answer.location.endswith("activity?done=submitted")
    text = learner.get("activity?done=submitted").get_data(as_text=True)
    assert "Handed in. Your instructor can see it now." in text
    assert "<p>First line<br>second line</p>" in text
    assert "https://example.org/a?b=1&amp;c=2" in text
    assert "notes.pdf" in text
    seen = instructor.get(f"class/{school.learner_ids[0]}").get_data(as_text=True)
    assert "<p>First line<br>second line</p>" in seen
    assert "notes.pdf" in seen


def test_handing_in_again_before_the_assessment(learner: Browser, school: School) -> None:
    learner.post("activity/evidence", {"text": "one", "do": "submit"})
    learner.post("activity/evidence", {"text": "two", "do": "submit"})
    assert _page(school).submitted.text == "two"
    assert _page(school).submitted.number == 2


def test_nothing_to_hand_in_is_said_beside_the_form(learner: Browser) -> None:
    answer = learner.post("activity/evidence", {"text": " ", "do": "submit"})
    assert answer.status_code == 400
    assert "Your evidence is empty" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"link": "javascript:alert(1)"}, "This is not a link that can be opened"),
        ({"file": (b"MZ", "setup.exe")}, "is of a kind that is not taken"),
        ({"file": (b"<html>", "picture.png")}, "is not what its ending says"),
        ({"file": (b"", "empty.txt")}, "is empty"),
        ({"file": (b"x" * 5001, "large.txt")}, "is larger than 5 kB"),
        ({"file": (b"<svg onload=alert(1)>", "drawing.svg")}, "is of a kind that is not taken"),
    ],
)
def test_a_refusal_keeps_what_was_typed(
    learner: Browser, school: School, field: dict[str, Any], said: str
) -> None:
    data = {
        name: _file(*value) if isinstance(value, tuple) else value for name, value in field.items()
    }
    answer = learner.post("activity/evidence", {"text": "Kept <words>", "do": "submit", **data})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert said in text
    assert "Kept &lt;words&gt;</textarea>" in text
    assert 'aria-invalid="true"' in text or "link" in field
    assert _page(school).submitted is None


def test_more_than_one_sending_holds_is_explained(learner: Browser) -> None:
    answer = learner.post("activity/evidence", {"file": _file(b"x" * 1_100_000, "huge.txt")})
    assert answer.status_code == 413
    assert "too large" in answer.get_data(as_text=True)


def test_a_file_can_be_removed_and_the_rest_stays(learner: Browser, school: School) -> None:
    learner.post("activity/evidence", {"text": "t", "file": _file(PDF, "a.pdf"), "do": "save"})
    item = _page(school).draft.files[0]
    learner.post("activity/evidence", {"text": "t2", "remove": str(item.id)})
    assert _page(school).draft.files == ()
    assert _page(school).draft.text == "t2"


def test_files_are_sent_to_be_saved_and_never_run(
    learner: Browser, instructor: Browser, school: School
) -> None:
    page = b"<script>alert(1)</script>"
    learner.post(
        "activity/evidence",
        {"file": [_file(PDF, "meine Notiz ü.pdf"), _file(page, "page.txt")], "do": "submit"},
    )
    files = _page(school).submitted.files
    person = school.learner_ids[0]
    for browser, path in (
        (learner, "activity/files/{}"),
        (instructor, f"class/{person}/files/{{}}"),
    ):
        for item, content in zip(files, (PDF, page), strict=True):
            answer = browser.get(path.format(item.id))
            assert answer.status_code == 200
            assert answer.data == content
            assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
            assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.mimetype in ("application/pdf", "text/plain")


def test_a_type_that_browsers_run_goes_as_bytes(learner: Browser, school: School) -> None:
    learner.post("activity/evidence", {"file": _file(PDF, "a.pdf"), "do": "save"})
    item = _page(school).draft.files[0]

    def disguise(session: Any) -> None:
        from sqlalchemy import update

        from rubrics.tables.activities import EvidenceItem

        session.execute(
            update(EvidenceItem).where(EvidenceItem.id == item.id).values(media_type="text/html")
        )

    school.write(disguise)
    assert learner.get(f"activity/files/{item.id}").mimetype == "application/octet-stream"


def test_another_learner_cannot_have_the_file(
    learner: Browser, school: School, browse: Callable[[Visit], Browser]
) -> None:
    learner.post("activity/evidence", {"file": _file(PDF, "a.pdf"), "do": "submit"})
    item = _page(school).submitted.files[0]
    other = browse(school.visit(school.learner_ids[1], CourseRole.LEARNER))
    assert other.get(f"activity/files/{item.id}").status_code == 404


def test_autosave_answers_in_json_and_says_why_not(learner: Browser, school: School) -> None:
    answer = learner.post("activity/draft", {"text": "on its own", "link": "https://e.org"})
    assert answer.get_json() == {"saved": True}
    assert _page(school).draft.text == "on its own"
    answer = learner.post("activity/draft", {"text": "x" * 50_001})
    assert answer.status_code == 409
    assert answer.get_json()["code"] == "evidence.text"
    assert _page(school).draft.text == "on its own"


def test_the_result_appears_with_its_release(learner: Browser, school: School) -> None:
    person = school.learner_ids[0]
    school.hand_in(person, "words")
    draft, version = school.rate(person, 2, "You listened well <b>today</b>")
    before = learner.get("activity").get_data(as_text=True)
    assert "Your result" not in before
    assert "You listened well" not in before
    school.write(
        lambda s: releases.release(
            s, assessment_id=draft, assessor_id=school.instructor_id, expected_version=version
        )
    )
    text = learner.get("activity").get_data(as_text=True)
    assert "Your result" in text
    assert re.search(r'class="score">33\.33</span>\s+of 100 points', text)
    assert "You listened well &lt;b&gt;today&lt;/b&gt;" in text
    assert "Towards “Proficient”" in text
    assert "Where you stand now" in text
    assert "too early to say" in text
    assert 'name="text"' not in text
    answer = learner.post("activity/evidence", {"text": "too late", "do": "submit"})
    assert answer.status_code == 400
    assert "Your result was released" in answer.get_data(as_text=True)
    skills = learner.get("skills").get_data(as_text=True)
    assert "Product knowledge" in skills
    assert "Why?" in skills


def test_my_skills_begin_empty_and_say_so(
    school: School, browse: Callable[[Visit], Browser]
) -> None:
    person = school.enrol("New Comer", CourseRole.LEARNER)
    visit = school.visit(person, CourseRole.LEARNER, Purpose.COURSE_HOME)
    answer = browse(visit).client.get(
        visit.path(), headers={"Cookie": f"__Host-twofold={visit.secret}"}, follow_redirects=True
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "My skills" in text
    assert "not assessed yet" in text or "Nothing yet" in text


def test_a_link_with_no_activity_says_so_to_the_learner(
    school: School, browse: Callable[[Visit], Browser]
) -> None:
    empty = school.empty_placement()
    browser = browse(school.visit(school.learner_ids[0], CourseRole.LEARNER, placement_id=empty))
    text = browser.get().get_data(as_text=True)
    assert "Your instructor has not set this up yet" in text


def test_a_test_student_is_told_that_nothing_is_recorded(
    school: School, browse: Callable[[Visit], Browser]
) -> None:
    browser = browse(school.visit(school.learner_ids[0], CourseRole.LEARNER, test_student=True))
    text = browser.get("activity").get_data(as_text=True)
    assert "test student: nothing is recorded" in text
    assert "<textarea" in text


def test_what_people_write_is_never_markup(learner: Browser, instructor: Browser) -> None:
    learner.post(
        "activity/evidence", {"text": XSS, "link": "https://e.org/%22%3E<b>", "do": "save"}
    )
    learner.post("activity/evidence", {"text": XSS, "do": "submit"})
    pages = [learner.get("activity"), instructor.get("class")]
    for page in pages:
        text = page.get_data(as_text=True)
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_the_page_speaks_the_language_of_the_launch(
    school: School, browse: Callable[[Visit], Browser]
) -> None:
    browser = browse(school.visit(school.learner_ids[0], CourseRole.LEARNER, locale="de-CH"))
    text = browser.get("activity").get_data(as_text=True)
    assert '<html lang="de">' in text
    assert "Ihre Belege" in text
    unknown = browse(school.visit(school.learner_ids[0], CourseRole.LEARNER, locale="xx"))
    assert '<html lang="en">' in unknown.get("activity").get_data(as_text=True)


def test_the_help_credits_the_publishers_of_the_skills(learner: Browser) -> None:
    text = learner.get("help").get_data(as_text=True)
    assert "Where the skills come from" in text
    assert "This service uses the ESCO classification of the European Commission." in text
    assert "O*NET 29.3 Database" in text
