"""Each LMS's peculiarities: how it is known, and what follows from its answers."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from foundation import clock
from lti_tool.ags.scores import Score, payload
from lti_tool.platforms.quirks.answers import Quirks
from lti_tool.platforms.quirks.blackboard import BLACKBOARD
from lti_tool.platforms.quirks.brightspace import BRIGHTSPACE
from lti_tool.platforms.quirks.canvas import CANVAS
from lti_tool.platforms.quirks.choose import KNOWN, quirks_of
from lti_tool.platforms.quirks.default import DEFAULT
from lti_tool.platforms.quirks.moodle import MOODLE
from lti_tool.platforms.quirks.openedx import OPEN_EDX
from lti_tool.platforms.quirks.sakai import SAKAI
from lti_tool.platforms.quirks.schoology import SCHOOLOGY

MOMENT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("family", "issuer", "quirks"),
    [
        ("moodle", "https://lms.example", MOODLE),
        (" Moodle ", "https://lms.example", MOODLE),
        ("canvas", "https://canvas.instructure.com", CANVAS),
        ("canvas", "https://canvas.school.example", CANVAS),
        ("desire2learn", "https://school.example", BRIGHTSPACE),
        ("BlackboardLearn", "https://blackboard.com", BLACKBOARD),
        ("sakai", "https://lms.example", SAKAI),
        ("Open edX", "https://courses.example", OPEN_EDX),
        (None, "https://canvas.instructure.com", CANVAS),
        (None, "https://canvas.beta.instructure.com", CANVAS),
        (None, "https://school.brightspace.com", BRIGHTSPACE),
        (None, "https://blackboard.com", BLACKBOARD),
        (None, "https://school.moodlecloud.com", MOODLE),
        (None, "https://schoology.com", SCHOOLOGY),
        ("", "https://SCHOOL.Instructure.COM/", CANVAS),
        ("moodle", "https://canvas.instructure.com", MOODLE),
        ("an-lms", "https://canvas.instructure.com", DEFAULT),
        (None, "https://lms.example", DEFAULT),
        (None, "https://instructure.com.evil.example", DEFAULT),
        (None, "https://evilinstructure.com", DEFAULT),
        (None, "https://evil.example/instructure.com", DEFAULT),
        (None, "urn:any:text", DEFAULT),
        (None, "https://[", DEFAULT),
        (None, "", DEFAULT),
    ],
)
def test_an_lms_is_known_by_its_name_or_else_by_its_issuer(
    family: str | None, issuer: str, quirks: Quirks
) -> None:
    assert quirks_of(family, issuer) is quirks


def test_no_two_have_a_name_or_a_domain_in_common() -> None:
    for names in ("families", "domains"):
        listed = [each for quirks in KNOWN for each in getattr(quirks, names)]
        assert len(listed) == len(set(listed))
        assert all(each == each.lower() for each in listed)


def body(quirks: Quirks, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "user_id": "5",
        "points": Decimal(5),
        "maximum": Decimal(10),
        "comment": "One.\nTwo.",
        "timestamp": MOMENT,
    }
    found: dict[str, Any] = json.loads(payload(Score(**{**values, **changes}), quirks))
    return found


@pytest.mark.parametrize("quirks", KNOWN, ids=lambda quirks: quirks.families[0])
def test_a_score_is_final_everywhere(quirks: Quirks) -> None:
    found = body(quirks)
    assert (found["activityProgress"], found["gradingProgress"]) == ("Completed", "FullyGraded")
    submission = "https://canvas.instructure.com/lti/submission"
    assert found.get(submission) == ({"new_submission": False} if quirks is CANVAS else None)
    line_break = "<br/>" if quirks is BLACKBOARD else "\n"
    assert found["comment"] == f"One.{line_break}Two."


def test_the_submission_says_when_it_was_handed_in() -> None:
    begun, handed_in = MOMENT - timedelta(hours=3), MOMENT - timedelta(hours=1)
    assert "submission" not in body(DEFAULT)
    assert body(DEFAULT, submitted_at=handed_in, started_at=begun)["submission"] == {
        "startedAt": "2026-11-20T06:00:00.000Z",
        "submittedAt": "2026-11-20T08:00:00.000Z",
    }
    assert body(DEFAULT, started_at=begun).get("submission") is None
    assert "startedAt" not in body(DEFAULT, submitted_at=begun, started_at=handed_in)["submission"]


def test_a_submission_is_never_in_the_future() -> None:
    found = body(CANVAS, submitted_at=clock.now() + timedelta(days=400))["submission"]
    assert datetime.fromisoformat(found["submittedAt"]) <= clock.now()
