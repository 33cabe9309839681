"""Settings are read from TWOFOLD_* and unsafe ones are refused with what to do."""

from dataclasses import fields
from pathlib import Path

import pytest

from lti_tool.settings import Settings, UnsafeSettings, from_environment

GOOD = {"TWOFOLD_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz"}


def test_defaults_serve_this_machine() -> None:
    settings = from_environment({**GOOD, "HOME": "/root"})
    assert settings.base_url == "http://localhost:8000"
    assert settings.actor_names == "0"


def test_a_trailing_slash_is_no_difference() -> None:
    settings = from_environment({**GOOD, "TWOFOLD_BASE_URL": "https://skills.example.org/"})
    assert settings.base_url == "https://skills.example.org"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"TWOFOLD_SECRET_KEY": ""}, "too short"),
        ({"TWOFOLD_SECRET_KEY": "a" * 40}, "not random"),
        ({"TWOFOLD_BASE_URL": "http://skills.example.org"}, "https://"),
        ({"TWOFOLD_BASE_URL": "https://skills.example.org/tool"}, "without a path"),
        ({"TWOFOLD_BASE_URL": "ftp://localhost"}, "https://"),
        ({"TWOFOLD_IRI_BASE": "skills"}, "TWOFOLD_IRI_BASE"),
        ({"TWOFOLD_SESSION_HOURS": "0"}, "TWOFOLD_SESSION_HOURS"),
        ({"TWOFOLD_MAX_FILE_BYTES": "many"}, "TWOFOLD_MAX_FILE_BYTES"),
        ({"TWOFOLD_LOG_LEVEL": "loud"}, "TWOFOLD_LOG_LEVEL"),
        ({"TWOFOLD_ACTOR_NAMES": "yes"}, "TWOFOLD_ACTOR_NAMES"),
        ({"TWOFOLD_CA_BUNDLE": "/nowhere.pem"}, "TWOFOLD_CA_BUNDLE"),
        ({"TWOFOLD_DATABSE_URL": "sqlite:///x"}, "TWOFOLD_DATABSE_URL is not a setting"),
    ],
)
def test_unsafe_settings_are_refused(change: dict[str, str], said: str) -> None:
    with pytest.raises(UnsafeSettings, match=said):
        from_environment({**GOOD, **change})


def test_a_missing_secret_says_how_to_make_one() -> None:
    with pytest.raises(UnsafeSettings, match="token_urlsafe"):
        from_environment({})


def test_every_setting_is_documented_with_its_default() -> None:
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    for setting in fields(Settings):
        assert f"`TWOFOLD_{setting.name.upper()}`" in text
        default = setting.metadata["default"]
        assert not default or f"`{default}`" in text, setting.name
