"""A running fake LMS."""

from collections.abc import Iterator

import pytest

from tests.lti_tool.ags.fake_lms import FakeLms, fake_lms


@pytest.fixture
def lms() -> Iterator[FakeLms]:
    with fake_lms() as running:
        yield running
