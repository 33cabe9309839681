"""Pages of the registered LMSs: all of them with what waits, one of them, and its check."""

from uuid import UUID

from flask import Response, render_template, request
from flask_babel import gettext

from foundation import clock
from lti_tool.admin import overview
from lti_tool.admin.gate import AdminRefused, ask, go_to
from lti_tool.platforms.registrations import further_hosts, is_private
from lti_tool.platforms.tables import DeploymentPolicy
from lti_tool.registration import links, waiting
from lti_tool.registration.check import Finding, check_platform
from lti_tool.registration.products import product
from lti_tool.registration.sentences import Sentence
from lti_tool.services import services


def start() -> Response:
    """To the first page."""
    return go_to("platforms")


def platforms() -> str:
    """Every LMS, and what waits for a decision."""
    notices = {
        "approved": gettext("Approved: people may come in from there now."),
        "refused": gettext("Forgotten. Delete the tool in that LMS too."),
        "withdrawn": gettext("The link registers nothing any more."),
    }
    return render_template(
        "admin/platforms.html",
        rows=ask(overview.platforms),
        waiting=ask(waiting.all_waiting),
        links=ask(links.open_links, clock.now()),
        product=product,
        notice=notices.get(request.args.get("done", ""), ""),
    )


def platform(registration_id: UUID) -> str:
    """One LMS."""
    notices = {
        "registered": gettext("Registered. Now let the connection be checked."),
        "changed": gettext("The registration is up to date."),
        "approved": gettext("The deployment may launch the tool now."),
    }
    return _page(found(registration_id), notice=notices.get(request.args.get("done", ""), ""))


def check(registration_id: UUID) -> str:
    """Ask the LMS for all that the tool needs of it, now, and say what was found."""
    row = found(registration_id)
    findings = list(check_platform(services(), row.info))
    return _page(row, findings=findings)


def found(registration_id: UUID) -> overview.PlatformRow:
    """The LMS of this id. Raises AdminRefused where there is none."""
    row = ask(overview.platform, registration_id)
    if row is None:
        raise AdminRefused("admin.gone")
    return row


def _page(
    row: overview.PlatformRow, *, findings: list[Finding] | None = None, notice: str = ""
) -> str:
    return render_template(
        "admin/platform.html",
        row=row,
        hosts=further_hosts(row.info),
        private=is_private(row.info),
        product=product(row.info.product_family),
        policies=policies(),
        findings=findings,
        all_well=findings is not None and all(each.good is not False for each in findings),
        notice=notice,
    )


def in_words(sentence: Sentence) -> str:
    """A sentence of the connection check in the reader's language."""
    values = {
        name: in_words(value) if isinstance(value, Sentence) else value
        for name, value in sentence.values.items()
    }
    return gettext(sentence.message, **values)


def policies() -> dict[DeploymentPolicy, str]:
    """What each deployment policy means, in words."""
    return {
        DeploymentPolicy.FIRST: gettext("The first deployment is let in, every further one waits"),
        DeploymentPolicy.ALL: gettext("Every deployment is let in: one school has this LMS"),
        DeploymentPolicy.EACH: gettext("Each deployment waits: several schools share the LMS"),
    }
