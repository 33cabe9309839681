"""A grade that is sent again although the gradebook had it."""

from datetime import datetime, timedelta

import pytest

from tests.lti_tool.ags.fake_lms import FakeLms
from tests.lti_tool.delivery.house import House


@pytest.mark.parametrize("wiped", [True, False])
def test_a_grade_that_somebody_changed_in_the_lms_is_put_back(
    one: House, lms: FakeLms, wiped: bool
) -> None:
    one.release(4, 2)
    one.work()
    ((key, score),) = lms.grades.items()
    if wiped:
        lms.grades.clear()
    else:
        lms.grades[key] = {**score, "scoreGiven": 1}
    assert one.again(one.learner) == 1
    one.work()
    assert one.state().state == "delivered"
    assert lms.grades[key]["scoreGiven"] == 77.78
    first, second = (datetime.fromisoformat(each["timestamp"]) for each in lms.kept)
    assert second - first >= timedelta(seconds=1), "Moodle compares whole seconds"
    assert len(lms.of("scores")) == 2, "no conflict"
