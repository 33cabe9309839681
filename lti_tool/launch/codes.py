"""Every way in which a login or a launch can fail: code, status, what happened, what to do.

Touches nothing. The codes are stable; docs and administrators search for them.
"""

from flask_babel import lazy_gettext

from lti_tool.access.refusals import Explanation, PageRefused

_AGAIN = lazy_gettext("Go back to your course and open the activity from there once more.")
_ADMINISTRATOR = lazy_gettext(
    "Pass the code below on to the administrator of your learning platform: the tool's settings "
    "there and here do not fit together."
)
_DEFECT = lazy_gettext(
    "Try once more. If it happens again, pass the code below on to the administrator of your "
    "learning platform."
)
_NOT_UNDERSTOOD = lazy_gettext("The activity could not be opened")
_NOT_TRUSTED = lazy_gettext("We could not be sure who sent you")
_CLOCKS = lazy_gettext(
    "Go back to your course and open the activity once more. If it happens again, the clock of the "
    "learning platform or of this server is wrong."
)


def _defect(happened: str, status: int = 400) -> Explanation:
    return Explanation(status, _NOT_UNDERSTOOD, happened, _DEFECT)


def _distrust(happened: str, next_step: str = _ADMINISTRATOR) -> Explanation:
    return Explanation(400, _NOT_TRUSTED, happened, next_step)


def _no_storage(happened: str) -> Explanation:
    title = lazy_gettext("Neither your browser nor your learning platform remembers this launch")
    return Explanation(400, title, happened, _AGAIN, about_cookies=True)


