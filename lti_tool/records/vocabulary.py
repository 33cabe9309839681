"""The IRIs our statements use: other people's where they exist, else our profile's.

Sources: ADL verbs, TLA MOM, ADL Learner Competency Management profile, Tin Can registry.
"""

from rubrics.words import AssessorRole, Method

PROFILE = "https://w3id.org/xapi/twofold"
"""Our xAPI Profile: the project's own name, whatever host serves it."""
PROFILE_VERSION = f"{PROFILE}/v1.0"

LAUNCHED = "http://adlnet.gov/expapi/verbs/launched"
SCORED = "http://adlnet.gov/expapi/verbs/scored"
SUBMITTED = "http://activitystrea.ms/submit"
TAGGED = "http://activitystrea.ms/tag"
ASSERTED = "https://w3id.org/xapi/tla/verbs/asserted"
ACHIEVED = "https://w3id.org/xapi/tla/verbs/achieved"

VERB_NAMES = {
    LAUNCHED: "launched",
    SCORED: "scored",
    SUBMITTED: "submitted",
    TAGGED: "tagged",
    ASSERTED: "asserted",
    ACHIEVED: "achieved",
}

COURSE = "http://adlnet.gov/expapi/activities/course"
PROFILE_TYPE = "http://adlnet.gov/expapi/activities/profile"
COMPETENCY = "https://w3id.org/xapi/tla/activity-types/competency"
SUBMISSION = f"{PROFILE}/activity-types/submission"
CRITERION = f"{PROFILE}/activity-types/rubric-criterion"
ASSESSOR_ROLE = f"{PROFILE}/activity-types/assessor-role"
LEARNER_COMPETENCY_TYPE = "https://w3id.org/xapi/learnercompetency"
LEARNER_COMPETENCY = "https://w3id.org/xapi/learnercompetency/1.0"

_ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
METHOD_TYPES = {
    Method.MICROLEARNING: "http://adlnet.gov/expapi/activities/lesson",
    Method.SCENARIO: "http://id.tincanapi.com/activitytype/scenario",
    Method.ROLE_PLAY: "http://adlnet.gov/expapi/activities/simulation",
    Method.MENTORING: "http://id.tincanapi.com/activitytype/tutor-session",
}
"""Activity types by method; every other method is an assessment."""

EVIDENCE = "https://w3id.org/xapi/tla/extensions/evidence"
LEVEL = f"{PROFILE}/extensions/level"
ARITHMETIC = f"{PROFILE}/extensions/arithmetic"
ESTIMATE = f"{PROFILE}/extensions/estimate"


def method_type(method: Method) -> str:
    """The activity type of a method."""
    return METHOD_TYPES.get(method, _ASSESSMENT)


def assessor_role(role: AssessorRole) -> str:
    """The category by which a consumer tells an instructor's score from a learner's own."""
    return f"{PROFILE}/assessor-roles/{role.value}"
