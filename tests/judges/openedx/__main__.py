"""Serves the consumer on loopback: `python -m tests.judges.openedx --bind HOST:PORT --tool URL`.

Prints "ready" once it answers. Needs no network and keeps its database in --folder. Everything of
LTI is lti-consumer-xblock's; runtime.py says what stands in for edx-platform.
"""

import argparse
import secrets
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from lti_tool.processes import die_with_parent

_DJANGO = "django.template.backends.django"
PEOPLE = (
    ("teacher", "Tessa Teacher", "staff"),
    ("ana", "Ana Álvarez", "student"),
    ("never", "Nell Never-Came", "student"),
)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr but what went wrong."""


def _configure(base_url: str, folder: Path) -> None:
    settings.configure(
        SECRET_KEY=secrets.token_urlsafe(48),
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.judges.openedx.urls",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "config_models",
            "rest_framework",
            "statici18n",
            "lti_consumer",
            "tests.judges.openedx",
        ],
        MIDDLEWARE=[
            "edx_django_utils.cache.middleware.RequestCacheMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "edx_django_utils.cache.middleware.TieredCacheMiddleware",
        ],
        TEMPLATES=[{"BACKEND": f"{_DJANGO}.DjangoTemplates", "APP_DIRS": True}],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "openedx.sqlite"),
                "OPTIONS": {"timeout": 20},
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USAGE_ID_PATTERN=r"(?P<usage_id>[^/]+)",
        LMS_ROOT_URL=base_url,
        LTI_BASE=base_url,
        PLATFORM_NAME="North Academy",
        SERVICE_VARIANT="lms",
        USE_TZ=True,
        LOGGING_CONFIG=None,
    )
    django.setup()


def _seed() -> None:
    from django.contrib.auth.models import User
    from lti_consumer.models import CourseAllowPIISharingInLTIFlag

    from tests.judges.openedx.models import Profile
    from tests.judges.openedx.runtime import LOCATION

    for username, name, role in PEOPLE:
        user = User.objects.create(username=username, email=f"{username}@academy.example")
        Profile.objects.create(user=user, name=name, role=role)
    CourseAllowPIISharingInLTIFlag.objects.create(course_id=LOCATION.course_key, enabled=True)


def _urls(tool: str) -> None:
    from tests.judges.openedx.pages import addresses
    from tests.judges.openedx.runtime import Course

    course = Course(
        {
            "display_name": "Skills",
            "lti_version": "lti_1p3",
            "lti_1p3_launch_url": f"{tool}/lti/launch",
            "lti_1p3_oidc_url": f"{tool}/lti/login",
            "lti_1p3_redirect_uris": [f"{tool}/lti/launch"],
            "lti_1p3_tool_key_mode": "keyset_url",
            "lti_1p3_tool_keyset_url": f"{tool}/lti/jwks",
            "lti_1p3_enable_nrps": True,
            "lti_advantage_deep_linking_enabled": True,
            "lti_advantage_deep_linking_launch_url": f"{tool}/lti/launch",
            "lti_advantage_ags_mode": "programmatic",
            "has_score": True,
            "weight": 10.0,
            "ask_to_send_full_name": True,
            "ask_to_send_email": True,
        }
    )
    course.install()
    module = type(sys)("tests.judges.openedx.urls")
    module.urlpatterns = addresses(course)  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module


def main() -> None:
    """Serve until the parent is gone."""
    parser = argparse.ArgumentParser()
    for name in ("--bind", "--tool", "--folder"):
        parser.add_argument(name, required=True)
    asked = parser.parse_args()
    die_with_parent()
    host, _, port = asked.bind.rpartition(":")
    _configure(f"http://{asked.bind}", Path(asked.folder))
    call_command("migrate", verbosity=0, run_syncdb=True)
    _seed()
    _urls(asked.tool)
    server = make_server(host, int(port), get_wsgi_application(), _Server, _Quiet)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
