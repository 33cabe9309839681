"""Roles: the whole vocabulary, and everything that only looks like it."""

import pytest

from lti_tool.launch.roles import Roles, parse
from rubrics.words import CourseRole
from tests.lti_tool.platform import INSTRUCTOR, LEARNER

LIS = "http://purl.imsglobal.org/vocab/lis/v2"
SUB = f"{LIS}/membership"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

NONE, LEARNS, TEACHES = CourseRole.NONE, CourseRole.LEARNER, CourseRole.INSTRUCTOR
ASSISTS, MENTORS = CourseRole.ASSISTANT, CourseRole.MENTOR

ONE = {
    INSTRUCTOR: TEACHES,
    LEARNER: LEARNS,
    f"{SUB}#Mentor": MENTORS,
    f"{SUB}#Administrator": TEACHES,
    f"{SUB}#ContentDeveloper": NONE,
    f"{SUB}#Manager": NONE,
    f"{SUB}#Member": NONE,
    f"{SUB}#Officer": NONE,
    "Instructor": TEACHES,
    "Learner": LEARNS,
    "Mentor": MENTORS,
    f"{SUB}/Instructor#PrimaryInstructor": TEACHES,
    f"{SUB}/Instructor#Lecturer": TEACHES,
    f"{SUB}/Instructor#Grader": ASSISTS,
    f"{SUB}/Instructor#TeachingAssistant": ASSISTS,
    f"{SUB}/Instructor#TeachingAssistantSection": ASSISTS,
    f"{SUB}/instructor#TeachingAssistant": ASSISTS,
    f"{SUB}/Learner#Instructor": LEARNS,
    f"{SUB}/Learner#GuestLearner": LEARNS,
    f"{SUB}/Mentor#Tutor": MENTORS,
    f"{SUB}/Administrator#Support": NONE,
    f"{SUB}/Member#Member": NONE,
    # What must give nothing.
    f"{LIS}evil/x#Instructor": NONE,
    f"{LIS}/institution/person#Instructor": NONE,
    f"{LIS}/institution/person#Administrator": NONE,
    f"{LIS}/institution/person#Student": NONE,
    f"{LIS}/system/person#Administrator": NONE,
    f"{LIS}/system/person#SysAdmin": NONE,
    f"{LIS}/person#Administrator": NONE,
    f"{SUB}/Instructor#Unheard": NONE,
    f"{SUB}/Unheard#Instructor": NONE,
    f"{SUB}#instructor": NONE,
    f"{SUB}#Instructor ": NONE,
    f"{SUB}#Instructor#Learner": NONE,
    f"https{INSTRUCTOR[4:]}": NONE,
    f"x{INSTRUCTOR}": NONE,
    "instructor": NONE,
    "Learner#Instructor": NONE,
    "Instructor/TeachingAssistant": NONE,
    "TeachingAssistant": NONE,
    "urn:lti:role:ims/lis/Instructor": NONE,
    "urn:lti:sysrole:ims/lis/Administrator": NONE,
    TEST_USER: NONE,
    "": NONE,
}


@pytest.mark.parametrize("role", ONE)
def test_one_role(role: str) -> None:
    assert parse([role]).role is ONE[role]


@pytest.mark.parametrize(
    ("roles", "strongest"),
    [
        ([], NONE),
        ([LEARNER, INSTRUCTOR], TEACHES),
        ([LEARNER, f"{SUB}#Mentor"], LEARNS),
        ([f"{SUB}/Instructor#TeachingAssistant", LEARNER], ASSISTS),
        ([f"{SUB}/Instructor#TeachingAssistant", INSTRUCTOR], ASSISTS),
        ([f"{SUB}/instructor#TeachingAssistant", INSTRUCTOR], ASSISTS),
        ([f"{SUB}/Instructor#PrimaryInstructor", INSTRUCTOR], TEACHES),
        ([f"{SUB}/Instructor#Unheard", INSTRUCTOR], TEACHES),
        ([f"{SUB}/Learner#Instructor", LEARNER], LEARNS),
        ([f"{LIS}/institution/person#Instructor", LEARNER], LEARNS),
        ([f"{LIS}/system/person#Administrator", LEARNER], LEARNS),
        ([f"{LIS}/institution/person#Administrator", INSTRUCTOR], TEACHES),
    ],
)
def test_several_roles(roles: list[str], strongest: CourseRole) -> None:
    assert parse(roles).role is strongest
    assert parse(reversed(roles)).role is strongest


def test_the_test_student_of_canvas() -> None:
    assert parse([LEARNER, TEST_USER]) == Roles(CourseRole.LEARNER, True)
    assert parse([LEARNER]) == Roles(CourseRole.LEARNER, False)
