"""Platform storage is off until a reader switches it on, and then only in their browser."""

import re

import pytest
import requests

from sandbox_lms.config import Config

SKILLS = "/courses/skills-101/skills"


@pytest.fixture
def reader(lms: Config) -> requests.Session:
    session = requests.Session()
    session.post(f"{lms.base_url}/login", data={"person": "learner-01"}, timeout=5)
    return session


def _launch(reader: requests.Session, lms: Config) -> str:
    page = reader.get(lms.base_url + SKILLS, timeout=5).text
    found = re.search(r'name="activity"[^>]* src="([^"]+)"', page)
    assert found
    return page + reader.get(lms.base_url + found[1], timeout=5).text


@pytest.mark.parametrize(
    ("mode", "named", "has_frame"),
    [
        ("", None, False),
        ("frame", "lti_storage", True),
        ("parent", "_parent", False),
        ("asked", None, True),
    ],
)
def test_what_a_log_in_says(
    mode: str, named: str | None, has_frame: bool, reader: requests.Session, lms: Config
) -> None:
    assert "lti_storage" not in _launch(reader, lms)
    reader.post(f"{lms.base_url}/storage", data={"mode": mode}, timeout=5)
    pages = _launch(reader, lms)
    found = re.search(r'name="lti_storage_target" value="([^"]+)"', pages)
    assert (found[1] if found else None) == named
    assert ('src="/storage/frame"' in pages) is has_frame
    assert ("/static/storage.js" in pages) is bool(mode)


def test_only_what_exists_can_be_chosen(reader: requests.Session, lms: Config) -> None:
    address = f"{lms.base_url}/storage"
    assert reader.post(address, data={"mode": "other"}, timeout=5).status_code == 400
    stranger = requests.post(address, data={"mode": "frame"}, timeout=5, allow_redirects=False)
    assert stranger.is_redirect