class LaunchRefused(PageRefused):
    """A login or a launch is refused; nothing was written. `detail` names a parameter or claim."""

    table = {
        "launch.method": Explanation(
            405,
            lazy_gettext("Only a learning platform uses this address"),
            lazy_gettext("You have reached the address at which activities are opened."),
            _AGAIN,
        ),
        "launch.request.large": _defect(
            lazy_gettext("The learning platform sent more than can be accepted."), 413
        ),
        "launch.parameter.missing": _defect(
            lazy_gettext("The learning platform left out something that is needed.")
        ),
        "launch.parameter.repeated": _defect(
            lazy_gettext("The learning platform sent something twice.")
        ),
        "launch.parameter.malformed": _defect(
            lazy_gettext("The learning platform sent something that cannot be right.")
        ),
        "login.platform.unknown": Explanation(
            400,
            lazy_gettext("This learning platform is not registered here"),
            lazy_gettext("It asked to open an activity, and we do not know it."),
            lazy_gettext(
                "Ask the administrator of this tool to register it: issuer and client ID must be "
                "exactly those that the platform shows."
            ),
        ),
        "login.client.missing": Explanation(
            400,
            lazy_gettext("It is not clear which registration is meant"),
            lazy_gettext(
                "The learning platform is registered here more than once and did not say its "
                "client ID."
            ),
            _ADMINISTRATOR,
        ),
        "login.target.foreign": _distrust(
            lazy_gettext("The learning platform wanted to open an address that is not ours.")
        ),
        "launch.platform.login": Explanation(
            401,
            lazy_gettext("Your learning platform does not know you any more"),
            lazy_gettext("You are logged out there, or its page was open for too long."),
            lazy_gettext("Log in to your learning platform and open the activity again."),
        ),
        "launch.platform.refused": Explanation(
            403,
            lazy_gettext("Your learning platform refused to open the activity"),
            lazy_gettext("It gave us an error instead of your name."),
            _DEFECT,
        ),
        "launch.cookie.missing": Explanation(
            400,
            lazy_gettext("Your browser kept no cookie for this page"),
            lazy_gettext(
                "Without one we cannot be sure that it was you who opened the activity. Your "
                "browser blocks cookies of embedded pages, or the page was open for too long."
            ),
            lazy_gettext(
                "Open the activity again. If that does not help, bring your browser up to date, "
                "allow this site's cookies, or ask your instructor to set the activity to open in "
                "a new window."
            ),
            about_cookies=True,
        ),
        "launch.storage.frame": _no_storage(
            lazy_gettext(
                "Your browser kept no cookie, and the page of your learning platform that could "
                "have stood in for it is not there: it was closed, or it does not offer this."
            )
        ),
        "launch.storage.silent": _no_storage(
            lazy_gettext(
                "Your browser kept no cookie, and the page of your learning platform that stands "
                "in for it did not answer in time."
            )
        ),
        "launch.storage.empty": _no_storage(
            lazy_gettext(
                "Your browser kept no cookie, and the page of your learning platform that stands "
                "in for it knows nothing of this launch: perhaps it was reloaded meanwhile."
            )
        ),
        "launch.state.browser": _distrust(
            lazy_gettext("The activity was opened in another browser than this one."), _AGAIN
        ),
        "launch.state.unknown": Explanation(
            400,
            lazy_gettext("This launch was used already, or it is too old"),
            lazy_gettext("An activity is opened anew each time, within ten minutes."),
            _AGAIN,
        ),
        "launch.token.malformed": _distrust(
            lazy_gettext("The learning platform's message is damaged."), _DEFECT
        ),
        "launch.token.algorithm": _distrust(
            lazy_gettext("The learning platform's message is not signed with RS256.")
        ),
        "launch.token.kid": _distrust(
            lazy_gettext("The learning platform's message does not name the key it is signed with.")
        ),
        "launch.key.unknown": _distrust(
            lazy_gettext(
                "The message is signed with a key that the learning platform does not list."
            )
        ),
        "launch.keys.unreachable": Explanation(
            502,
            _NOT_TRUSTED,
            lazy_gettext("The learning platform's keys could not be fetched."),
            lazy_gettext(
                "Try again in a minute. If it happens again, its administrator should check the "
                "address of its key set."
            ),
        ),
        "launch.signature": _distrust(
            lazy_gettext("The signature of the learning platform's message is wrong.")
        ),
        "launch.nonce": _distrust(
            lazy_gettext("The message does not belong to this launch."), _AGAIN
        ),
        "launch.issuer": _distrust(
            lazy_gettext("The message is from another learning platform than the one that began.")
        ),
        "launch.audience": _distrust(
            lazy_gettext("The message is meant for another tool, or for others too.")
        ),
        "launch.expired": _distrust(
            lazy_gettext("The learning platform's message is too old."), _CLOCKS
        ),
        "launch.early": _distrust(
            lazy_gettext("The learning platform's message is from the future."), _CLOCKS
        ),
        "launch.claim": _defect(
            lazy_gettext("Something in the learning platform's message is missing or malformed.")
        ),
        "launch.target": _distrust(
            lazy_gettext("The message is for another address than the one that was asked for."),
            _DEFECT,
        ),
        "launch.message.unknown": _defect(
            lazy_gettext("The learning platform asked for something that this tool does not offer.")
        ),
        "launch.anonymous": Explanation(
            403,
            lazy_gettext("Your learning platform did not say who you are"),
            lazy_gettext(
                "Work is kept for each person, so an activity cannot be opened anonymously."
            ),
            lazy_gettext(
                "If you are a guest there, log in and open the activity again. If you are logged "
                "in, ask the platform's administrator to let it send this tool the user's ID (the "
                "claim “sub”), in the privacy settings of the tool. Names are not needed."
            ),
        ),
        "launch.review.unknown": Explanation(
            404,
            lazy_gettext("This learner is not known in this course"),
            lazy_gettext(
                "The gradebook asked for the work of somebody who has not been here and is not on "
                "the class list that we have."
            ),
            lazy_gettext(
                "Open the activity itself from the course and read the class list again; then "
                "open the submission once more."
            ),
        ),
        "launch.review.other": Explanation(
            403,
            lazy_gettext("This is somebody else's work"),
            lazy_gettext("The gradebook asked for another learner's submission than your own."),
            _AGAIN,
        ),
        "launch.context.missing": Explanation(
            400,
            lazy_gettext("There is no course here"),
            lazy_gettext("The tool was opened outside of a course, and it works inside of one."),
            lazy_gettext("Open it from a course."),
        ),
        "launch.deployment.waiting": Explanation(
            403,
            lazy_gettext("This place waits for its approval"),
            lazy_gettext(
                "The learning platform is known, but the place where the tool was added is new."
            ),
            lazy_gettext(
                "Ask the administrator of this tool to approve the deployment that is named below."
            ),
        ),
        "launch.role.none": Explanation(
            403,
            lazy_gettext("You have no role in this course that opens anything here"),
            lazy_gettext(
                "Instructors, teaching assistants, learners and mentors of a course can come in. A "
                "role in the school as a whole is not enough."
            ),
            lazy_gettext("If you should have one, ask whoever manages the course's members."),
        ),
        "launch.deep_linking.role": Explanation(
            403,
            lazy_gettext("Only instructors add activities"),
            lazy_gettext("Your role in this course is another one. Nothing was added."),
            lazy_gettext("If you should be an instructor, ask whoever manages the course."),
        ),
    }
