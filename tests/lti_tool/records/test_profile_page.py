"""The profile at its address: one document, in the form that is asked for, for everybody."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lti_tool.app import create_app
from lti_tool.services import build
from lti_tool.settings import from_environment
from tests.lti_tool.records.conftest import FILE
from tests.lti_tool.records.story import SECRET

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def client(sqlite_url: str) -> FlaskClient:
    """Somebody who has no session; the pages know no engine."""
    app: Flask = create_app(build(from_environment({**SECRET, "TWOFOLD_DATABASE_URL": sqlite_url})))
    return app.test_client()


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/json"),
        ("*/*", "application/ld+json"),
        ("text/turtle", "application/ld+json"),
        ("text/html", "text/html"),
        (FIREFOX, "text/html"),
        ("text/html;q=0.5, application/ld+json", "application/ld+json"),
    ],
)
@pytest.mark.parametrize("path", ["/xapi-profile", "/xapi-profile/v1.0"])
def test_it_comes_in_the_form_that_is_asked_for(
    client: FlaskClient, path: str, accept: str, form: str
) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, form)
    assert answer.vary.as_set() == {"accept", "accept-language"}
    if form != "text/html":
        assert answer.data == FILE.read_bytes()


def test_the_file_comes_as_linked_data_whatever_is_asked_for(client: FlaskClient) -> None:
    answer = client.get("/xapi-profile/v1.0.jsonld", headers={"Accept": FIREFOX})
    assert (answer.mimetype, answer.data) == ("application/ld+json", FILE.read_bytes())


@pytest.mark.parametrize("path", ["/xapi-profile", "/xapi-profile/v1.0.jsonld"])
def test_every_origin_and_every_cache_may_have_it(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.head(path).content_length == len(answer.data)


@pytest.mark.parametrize("path", ["v0.9", "v1.0.html", "v0.9.jsonld", "..%2Fvocabulary"])
def test_there_are_no_other_versions(client: FlaskClient, path: str) -> None:
    assert client.get(f"/xapi-profile/{path}").status_code == 404


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_says_everything_in_the_readers_language(
    client: FlaskClient, profile: dict[str, Any], language: str
) -> None:
    answer = client.get(
        "/xapi-profile", headers={"Accept": "text/html", "Accept-Language": language}
    )
    page = answer.get_data(as_text=True)
    assert f'<html lang="{language}">' in page
    for each in (profile, *profile["concepts"], *profile["templates"]):
        name = each["prefLabel"] if "prefLabel" in each else each["activityDefinition"]["name"]
        assert name[language] in page
        anchor = each["id"].removeprefix(f"{profile['id']}/")
        assert each is profile or page.count(f'id="{anchor}"') == 1, anchor
    assert json.loads(FILE.read_bytes()) == profile


def test_stored_statements_lead_to_it(client: FlaskClient, profile: dict[str, Any]) -> None:
    """The path of a version is the end of its IRI, so that one redirect serves them all."""
    for version in profile["versions"]:
        path = version["id"].removeprefix(profile["id"])
        assert client.get(f"/xapi-profile{path}").get_json(force=True)["id"] == profile["id"]
