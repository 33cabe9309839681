"""The pages of the sandbox LMS: who sees what, without scripts."""

import re

import pytest
import requests

from sandbox_lms import seed
from sandbox_lms.config import Config
from sandbox_lms.messages import AGS_CLAIM
from sandbox_lms.store import Store, every
from tests.sandbox_lms.small_tool import Judge, Person, SmallTool, launch_claims
from tests.sandbox_lms.test_sandbox_ags import Ags, a_score


def test_one_picks_a_person_and_comes_back_to_the_page_asked_for(lms: Config) -> None:
    person = Person(lms)
    asked = person.open("/courses/skills-101/gradebook")
    assert "Who are you?" in asked.text
    back = person.submit(asked, person="instructor-1")
    assert back.url == f"{lms.base_url}/courses/skills-101/gradebook"
    person.post(f"{lms.base_url}/logout", timeout=5)
    assert "Who are you?" in person.open("/courses").text


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_never_leads_elsewhere(lms: Config, path: str) -> None:
    form = {"person": "learner-01", "next": path}
    answer = requests.post(f"{lms.base_url}/login", data=form, timeout=5, allow_redirects=False)
    assert answer.headers["Location"] == "/courses"


def test_another_site_cannot_post_our_forms(lms: Config) -> None:
    for origin, status in (("http://localhost:8000", 403), ("null", 403), (lms.base_url, 303)):
        answer = requests.post(
            f"{lms.base_url}/login",
            data={"person": "learner-01"},
            headers={"Origin": origin},
            timeout=5,
            allow_redirects=False,
        )
        assert answer.status_code == status


def test_one_sees_only_ones_own_courses(lms: Config) -> None:
    other = Person(lms, "instructor-2")
    courses = other.open("/courses").text
    assert "/courses/teamwork-201" in courses
    assert "/courses/skills-101" not in courses
    for page in ("", "/skills", "/gradebook", "/people", "/add", "/add-link"):
        assert other.open(f"/courses/skills-101{page}").status_code == 404


def test_what_does_not_exist_or_lies_in_another_course_is_not_found(lms: Config) -> None:
    form = {"person": "nobody"}
    assert requests.post(f"{lms.base_url}/login", data=form, timeout=5).status_code == 404
    ana = Person(lms, "learner-01")
    elsewhere = "teamwork-201-home-1"
    for page in (f"activities/{elsewhere}", f"skills?link={elsewhere}", "activities/none"):
        assert ana.open(f"/courses/skills-101/{page}").status_code == 404


@pytest.mark.parametrize("page", ["/gradebook", "/add", "/add-link"])
@pytest.mark.parametrize("person", ["learner-01", "mentor-1"])
def test_staff_pages_are_for_staff(lms: Config, page: str, person: str) -> None:
    assert Person(lms, person).open(f"/courses/skills-101{page}").status_code == 403


def test_grades_and_comments_are_shown_to_staff_and_to_the_learner_alone(
    lms: Config, tool: SmallTool
) -> None:
    ags = Ags(lms, tool.token(lms))
    item = ags.create().json()["id"]
    ags.score(item, a_score(comment="Line one\n<b>two</b>"))
    ags.score(item, a_score(userId="learner-02", comment="Only for Chen"))
    ags.score(item, a_score(userId="learner-03", gradingProgress="Pending", comment=...))

    book = Person(lms, "instructor-1").open("/courses/skills-101/gradebook").text
    assert "16.67 / 20" in book
    assert "Line one\n&lt;b&gt;two&lt;/b&gt;" in book
    assert "Only for Chen" in book
    assert "Waiting for a grade" in book
    mine = Person(lms, "learner-01").open("/courses/skills-101/grades").text
    assert "16.67 / 20" in mine
    assert "Line one" in mine
    assert "Only for Chen" not in mine


def test_the_roster_hides_addresses_from_learners(lms: Config) -> None:
    page = "/courses/skills-101/people"
    assert "learner-02@example.com" in Person(lms, "instructor-1").open(page).text
    learners = Person(lms, "learner-01").open(page).text
    assert "Chen Wei" in learners
    assert "@example.com" not in learners


