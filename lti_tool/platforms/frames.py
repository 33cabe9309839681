"""Further origins whose pages may frame ours, as the administrator of the tool lists them.

Touches registrations. Beside the origins that a launch names itself, for an LMS that is framed by
another site or is reached under a name of the school's own (CSP 3, frame-ancestors: every page
around ours has to be allowed, not only the nearest).
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.access.origins import is_safe, origin_of
from lti_tool.platforms.registrations import RegistrationInfo, info
from lti_tool.platforms.tables import Registration
from rubrics.errors import Refused

MOST = 20
"""They all stand in a header of every page."""
_LONGEST = 300


def list_frames(
    session: Session, registration_id: UUID, origins: Collection[str]
) -> RegistrationInfo:
    """Let pages of these origins frame ours too, and of none that was listed before.

    Of an address that is typed whole, its origin counts. Needs a session of EVERY_TENANT. Raises
    Refused (code "platform.frame").
    """
    row = session.get_one(Registration, registration_id)
    listed = list(dict.fromkeys(_typed_origin(each) for each in origins))
    if len(listed) > MOST:
        raise Refused(
            "platform.frame.many", "List at most %(most)d sites that show the tool.", most=MOST
        )
    row.frame_origins = listed
    session.flush()
    return info(row)


def _typed_origin(typed: str) -> str:
    found = origin_of(typed) if len(typed) <= _LONGEST and is_safe(typed) else None
    if found is None:
        raise Refused(
            "platform.frame",
            "%(origin)s is not the address of a site. Write https:// and its name, as in "
            "https://apps.school.example, with its port if that is not 443.",
            origin=typed[:_LONGEST],
        )
    return found
