"""The part of the application that launches and lets people in, for the tests of just that.

The pages behind a handle say who is there, as JSON; one more view there takes a form.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, jsonify
from flask_babel import Babel
from flask_wtf.csrf import generate_csrf

import lti_tool
import lti_tool.access.views
import lti_tool.launch.views
from foundation.db import Database
from lti_tool import display
from lti_tool.access import csrf, headers
from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.platforms.platform_keys import PlatformKeys
from lti_tool.services import EXTENSION, Services, build
from lti_tool.settings import Settings
from tests.lti_tool.platform import BASE_URL, KeySets

SECRET = "k3y-for-tests-0123456789-abcdefghij"


def settings(db: Database, **changes: str) -> Settings:
    """Settings for a database of a test."""
    values = {
        "secret_key": SECRET,
        "base_url": BASE_URL,
        "database_url": db.url,
        "iri_base": "https://skills.example/iri",
        "files": str(Path(db.url.rpartition(":")[2]).parent / "files"),
        "max_file_bytes": "1000000",
        "session_hours": "12",
        "ca_bundle": "",
        "log_level": "error",
        "actor_names": "0",
    }
    return Settings(**(values | changes))


def launch_services(db: Database, keys: KeySets, **changes: str) -> Services:
    """Real services, except that key sets come from `keys`."""
    return replace(build(settings(db, **changes), db), platform_keys=PlatformKeys(keys))


def launch_app(services: Services) -> Flask:
    """Launch and access around these services, and two pages behind the handle."""
    root = Path(lti_tool.__file__).parent
    app = Flask(
        __name__, template_folder=str(root / "templates"), static_folder=str(root / "static")
    )
    app.extensions[EXTENSION] = services
    app.config.update(SECRET_KEY=SECRET, TESTING=True)
    Babel(app)
    display.init_app(app)
    headers.init_app(app)
    csrf.init_app(app)
    app.register_blueprint(lti_tool.launch.views.blueprint)
    app.register_blueprint(lti_tool.access.views.blueprint)
    app.register_blueprint(_pages())
    for blueprint in _first_pages():
        app.register_blueprint(blueprint)
    return app


@requires(Permission.OPEN)
def _who_is_here() -> Any:
    present = here()
    return jsonify(
        tenant=str(present.tenant_id),
        person=str(present.person_id),
        name=present.person_name,
        course=str(present.course_id),
        course_title=present.course_title,
        placement=str(present.placement_id),
        placement_title=present.placement_title,
        role=present.role.value,
        purpose=present.purpose.value,
        locale=present.locale,
        test_student=present.test_student,
        deep_linking=present.deep_linking,
    )


def _first_pages() -> Iterator[Blueprint]:
    """Where launches lead in the whole application: here each of them says who is there."""
    for name, endpoints in (
        ("instructor", ("choose", "course", "class_list")),
        ("learner", ("my_skills", "activity")),
        ("mentor", ("learners",)),
    ):
        pages = Blueprint(name, __name__, url_prefix=f"/l/<handle>/{name}")
        for endpoint in endpoints:
            pages.add_url_rule(f"/{endpoint}", endpoint, _who_is_here)
        yield pages


def _pages() -> Blueprint:
    pages = Blueprint("start", __name__, url_prefix="/l/<handle>")

    pages.add_url_rule("/", "start", _who_is_here)

    @pages.get("/help")
    @requires(Permission.OPEN)
    def help() -> str:
        return "help"

    @pages.get("/form")
    @requires(Permission.OPEN)
    def form() -> str:
        token = generate_csrf()
        return str(token)

    @pages.post("/form")
    @requires(Permission.OPEN)
    def send() -> str:
        return "sent"

    @pages.get("/class")
    @requires(Permission.SEE_CLASS)
    def class_list() -> str:
        return "class"

    return pages
