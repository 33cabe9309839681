"""A school whose every secret is "of North", and all who are strangers to it.

Tests only try in vain here: `unchanged` compares every row of the database before and after.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.access import cookies
from lti_tool.access.tables import Purpose
from lti_tool.admin import sessions
from lti_tool.admin.tables import Administrator
from lti_tool.app import create_app
from lti_tool.onboarding import onboard
from lti_tool.records import vocabulary
from lti_tool.services import Services, build
from lti_tool.settings import Settings
from rubrics.actions import activities, attempts, courses, submissions
from rubrics.actions.activities import ActivityDraft
from rubrics.words import CourseRole, Method
from tests.lti_tool.pages import school as schools
from tests.lti_tool.pages.school import School, Visit
from tests.xapi.samples import statement
from tests.xapi.store.helpers import put
from xapi.access import credentials

MARK = "of North"
"""Stands in everything that nobody here may read."""
METRICS_TOKEN = "a-metrics-token-of-North"
_SEEN = {"seen_at"}
DEEP_LINKING = {"return_url": "https://lms.example/return", "accept_types": ["ltiResourceLink"]}


@dataclass(frozen=True)
class Visitor:
    """Somebody, and what they bring to every route."""

    headers: Mapping[str, str] = field(default_factory=dict)
    handle: str = ""
    """Whose pages they try; empty: the instructor's of North."""
    role: CourseRole = CourseRole.NONE
    purpose: Purpose = Purpose.ACTIVITY
    token: str = ""
    """Of their own forms."""


