"""Launches that are genuine, and what they lead to."""

from flask.testing import FlaskClient

from tests.lti_tool.platform import SignedPlatform


def test_a_learner_comes_in(client: FlaskClient, platform: SignedPlatform) -> None:
    address = platform.launch(client)
    page = client.get(address)
    assert page.status_code == 200, page.text
    print(page.json, page.headers)
    assert page.json["role"] == "learner"
