"""/xapi-profile: what our statements mean, as JSON-LD for machines and as a page for people.

Touches the files of profiles/, one for each version of our xAPI Profile. Public and without data.
The profile's IRI belongs to the project and not to this host: a redirect leads from there to here
(docs/xapi-profile.md). xAPI Profiles specification 1.0, part two.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request

from lti_tool.display import language
from lti_tool.records import vocabulary

blueprint = Blueprint("xapi_profile", __name__, url_prefix="/xapi-profile")

LINKED_DATA, JSON, PAGE = "application/ld+json", "application/json", "text/html"
_FOLDER = Path(__file__).parent / "profiles"
_NEWEST = vocabulary.PROFILE_VERSION.removeprefix(f"{vocabulary.PROFILE}/")
_HOUR = 3600


@blueprint.get("")
@blueprint.get("/<version>")
def profile(version: str = _NEWEST) -> Response:
    """A version of the profile, the newest where none is named, in the form that is asked for."""
    body = _file(version)
    form = request.accept_mimetypes.best_match([LINKED_DATA, JSON, PAGE], LINKED_DATA)
    response = make_response(_page(body, version) if form == PAGE else body)
    response.mimetype = form
    response.headers["Vary"] = "Accept, Accept-Language"
    return _public(response)


@blueprint.get("/<version>.jsonld")
def file(version: str) -> Response:
    """A version as JSON-LD, whatever is asked for: where redirects and links lead."""
    response = make_response(_file(version))
    response.mimetype = LINKED_DATA
    return _public(response)


@cache
def _versions() -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in _FOLDER.glob("*.jsonld")}


def _file(version: str) -> bytes:
    body = _versions().get(version)
    return abort(404) if body is None else body


def _page(body: bytes, version: str) -> str:
    described = json.loads(body)
    return render_template(
        "records/profile.html",
        profile=described,
        version=version,
        concepts=[each for each in described["concepts"] if each["type"] != "Activity"],
        activities=[each for each in described["concepts"] if each["type"] == "Activity"],
        say=_say,
        schema=lambda text: json.dumps(json.loads(text), indent=2),
        name=lambda iri: iri.removeprefix(f"{described['id']}/"),
    )


def _say(texts: dict[str, Any]) -> str:
    """A language map in the reader's language."""
    return str(texts.get(language()) or texts["en"])


def _public(response: Response) -> Response:
    """For every origin and every cache; a copy that is still good is not sent again."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.cache_control.public = True
    response.cache_control.max_age = _HOUR
    response.add_etag()
    response.make_conditional(request)
    return response