class World:
    """The application, the school of North, and how everybody else comes in."""

    def __init__(self, settings: Settings) -> None:
        self.services: Services = build(settings)
        self.app: Flask = create_app(self.services)
        self.db: Database = self.services.db
        self.client = self.app.test_client(use_cookies=False)
        self.north = schools.found(self.db, "North", learners=0)
        self.lena = self.north.enrol(f"Lena {MARK}", CourseRole.LEARNER)
        self.classmate = self.north.enrol("Carl Classmate", CourseRole.LEARNER)
        self.interview = _interview(self.north)
        self.file_id = self._work_of_lena()
        self.draft = self.north.rate(self.lena, 2, f"Comment {MARK}")
        self.south = schools.found(self.db, "South", learners=0)
        self.next_door = _next_door(self.north)
        registration = onboard(
            self.db,
            issuer="https://lms.north.example",
            client_id="client",
            auth_login_url="https://lms.north.example/auth",
            auth_token_url="https://lms.north.example/token",
            key_set_url="https://lms.north.example/jwks",
            name=f"LMS {MARK}",
        )
        self.named_in_the_store = self._records()
        self.key, _ = self._credential(self.north.tenant_id, "all")
        self.visit = self.north.visit(self.north.instructor_id, CourseRole.INSTRUCTOR)
        self.administrator, self.half = self._administrator()
        self.client.get("/lti/jwks")  # the first to ask has the keys made
        self.values = {
            "handle": self.visit.handle,
            "person_id": self.lena,
            "activity_id": self.interview,
            "item_id": self.file_id,
            "placement_id": self.north.placement_id,
            "registration_id": registration.id,
            "waiting_id": uuid4(),
            "target_id": uuid4(),
            "key": self.key,
            "digest": "0" * 64,
            "token": "invented",
            "ticket": "invented",
            "store": self.north.tenant_id,
            "rest": "nothing",
            "filename": "twofold.css",
            "version": vocabulary.PROFILE_VERSION.rpartition("/")[2],
        }

    def open(
        self,
        rule: Rule,
        method: str,
        visitor: Visitor,
        data: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """The answer to a visitor who names what is North's; with no form unless one is given."""
        values: dict[str, Any] = {name: self.values[name] for name in rule.arguments}
        if visitor.handle and "handle" in values:
            values["handle"] = visitor.handle
        with self.app.test_request_context():
            path = self.app.url_for(rule.endpoint, **values)
        sent = {"X-Experience-API-Version": "2.0.0", **visitor.headers}
        return self.client.open(path, method=method, data=data, query_string=query, headers=sent)

    def at(self, visit: Visit, role: CourseRole, purpose: Purpose = Purpose.ACTIVITY) -> Visitor:
        """The person of a visit, properly at their own pages."""
        cookie = {"Cookie": f"{cookies.SESSION}={visit.secret}"}
        page = self.client.get(visit.path("help"), headers=cookie).get_data(as_text=True)
        return Visitor(cookie, visit.handle, role, purpose, token_in(page))

    def come(
        self,
        school: School,
        role: CourseRole,
        purpose: Purpose = Purpose.ACTIVITY,
        person: UUID | None = None,
        **more: Any,
    ) -> Visitor:
        """Somebody new (or `person`) of a school, properly at their own pages."""
        person = person or school.enrol(f"Visitor {uuid4().hex}", role)
        if purpose is Purpose.DEEP_LINKING:
            more["deep_linking"] = DEEP_LINKING
        return self.at(school.visit(person, role, purpose, **more), role, purpose)

    def credential(self, owner: UUID, *scopes: str) -> dict[str, str]:
        """The header of a new credential of the record store."""
        key, secret = self._credential(owner, *scopes)
        request = self.app.test_request_context(auth=(key, secret)).request
        return {"Authorization": request.headers["Authorization"]}

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Nothing in the database is another after the block than it was before."""
        before = contents(self.db)
        yield
        after = contents(self.db)
        changed = {name for name in after if after[name] != before[name]}
        assert changed == set(), changed

    def _records(self) -> dict[str, dict[str, str]]:
        """Fill the record store; gives what finds it again, by resource."""
        agent = {"account": {"homePage": "https://lms.example", "name": "42"}}
        activity = {"id": "https://example.org/a", "definition": {"name": {"en": f"A {MARK}"}}}
        stored = statement(actor={**agent, "name": f"Agent {MARK}"}, object=activity)
        put(self.db, self.north.tenant_id, stored)
        who, what = {"agent": json.dumps(agent)}, {"activityId": "https://example.org/a"}
        documents = {
            "activities_state": {**who, **what, "stateId": "s"},
            "activities_profile": {**what, "profileId": "p"},
            "agents_profile": {**who, "profileId": "p"},
        }
        key = {**self.credential(self.north.tenant_id, "all"), "X-Experience-API-Version": "2.0.0"}
        for name, query in documents.items():
            path = f"/xapi/{name.replace('_', '/')}"
            answer = self.client.put(path, query_string=query, data=f"Document {MARK}", headers=key)
            assert answer.status_code == 204, answer.text
        return {
            **documents,
            "statements": {"statementId": str(stored["id"])},
            "activities": what,
            "agents": who,
            "export": {},
        }

    def _credential(self, owner: UUID, *scopes: str) -> tuple[str, str]:
        with self.db.writing(EVERY_TENANT) as session:
            return credentials.create(session, owner, f"Credential {MARK}", scopes)

    def _administrator(self) -> tuple[str, str]:
        """The secrets of a session, and of one that waits for the one-time code."""
        with self.db.writing(EVERY_TENANT) as session:
            row = Administrator(login=f"root {MARK}", password_hash="none")
            session.add(row)
            session.flush()
            at = clock.now()
            return (
                sessions.begin(session, row.id, at, awaits_code=False),
                sessions.begin(session, row.id, at, awaits_code=True),
            )

    def _work_of_lena(self) -> UUID:
        """Something handed in with a file; gives the file's id."""
        stored = self.services.files.put(self.north.tenant_id, f"Bytes {MARK}".encode())
        lena, placement_id = self.lena, self.north.placement_id

        def action(session: Session) -> UUID:
            attempt = attempts.current_attempt(session, placement_id, lena).id
            submissions.save_draft(
                session, attempt_id=attempt, person_id=lena, text=f"Words {MARK}", links=[]
            )
            item: UUID = submissions.add_file(
                session,
                attempt_id=attempt,
                person_id=lena,
                name=f"File {MARK}.txt",
                media_type="text/plain",
                size=stored.size,
                sha256=stored.sha256,
                storage_key=stored.storage_key,
            ).value
            submissions.submit(session, attempt_id=attempt, person_id=lena)
            return item

        return self.north.write(action)


def token_in(page: str) -> str:
    """The token of a page's forms."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found.group(1)


def contents(db: Database) -> dict[str, list[str]]:
    """Every row of every table, but for when an administrator was seen last."""
    with db.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        found = {name: connection.execute(text(f"SELECT * FROM {name}")) for name in tables}
        return {
            name: sorted(
                repr({column: value for column, value in row.items() if column not in _SEEN})
                for row in rows.mappings()
            )
            for name, rows in found.items()
        }


def _interview(school: School) -> UUID:
    """One more activity of the course, which is placed nowhere."""
    draft = ActivityDraft(
        title=f"Interview {MARK}",
        text=f"Instructions {MARK}",
        method=Method.SCENARIO,
        rubric_version_id=school.rubric.version_id,
        competency_ids=[],
        maximum=Decimal(10),
        due_at=None,
    )
    return school.write(
        lambda session: (
            activities.write_activity(
                session, course_id=school.course_id, author_id=school.instructor_id, draft=draft
            ).value
        )
    )


def _next_door(school: School) -> School:
    """Another course of the same school, with an activity of its own at a link of its own."""
    course = school.write(lambda s: courses.new_course(s, "Skills 102", "SK102").id)
    there = School(**{**vars(school), "course_id": course, "learner_ids": []})
    there.instructor_id = there.enrol("Nora Next", CourseRole.INSTRUCTOR)
    there.placement_id = there.empty_placement()
    draft = ActivityDraft(
        title="Next door",
        text="",
        method=Method.SCENARIO,
        rubric_version_id=school.rubric.version_id,
        competency_ids=[],
        maximum=Decimal(10),
        due_at=None,
    )

    def action(session: Session) -> UUID:
        activity: UUID = activities.write_activity(
            session, course_id=course, author_id=there.instructor_id, draft=draft
        ).value
        activities.place_activity(session, placement_id=there.placement_id, activity_id=activity)
        return activity

    there.activity_id = there.write(action)
    return there
