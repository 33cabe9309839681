"""Which addresses get a token of a registration."""

import pytest

from lti_tool.lms.answers import LmsRefused
from lti_tool.lms.hosts import require_own
from tests.lti_tool.ags.fake_lms import fake_lms


def test_clouds_serve_many_schools_below_their_own_name() -> None:
    with fake_lms() as lms:
        canvas = lms.registration(issuer="https://canvas.instructure.com")
        require_own(canvas, "https://school.instructure.com/api/lti/courses/1/line_items/2")
        blackboard = lms.registration(issuer="https://blackboard.com")
        require_own(blackboard, "https://school.blackboard.com/learn/api/v1/lti")
        require_own(
            lms.registration(private_hosts=("canvas.school.example:443",)),
            "https://canvas.school.example/api/lti/courses/1/line_items/2",
        )
        with pytest.raises(LmsRefused, match=r"twofold platform add --host a\.example:443"):
            require_own(blackboard, "https://a.example/learn/api/v1/lti")
        for url in (
            "https://school.blackboard.com/x",
            "https://evilinstructure.com/x",
            "https://instructure.com.evil.example/x",
            "https://school.instructure.com:8443/x",
        ):
            with pytest.raises(LmsRefused):
                require_own(canvas, url)
        evil = lms.registration(issuer="https://evil.example/instructure.com")
        with pytest.raises(LmsRefused):
            require_own(evil, "https://school.instructure.com/x")
