"""What a person is in the course, from the role URIs of a launch or a membership.

Touches nothing but its arguments. Serves LTI 1.3 core, appendix A.2 (LIS v2 vocabulary). Whole
values are looked up in one table, so that nothing which merely contains "Instructor" becomes one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rubrics.words import CourseRole

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

_PRINCIPAL = {
    "Administrator": CourseRole.INSTRUCTOR,
    "ContentDeveloper": CourseRole.NONE,
    "Instructor": CourseRole.INSTRUCTOR,
    "Learner": CourseRole.LEARNER,
    "Manager": CourseRole.NONE,
    "Member": CourseRole.NONE,
    "Mentor": CourseRole.MENTOR,
    "Officer": CourseRole.NONE,
}
"""Context roles. Who only develops content, manages or is a member may read nobody's work."""

_SUB_ROLES = {
    "Administrator": {
        "Administrator": CourseRole.INSTRUCTOR,
        "Developer": CourseRole.NONE,
        "ExternalDeveloper": CourseRole.NONE,
        "ExternalSupport": CourseRole.NONE,
        "ExternalSystemAdministrator": CourseRole.NONE,
        "Support": CourseRole.NONE,
        "SystemAdministrator": CourseRole.NONE,
    },
    "ContentDeveloper": dict.fromkeys(
        ("ContentDeveloper", "ContentExpert", "ExternalContentExpert", "Librarian"),
        CourseRole.NONE,
    ),
    "Instructor": {
        "ExternalInstructor": CourseRole.INSTRUCTOR,
        "Grader": CourseRole.ASSISTANT,
        "GuestInstructor": CourseRole.INSTRUCTOR,
        "Instructor": CourseRole.INSTRUCTOR,
        "Lecturer": CourseRole.INSTRUCTOR,
        "PrimaryInstructor": CourseRole.INSTRUCTOR,
        "SecondaryInstructor": CourseRole.INSTRUCTOR,
        "TeachingAssistant": CourseRole.ASSISTANT,
        "TeachingAssistantGroup": CourseRole.ASSISTANT,
        "TeachingAssistantOffering": CourseRole.ASSISTANT,
        "TeachingAssistantSection": CourseRole.ASSISTANT,
        "TeachingAssistantSectionAssociation": CourseRole.ASSISTANT,
        "TeachingAssistantTemplate": CourseRole.ASSISTANT,
    },
    "Learner": dict.fromkeys(
        ("ExternalLearner", "GuestLearner", "Instructor", "Learner", "NonCreditLearner"),
        CourseRole.LEARNER,
    ),
    "Manager": dict.fromkeys(
        ("AreaManager", "CourseCoordinator", "ExternalObserver", "Manager", "Observer"),
        CourseRole.NONE,
    ),
    "Member": {"Member": CourseRole.NONE},
    "Mentor": dict.fromkeys(
        (
            "Advisor",
            "Auditor",
            "ExternalAdvisor",
            "ExternalAuditor",
            "ExternalLearningFacilitator",
            "ExternalMentor",
            "ExternalReviewer",
            "ExternalTutor",
            "LearningFacilitator",
            "Mentor",
            "Reviewer",
            "Tutor",
        ),
        CourseRole.MENTOR,
    ),
    "Officer": dict.fromkeys(
        ("Chair", "Communications", "Secretary", "Treasurer", "Vice-Chair"), CourseRole.NONE
    ),
}
"""Sub-roles under their principal. A Learner#Instructor is a learner who happens to teach."""

_WEAKEST_FIRST = tuple(CourseRole)


@dataclass(frozen=True, slots=True)
class Roles:
    """The role in this course, and whether it is an instructor's preview as a student (Canvas)."""

    role: CourseRole
    test_student: bool


def _table() -> dict[str, tuple[str, bool, CourseRole]]:
    """Every value we know: its principal, whether it is a sub-role, what it gives."""
    known = {}
    for principal, role in _PRINCIPAL.items():
        known[principal] = known[f"{_MEMBERSHIP}#{principal}"] = (principal, False, role)
    for principal, sub_roles in _SUB_ROLES.items():
        for sub_role, role in sub_roles.items():
            known[f"{_MEMBERSHIP}/{principal}#{sub_role}"] = (principal, True, role)
    # Canvas writes the principal of its teaching assistants in lower case.
    assistant = known[f"{_MEMBERSHIP}/Instructor#TeachingAssistant"]
    known[f"{_MEMBERSHIP}/instructor#TeachingAssistant"] = assistant
    return known


_KNOWN: Mapping[str, tuple[str, bool, CourseRole]] = _table()


def parse(roles: Iterable[str]) -> Roles:
    """The strongest context role; institution and system roles give nothing in a course.

    A platform names a sub-role together with its principal ("Instructor" beside
    "Instructor#TeachingAssistant"), so a principal counts only where none of its sub-roles does.
    """
    named = set(roles)
    found = [_KNOWN[role] for role in named if role in _KNOWN]
    detailed = {principal for principal, is_sub_role, _ in found if is_sub_role}
    counting = [
        role for principal, is_sub_role, role in found if is_sub_role or principal not in detailed
    ]
    strongest = max(counting, key=_WEAKEST_FIRST.index, default=CourseRole.NONE)
    return Roles(strongest, _TEST_USER in named)
