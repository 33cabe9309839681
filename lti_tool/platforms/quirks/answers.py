"""The questions that this tool asks of an LMS's peculiarities; the defaults are the standards'.

Touches nothing. An answer belongs here once two LMSs differ in it; what all of them bear is done
for all of them and needs no question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Quirks:
    """The answers for one LMS."""

    families: tuple[str, ...] = ()
    """How it names itself (`product_family_code`), in lower case."""
    domains: tuple[str, ...] = ()
    """Where its issuers are: by these it is known before it has named itself."""
    cloud: tuple[str, ...] = ()
    """Domains of one operator below which many schools share an issuer."""
    shares_client_id: bool = False
    """Its schools share one client id too: every deployment may be another school's."""

    assertion_audience: str | None = None
    """The audience of our client assertions, where it is not the token URL."""

    appends_comments: bool = False
    """It keeps every comment it is sent: an unchanged one is left out."""
    line_break: str = "\n"
    """Between the lines of a comment."""
    score_extras: Mapping[str, Any] = field(default_factory=dict)
    """Members that every score carries."""
    quota_header: str = ""
    """The header that counts down how many calls it still takes; a 403 at none left is a limit."""

    takes_reviews: bool = False
    """Columns that this tool makes may say that work is reviewed here (Submission Review)."""
    whole_points_to: int | None = None
    """Columns that deep linking makes have whole points up to this; it drops others in silence."""

    registration_extras: Mapping[str, str] = field(default_factory=dict)
    """Members of the tool's configuration in a dynamic registration."""
    placements: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"LtiDeepLinkingRequest": ("ContentArea",)}
    )
    """By message type: where the tool is offered, if the LMS has such a place."""
    names_no_placements: bool = False
    """It may leave out which places it has, and has these all the same."""
    json_extras: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By placement: members of its entry in the LMS's own JSON configuration."""
    message_extras: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By placement: members of a message that is offered there."""
    stores_for_tools: bool | None = None
    """Whether it keeps data for tools (LTI platform storage) though it did not say so at the login;
    None: nobody knows, so a page in a frame asks it where the browser keeps no cookie."""
