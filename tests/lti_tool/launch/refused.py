"""What every refused login or launch has in common."""

from werkzeug.test import TestResponse

from lti_tool.access.cookies import SESSION
from lti_tool.launch.codes import LaunchRefused


def assert_refused(answer: TestResponse, code: str) -> None:
    """The page explains with this code and its status, and nothing was given away."""
    expected = LaunchRefused(code).explanation
    assert code in answer.text, answer.text
    assert answer.status_code == expected.status
    assert "reference" in answer.text
    assert "Traceback" not in answer.text
    assert "<script>alert" not in answer.text
    assert SESSION not in str(answer.headers.getlist("Set-Cookie"))
    assert "frame-ancestors 'self' https:" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
