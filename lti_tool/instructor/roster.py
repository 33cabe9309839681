"""Where the class list comes from, in words, and reading it again.

Views only: one call, then the class list says what came of it.
"""

from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.wrappers import Response

from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.asking import go_to, placement
from lti_tool.nrps.refresh import read_again
from lti_tool.nrps.states import RosterState, Trouble
from lti_tool.services import services

_SENTENCES = {
    Trouble.NOT_OFFERED: lazy_gettext(
        "The LMS does not give its class list to this tool: learners stand here once they have "
        "opened the activity. The administrator of the LMS can switch on “Names and Role "
        "Provisioning Services” for this tool; the list is read after the next launch."
    ),
    Trouble.NOT_ALLOWED: lazy_gettext(
        "The LMS refused to give its class list. Its administrator has to allow “Names and Role "
        "Provisioning Services” in the settings of this tool; then read the list again."
    ),
    Trouble.GONE: lazy_gettext(
        "The LMS has no class list at the address that it gave. Open the activity from the course "
        "once more, then read the list again."
    ),
    Trouble.UNREADABLE: lazy_gettext(
        "What the LMS answered is no class list that can be used, so nothing was changed. Tell its "
        "administrator the words in brackets."
    ),
    Trouble.EMPTY: lazy_gettext(
        "The LMS named nobody, so nothing was changed. It is asked again by itself."
    ),
    Trouble.SHRUNK: lazy_gettext(
        "The LMS did not name most of this class, so nobody was marked as gone yet. If they have "
        "really left, read the list again."
    ),
    Trouble.ONE_LINK: lazy_gettext(
        "The LMS did not give the list of the course, only of those who may open one activity: "
        "they are here, but whoever left the class is not marked."
    ),
    Trouble.UNAVAILABLE: lazy_gettext(
        "The LMS could not be asked just now, so nothing was changed. It is asked again by itself."
    ),
}


@requires(Permission.SEE_CLASS)
def read_roster() -> Response:
    """Ask the LMS for the class list now."""
    placement()
    read_again(services(), here().tenant_id, here().course_id)
    return go_to("instructor.class_list", done="read")


def sentence(state: RosterState) -> str:
    """What is wrong and how to mend it; nothing where all is well."""
    return str(_SENTENCES.get(state.trouble, ""))


def changes(state: RosterState) -> str:
    """What the last reading changed; nothing where it did not succeed."""
    if state.being_read:
        return str(gettext("The LMS is slow. The list is still being read; look again soon."))
    if state.trouble is not Trouble.NONE or state.read_at is None:
        return ""
    if not state.joined and not state.left:
        return str(gettext("The class list was read. Nothing has changed."))
    joined = ngettext("%(num)s new learner", "%(num)s new learners", state.joined)
    left = ngettext("%(num)s left the class", "%(num)s left the class", state.left)
    return str(gettext("The class list was read: %(joined)s, %(left)s.", joined=joined, left=left))
