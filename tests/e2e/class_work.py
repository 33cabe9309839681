"""What others did before a test begins: activities, evidence and assessments, without a screen.

Walks the same pages as everybody by links and forms, only faster than a browser with a screen.
"""

from collections.abc import Sequence

from lti_tool.demo.browser import Browser
from tests.e2e.running import Running

INSTRUCTOR = "instructor-1"
SECTION = "Welcome"


def add_activity(demo: Running, title: str, rubric: str = "Client role-play") -> None:
    """Add an activity of the course by deep linking."""
    browser = _course(demo, INSTRUCTOR)
    browser.follow(f"Add activity to {SECTION}").follow("iframe").press_through()
    browser.follow("/choose/new")
    form = browser.form(having="title")
    written = {"title": title, "description": f"Do {title.lower()}.", "maximum": "100"}
    rubric_id = form.choice("rubric", rubric)
    browser.submit(form, {**written, "rubric": rubric_id, "do": "keep"})
    browser.submit(browser.form(action="/add")).press_through()


def open_activity(demo: Running, person: str, title: str) -> Browser:
    return _course(demo, person).follow(title).follow("iframe").press_through()


def hand_in(demo: Running, person: str, title: str, text: str) -> None:
    browser = open_activity(demo, person, title)
    browser.submit(browser.form(having="text"), {"text": text, "link": "", "do": "submit"})


def release(demo: Running, title: str, name: str, levels: Sequence[int], comment: str = "") -> None:
    """Assess somebody, by the name that the class list shows, and release."""
    browser = open_activity(demo, INSTRUCTOR, title).follow(name)
    form = browser.form(having="version", action="/save")
    criteria = [name for name in form.choices if name.startswith("level-")]
    answers = {
        criterion: list(form.choices[criterion])[level - 1]
        for criterion, level in zip(criteria, levels, strict=True)
    }
    browser.submit(form, {**answers, "comment": comment, "do": "release"})
    browser.submit(browser.form(having="assessment"))


def _course(demo: Running, person: str) -> Browser:
    browser = Browser().open(demo.lms)
    browser.submit(browser.form(action="/login"), {"person": person})
    return browser.follow("Skills 101")
