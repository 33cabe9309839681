"""What the demo's people did is on record as the xAPI Profile says that the tool serves."""

from collections import defaultdict
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from lti_tool.demo.story import INSTRUCTOR, LEARNERS, SCENES
from lti_tool.records import vocabulary
from tests.e2e.conftest import Visit
from tests.e2e.running import Running
from tests.e2e.visitor import faults_of
from tests.lti_tool.records.profile_checker import Checker

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_every_statement_of_the_demo_follows_the_served_profile(demo: Running) -> None:
    served = requests.get(f"{demo.tool}/xapi-profile", timeout=10)
    assert served.headers["Content-Type"] == "application/ld+json"
    statements = {
        each["id"]: each for person in (INSTRUCTOR, *LEARNERS) for each in demo.statements(person)
    }
    checker = Checker(served.json(), statements)
    outcomes = {name: checker.check(each) for name, each in statements.items()}
    assert {name: each for name, each in outcomes.items() if len(each.matched) != 1} == {}
    assert [each.failures for each in outcomes.values() if each.failures] == []
    handed_in = [each for each in statements.values() if each["verb"]["id"] == vocabulary.SUBMITTED]
    assert len(handed_in) >= sum(len(scene.works) for scene in SCENES)
    attempts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in statements.values():
        attempts[each["context"].get("registration", each["id"])].append(each)
    patterns = {
        checker.pattern_of(sorted(each, key=lambda statement: str(statement["timestamp"])))
        for each in attempts.values()
    }
    assert patterns == {f"{vocabulary.PROFILE}/patterns/{name}" for name in ("attempt", "tagging")}


def test_people_can_read_the_profile_on_any_screen(visit: Visit, demo: Running) -> None:
    page = visit().page
    for width in (360, 800, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{demo.tool}/xapi-profile#extensions/level")
        expect(page.get_by_role("heading", name="level", exact=True)).to_be_in_viewport()
        for folded in page.locator("summary").all():
            folded.click()
        assert faults_of(page) == [], width
