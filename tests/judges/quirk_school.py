"""A school whose LMS fails on demand: the sandbox LMS, the whole tool over HTTP, and its people."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from sqlalchemy import delete, select, update
from werkzeug.serving import make_server

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.app import create_app
from lti_tool.delivery.tables import DeliveryState, GradeColumn, GradeDelivery, LmsLimit
from lti_tool.delivery.worker import step
from lti_tool.demo.browser import Browser
from lti_tool.onboarding import onboard
from lti_tool.platforms.platform_keys import PlatformKeys
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import ResourceLink
from lti_tool.registration.check import check_platform
from lti_tool.services import Services, build
from rubrics.tables.people import Person
from sandbox_lms import seed
from sandbox_lms.config import Config
from sandbox_lms.keys import PlatformKey
from sandbox_lms.server import running
from sandbox_lms.store import Store, every, one
from tests.lti_tool.launch_app import settings
from tests.postgres import free_port

TITLE = "Handle an upset client"
LEVELS = (4, 4, 4, 4, 2)
POINTS = 91.67
ALWAYS = 1000
"""Times, of a fault that stays until it is lifted."""
SHORT = 0.3
"""Seconds that the tool waits for an LMS that does not answer in time."""


@dataclass
class Quirks:
    """The school."""

    lms: str
    sandbox: Flask
    services: Services
    registration: RegistrationInfo
    link_id: str = ""
    class_list: str = ""
    number: int = 0
    later_by: float = 0.0
    """Seconds that have passed for the key sets beside the real ones."""
    instructor: Browser = field(default_factory=Browser)
    browsers: dict[str, Browser] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        store: Store = self.sandbox.extensions["sandbox_store"]
        return store

    @property
    def key(self) -> PlatformKey:
        key: PlatformKey = self.sandbox.extensions["sandbox_key"]
        return key

    def fault(self, endpoint: str, mode: str, times: int = ALWAYS, **more: Any) -> None:
        """The LMS fails from now on, or so many times."""
        body = {"endpoint": endpoint, "mode": mode, "times": times, **more}
        requests.post(f"{self.lms}/_faults", json=body, timeout=10).raise_for_status()

    def lift(self) -> None:
        """The LMS is well again, and its pauses are over."""
        requests.delete(f"{self.lms}/_faults", timeout=10).raise_for_status()
        self.pauses_end()

    def pauses_end(self) -> None:
        """Those that the LMS asked for."""
        with self.services.db.writing(EVERY_TENANT) as session:
            session.execute(delete(LmsLimit))

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """The tool waits for no answer longer than SHORT."""
        http: Any = self.services.http
        usual = http._read_seconds, http._total_seconds
        http._read_seconds = http._total_seconds = SHORT
        try:
            yield
        finally:
            http._read_seconds, http._total_seconds = usual

    def enrol(self) -> tuple[str, str]:
        """One more learner of the course: number and name in the LMS."""
        self.number += 1
        given = f"Q{self.number:03}"
        seed.add_person(self.store, given.lower(), given, "Quirk")
        seed.enrol(self.store, seed.SKILLS_101, given.lower(), "learner")
        return given.lower(), f"{given} Quirk"

    def sign_in(self, person: str) -> Browser:
        """Somebody's browser, signed in to the LMS; the same one each time."""
        if person not in self.browsers:
            browser = self.browsers[person] = Browser().open(self.lms)
            browser.submit(browser.form(action="/login"), {"person": person})
        return self.browsers[person]

    def launch(self, person: str) -> Browser:
        """Open the activity, to the first page of the tool. Raises NotOnThePage if refused."""
        return self.sign_in(person).open(f"{self.lms}/launch/{self.link_id}").press_through()

    def story(self) -> tuple[str, str]:
        """Somebody opens the activity and hands in; the instructor assesses and releases."""
        person, name = self.enrol()
        learner = self.launch(person)
        assert TITLE in learner.html
        handed_in = {"text": f"{name} played the call.", "link": "", "do": "submit"}
        learner.submit(learner.form(having="text"), handed_in)
        self.instructor.open(self.class_list).follow(name)
        form = self.instructor.form(having="version", action="/save")
        criteria = [each for each in form.choices if each.startswith("level-")]
        answers = {
            criterion: list(form.choices[criterion])[level - 1]
            for criterion, level in zip(criteria, LEVELS, strict=True)
        }
        self.instructor.submit(form, {**answers, "comment": "", "do": "release"})
        self.instructor.submit(self.instructor.form(having="assessment"))
        return person, name

    def work(self) -> None:
        """The worker does what is due."""
        for _ in range(30):
            if not step(self.services):
                return
        raise AssertionError("the worker does not come to rest")

    def later(self) -> None:
        """Every back-off and pause is over, and the second in which the last score was sent."""
        self.pauses_end()
        moment, passed = clock.now() - timedelta(milliseconds=1), timedelta(seconds=2)
        with self.services.db.writing(EVERY_TENANT) as session:
            for row in session.scalars(
                select(GradeDelivery).where(GradeDelivery.next_try_at.is_not(None))
            ):
                row.next_try_at = moment
                row.last_timestamp = row.last_timestamp and row.last_timestamp - passed
            waiting = update(GradeColumn).where(GradeColumn.next_try_at.is_not(None))
            session.execute(waiting.values(next_try_at=moment))

    def grade(self, person: str) -> GradeDelivery:
        """Where a learner's grade is."""
        with self.services.db.reading(EVERY_TENANT) as session:
            rows = select(GradeDelivery).join(Person, Person.id == GradeDelivery.person_id)
            return session.scalars(rows.where(Person.subject == person)).one()

    def page(self) -> str:
        """What the instructor's class list says, as text."""
        return unescape(self.instructor.open(self.class_list).html)

    def press(self, *, action: str, values: dict[str, str] | None = None) -> str:
        """Press a button of the class list; what it says then, as text."""
        if self.instructor.url.partition("?")[0] != self.class_list:
            self.instructor.open(self.class_list)
        self.instructor.submit(self.instructor.form(action=action), values or {})
        return unescape(self.instructor.html)

    def send_again(self, person: str) -> None:
        """Press "Send again" beside a learner."""
        self.page()
        self.press(action=f"/class/{self.grade(person).person_id}/send")

    def wanted_anew(self, person: str) -> None:
        """The learner's grade is to be sent, as after a release; the gradebook has lost it."""
        with self.store.writing() as connection:
            connection.execute("DELETE FROM grade WHERE person_id = ?", (person,))
        with self.services.db.writing(EVERY_TENANT) as session:
            learner = select(Person.id).where(Person.subject == person).scalar_subquery()
            session.execute(
                update(GradeDelivery)
                .where(GradeDelivery.person_id == learner)
                .values(
                    state=DeliveryState.WAITING,
                    wanted=GradeDelivery.wanted + 1,
                    attempts=0,
                    uncertain=False,
                    next_try_at=clock.now() - timedelta(seconds=1),
                    last_timestamp=None,
                    delivered_comment=None,
                )
            )

    def scores(self, person: str) -> list[float]:
        """What the gradebook was given for a learner, oldest first."""
        with self.store.reading() as connection:
            query = "SELECT score_given FROM score_log WHERE person_id = ? ORDER BY number"
            return [row["score_given"] for row in every(connection, query, person)]

    def columns(self) -> int:
        """How many columns the activity has in the LMS."""
        with self.store.reading() as connection:
            query = "SELECT * FROM line_item WHERE tag = 'twofold'"
            return len(every(connection, query))

    def lose_column(self, *, known: bool) -> None:
        """Somebody deletes the column in the LMS; unless it was `known`, there never was one."""
        with self.store.writing() as connection:
            connection.execute("DELETE FROM line_item WHERE link_id = ?", (self.link_id,))
        if known:
            return
        with self.services.db.writing(EVERY_TENANT) as session:
            session.execute(delete(GradeColumn))
            link = update(ResourceLink).where(ResourceLink.resource_link_id == self.link_id)
            session.execute(link.values(lineitem_url=None))

    def checked(self) -> list[str]:
        """What `twofold platform check` finds missing."""
        found = check_platform(self.services, self.registration)
        return [str(each.said) for each in found if each.good is False]


