"""What a mentor reads on the pages: released results, never evidence, drafts or other learners."""

from collections.abc import Callable

import pytest

from rubrics.actions import courses, releases
from rubrics.words import CourseRole
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import TITLE, School, Visit


@pytest.fixture
def mentor(school: School, browse: Callable[[Visit], Browser]) -> Browser:
    """The mentor of the first learner."""
    person = school.enrol("Mona Mentor", CourseRole.MENTOR)
    mine = [str(school.learner_ids[0])]
    return browse(school.visit(person, CourseRole.MENTOR, learners=mine))


def _release(school: School, learner: int) -> None:
    school.hand_in(school.learner_ids[learner], "Words of the evidence.")
    draft, version = school.rate(school.learner_ids[learner], 3, "A comment that was released.")
    school.write(
        lambda s: releases.release(
            s, assessment_id=draft, assessor_id=school.instructor_id, expected_version=version
        )
    )


def test_a_released_result(school: School, mentor: Browser) -> None:
    _release(school, 0)
    page = mentor.get(f"mentees/{school.learner_ids[0]}").text
    assert TITLE in page
    assert "piece of evidence" in page
    assert "You can show it in" not in page
    result = mentor.get(f"mentees/{school.learner_ids[0]}/results/{school.placement_id}").text
    assert "A comment that was released." in result
    assert "Your result" not in result
    assert "Words of the evidence." not in page + result


def test_a_draft_is_not_there(school: School, mentor: Browser) -> None:
    school.hand_in(school.learner_ids[0], "Words of the evidence.")
    school.rate(school.learner_ids[0], 3, "A draft.")
    page = mentor.get(f"mentees/{school.learner_ids[0]}").text
    assert TITLE not in page
    assert "No result has been released yet." in page
    path = f"mentees/{school.learner_ids[0]}/results/{school.placement_id}"
    assert mentor.get(path).status_code == 404


def test_another_learner_is_not_there(school: School, mentor: Browser) -> None:
    _release(school, 1)
    other = school.learner_ids[1]
    for path in (f"mentees/{other}", f"mentees/{other}/results/{school.placement_id}"):
        answer = mentor.get(path)
        assert answer.status_code == 404
        assert "Chen" not in answer.text


def test_a_result_of_another_course_is_not_there(school: School, mentor: Browser) -> None:
    _release(school, 0)
    elsewhere = school.write(lambda s: courses.new_course(s, "Elsewhere").id)
    link = school.write(lambda s: courses.new_placement(s, elsewhere, "There").id)
    answer = mentor.get(f"mentees/{school.learner_ids[0]}/results/{link}")
    assert answer.status_code == 404


def test_help_speaks_to_mentors(mentor: Browser) -> None:
    page = mentor.get("help").text
    assert "Mentoring" in page
    assert "Handing in" not in page