def test_a_plain_link_opens_in_a_frame_or_a_window_with_a_grade_or_without(
    lms: Config, tool: SmallTool, kept: Store
) -> None:
    teacher = Person(lms, "instructor-1")
    page = teacher.open("/courses/skills-101/add-link?section=2")
    fields = {"section": "2", "tool": "1"}
    for title, points, target in (("Framed", "20", "iframe"), ("Apart", "", "window")):
        answer = teacher.post(
            page.url, data={**fields, "title": title, "points": points, "open": target}, timeout=5
        )
        assert title in answer.text
    with kept.reading() as connection:
        framed, apart = every(connection, "SELECT * FROM link WHERE section_id = 2 ORDER BY rowid")
    course = teacher.open("/courses/skills-101").text
    assert f'href="/courses/skills-101/activities/{framed["id"]}"' in course
    assert f'href="/launch/{apart["id"]}" target="_blank"' in course
    activity = teacher.open(f"/courses/skills-101/activities/{framed['id']}").text
    assert f'src="/launch/{framed["id"]}"' in activity
    assert "lineitem" in launch_claims(tool, teacher, f"/launch/{framed['id']}")[AGS_CLAIM]
    assert "lineitem" not in launch_claims(tool, teacher, f"/launch/{apart['id']}")[AGS_CLAIM]


@pytest.mark.parametrize(
    "changed",
    [
        {"title": " "},
        {"section": "4"},
        {"points": "many"},
        {"points": "nan"},
        {"points": "-1"},
        {"tool": "9"},
    ],
)
def test_a_wrong_plain_link_adds_nothing(lms: Config, kept: Store, changed: dict[str, str]) -> None:
    form = {"title": "T", "section": "2", "tool": "1", "points": "5", **changed}
    teacher = Person(lms, "instructor-1")
    answer = teacher.post(f"{lms.base_url}/courses/skills-101/add-link", data=form, timeout=5)
    assert answer.status_code == 400
    assert "Nothing was added" in answer.text
    with kept.reading() as connection:
        assert every(connection, "SELECT 1 FROM link WHERE section_id IS NOT NULL") == []


def test_two_tools_in_a_course_are_both_offered(lms: Config, tool: SmallTool, kept: Store) -> None:
    seed.add_tool(kept, "other-client", "Other tool", tool.address)
    second = seed.add_deployment(kept, "other-client", "7")
    seed.add_course(kept, seed.SKILLS_101, "", "", [second])
    page = Person(lms, "instructor-1").open(f"/courses/skills-101/add?section=2&tool={second}")
    assert "Other tool (deployment 7)" in page.text
    login = Person(lms, "instructor-1").login_fields(
        f"/deep_linking/start?course=skills-101&section=2&tool={second}"
    )
    assert (login["client_id"], login["lti_deployment_id"]) == ("other-client", "7")


def test_the_settings_page_shows_what_a_tool_needs(lms: Config) -> None:
    text = requests.get(f"{lms.base_url}/tool-settings", timeout=5).text
    for value in (lms.issuer, seed.CLIENT_ID, lms.auth_url, lms.token_url, lms.jwks_url):
        assert f"<code>{value}</code>" in text
    assert "twofold platform add" in text


def test_the_refused_page_lists_the_newest_first_and_escapes(
    lms: Config, tool: SmallTool, judge: Judge
) -> None:
    tool.ask_token(lms, "nonsense")
    requests.get(f"{lms.base_url}/ags/<b>x", timeout=5)
    page = requests.get(f"{lms.base_url}/refused", timeout=5).text
    assert re.findall(r"rule <code>([\w-]+)", page) == judge.rules()
    assert judge.rules() == ["service-404", "jwt-malformed"]
    assert "<b>x" not in page
    assert judge.entries()[0]["reference"] in page


def test_every_page_forbids_inline_code_and_foreign_frames(lms: Config, tool: SmallTool) -> None:
    teacher = Person(lms, "instructor-1")
    for path in (
        "/courses",
        "/courses/skills-101",
        "/courses/skills-101/add",
        "/courses/skills-101/skills",
        "/launch/skills-101-home-1",
        "/tool-settings",
        "/refused",
        "/nowhere",
    ):
        page = teacher.open(path)
        policy = page.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert f"frame-src 'self' {tool.address}" in policy
        assert f"form-action 'self' {tool.address}" in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<style|style=|<script>|\son\w+=", page.text)


def test_seeding_again_keeps_what_was_done(lms: Config, tool: SmallTool, kept: Store) -> None:
    ags = Ags(lms, tool.token(lms))
    item = ags.create().json()["id"]
    ags.score(item, a_score())
    before = list(_counts(kept))
    seed.seed(kept, tool.address)
    assert list(_counts(kept)) == before
    assert len(ags.results(item).json()) == 1


def test_when_the_tool_moves_its_links_move_with_it(lms: Config, kept: Store) -> None:
    seed.seed(kept, "http://localhost:8/")
    teacher = Person(lms, "instructor-1")
    login = teacher.login_fields("/launch/skills-101-home-1")
    assert login["target_link_uri"] == "http://localhost:8/lti/launch"


def _counts(kept: Store) -> list[int]:
    tables = ("person", "course", "enrolment", "section", "link", "deployment", "redirect_uri")
    with kept.reading() as connection:
        return [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables
        ]