@contextmanager
def quirk_school(db: Database, folder: Path) -> Iterator[Quirks]:
    """The LMS and the tool, running, with one activity in a course."""
    tool = f"http://localhost:{free_port()}"
    with running(folder / "lms.sqlite") as sandbox:
        config: Config = sandbox.config["SANDBOX"]
        seed.seed(sandbox.extensions["sandbox_store"], tool)
        services = build(settings(db, base_url=tool, files=str(folder / "files")), db)
        registration = onboard(
            db,
            issuer=config.issuer,
            client_id=seed.CLIENT_ID,
            auth_login_url=f"{config.base_url}/auth",
            auth_token_url=config.token_url,
            key_set_url=config.jwks_url,
            deployment_ids=[seed.DEPLOYMENT_ID],
            name="North",
            private=True,
        )
        school = Quirks(config.base_url, sandbox, services, registration)
        keys = PlatformKeys(services.http, clock=lambda: time.monotonic() + school.later_by)
        school.services = services = replace(services, platform_keys=keys)
        port = int(tool.rpartition(":")[2])
        server = make_server("localhost", port, create_app(services), threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            _add_activity(school)
            yield school
        finally:
            server.shutdown()
            thread.join(10)


def _add_activity(school: Quirks) -> None:
    browser = school.sign_in("instructor-1").open(f"{school.lms}/courses").follow("Skills 101")
    browser.follow("Add activity to Welcome").follow("iframe").press_through()
    form = browser.form(having="title")
    written = {"title": TITLE, "description": "Play the call.", "maximum": "100"}
    rubric = form.choice("rubric", "Client role-play")
    browser.submit(form, {**written, "rubric": rubric, "do": "keep"})
    browser.submit(browser.form(action="/add")).press_through()
    with school.store.reading() as connection:
        link = one(connection, "SELECT id FROM link WHERE title = ?", TITLE)
    assert link is not None
    school.link_id = str(link["id"])
    school.instructor = school.launch("instructor-1")
    school.class_list = school.instructor.url
