"""What is served of others is what the manifest says, whole, with its licence."""

import base64
import hashlib
import json
from pathlib import Path

import lti_tool

STATIC = Path(lti_tool.__file__).parent / "static"
VENDOR = STATIC / "vendor"


def test_vendored_files_are_those_of_the_manifest() -> None:
    manifest = json.loads((VENDOR / "MANIFEST.json").read_text(encoding="utf-8"))
    assert {entry["file"] for entry in manifest} == {
        path.name for path in VENDOR.iterdir() if path.name != "MANIFEST.json"
    }
    for entry in manifest:
        digest = hashlib.sha384((VENDOR / entry["file"]).read_bytes()).digest()
        assert entry["integrity"] == "sha384-" + base64.b64encode(digest).decode(), entry["file"]
        assert entry["version"]
        assert entry["licence"]


def test_nothing_is_fetched_from_elsewhere() -> None:
    for path in (*STATIC.glob("*.js"), *STATIC.glob("*.css"), VENDOR / "bootstrap.min.css"):
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text
        assert "url(http" not in text
        assert "//cdn" not in text


def test_templates_have_no_inline_script_or_style() -> None:
    for path in (STATIC.parent / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<style" not in text, path
        assert " style=" not in text, path
        assert " onclick=" not in text, path
        assert "javascript:" not in text, path
        assert text.count("<script") == text.count("<script src="), path
