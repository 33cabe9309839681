"""Sites that an administrator lets frame our pages: what may be typed, what a second list does."""

from typing import Any

import pytest

from foundation.db import EVERY_TENANT, Database
from lti_tool.platforms.frames import MOST, list_frames
from lti_tool.platforms.registrations import add_platform
from rubrics.errors import Refused
from tests.lti_tool.platforms.test_registrations import LMS


def _listed(db: Database, *origins: str) -> tuple[str, ...]:
    with db.writing(EVERY_TENANT) as session:
        values: dict[str, Any] = {**LMS}
        known = add_platform(session, **values).registration
        return list_frames(session, known.id, origins).frame_origins


def test_a_second_list_replaces_the_first(db: Database) -> None:
    assert _listed(
        db, "https://Apps.School.example:443/learning/?x=1", "http://localhost:3000"
    ) == (
        "https://apps.school.example",
        "http://localhost:3000",
    )
    assert _listed(db, "https://a.example:8443", "https://a.example:8443") == (
        "https://a.example:8443",
    )
    assert _listed(db) == ()


@pytest.mark.parametrize(
    "typed",
    [
        "http://apps.school.example",
        "apps.school.example",
        "https://*.school.example",
        "https://a.example; script-src *",
        "https://a.example https://b.example",
        "https:",
        "*",
        "'self'",
        "javascript:alert(1)",
        f"https://a.example/{'x' * 300}",
    ],
)
def test_what_is_no_site_is_refused(sqlite_url: str, typed: str) -> None:
    db = Database(sqlite_url)
    with pytest.raises(Refused) as refused:
        _listed(db, typed)
    db.dispose()
    assert refused.value.code == "platform.frame"


def test_there_is_room_for_so_many(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    with pytest.raises(Refused) as refused:
        _listed(db, *(f"https://{number}.example" for number in range(MOST + 1)))
    db.dispose()
    assert refused.value.code == "platform.frame.many"
