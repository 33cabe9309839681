"""`twofold platform` and `twofold keys`: connecting LMSs, checking them, turning our keys over."""

import sys
from typing import Any
from uuid import UUID

import click

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.admin.audit import COMMAND_LINE
from lti_tool.commands import database_of, read_settings

_POLICY = click.option(
    "--policy",
    type=click.Choice(["first", "all", "each"]),
    help="Deployments not named here: accept the first, all, or none until approved. Not given: a "
    "known LMS keeps its policy; a new one has each where schools share its client id "
    "(Blackboard), first elsewhere.",
)
_TENANT = click.option("--tenant", default="", help="Name of the organisation that it belongs to.")


@click.group()
def platform() -> None:
    """The LMSs that may launch this tool."""


@platform.command("link")
@_TENANT
@click.option(
    "--policy",
    type=click.Choice(["first", "all", "each"]),
    default="first",
    show_default=True,
    help="Deployments not named here: accept the first, all, or none until approved. Where schools "
    "share the client id (Blackboard), first means each.",
)
@click.option(
    "--private",
    is_flag=True,
    help="The host that shows the LMS's configuration is on a private network, or http on this "
    "machine.",
)
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 90))
def link(tenant: str, policy: str, private: bool, days: int) -> None:
    """Make an address with which an LMS registers itself, once; the last line is the address."""
    from lti_tool.platforms.tables import DeploymentPolicy
    from lti_tool.registration import links

    settings = read_settings()
    with database_of(settings).writing(EVERY_TENANT) as session:
        token = links.make(
            session,
            actor=COMMAND_LINE,
            tenant_name=tenant or None,
            policy=DeploymentPolicy(policy),
            private=private,
            days=days,
            at=clock.now(),
        )
    click.echo(
        f"Paste this where the LMS adds a tool by its registration address. It works once, within "
        f"{days} days; whoever has it can connect an LMS.",
        err=True,
    )
    click.echo(f"{settings.base_url}/lti/register/{token}")


@platform.command("add")
@click.option("--issuer", required=True, help="The LMS's issuer (platform id), exactly.")
@click.option("--client-id", required=True)
@click.option("--auth-login-url", required=True)
@click.option("--auth-token-url", required=True)
@click.option(
    "--auth-audience",
    help="Where it is not the token URL: Brightspace names one. Empty: it has none any more.",
)
@click.option("--key-set-url", required=True)
@click.option("--deployment", "deployments", multiple=True, help="Deployment id; may be repeated.")
@click.option("--name", default="", help="What you call this LMS.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A further host of the LMS (host or host:port), such as a school's own name for it; may "
    "be repeated, and replaces those listed before. It may also be on a private network.",
)
@click.option(
    "--frame-origin",
    "frame_origins",
    multiple=True,
    help="A site that frames the LMS, or another name of the LMS (https://apps.school.example): "
    "its pages may show the tool too. May be repeated, and replaces those listed before.",
)
@_TENANT
@_POLICY
@click.option(
    "--private/--no-private",
    default=None,
    help="The LMS's addresses are on a private network, or http on this machine; of a private LMS, "
    "those that change now.",
)
def add(
    deployments: tuple[str, ...],
    hosts: tuple[str, ...],
    frame_origins: tuple[str, ...],
    tenant: str,
    policy: str | None,
    **values: Any,
) -> None:
    """Register an LMS by hand, or change it: of the options, what is not given stays as it is.

    Our own values are at /lti/config.
    """
    from lti_tool.platforms.tables import DeploymentPolicy
    from lti_tool.registration.audited import register_by_hand
    from rubrics.errors import Refused

    if policy:
        values["policy"] = DeploymentPolicy(policy)
    try:
        register_by_hand(
            database_of(read_settings()),
            actor=COMMAND_LINE,
            deployment_ids=deployments,
            tenant_name=tenant or None,
            hosts=hosts or None,
            frame_origins=frame_origins or None,
            **values,
        )
    except Refused as error:
        raise click.ClickException(f"{error} ({error.code})") from error
    click.echo(f"Registered {values['issuer']} with client id {values['client_id']}.")


@platform.command("list")
def list_() -> None:
    """List the registered LMSs, and what waits for an approval."""
    from lti_tool.platforms.registrations import list_platforms
    from lti_tool.registration import links, waiting

    with database_of(read_settings()).reading(EVERY_TENANT) as session:
        lines = list_platforms(session)
        lines += [
            f"waits for approval: {each.name}: {each.issuer}  client {each.client_id}  since "
            f"{each.created_at:%Y-%m-%d %H:%M} UTC  id {each.id}"
            for each in waiting.all_waiting(session)
        ]
        lines += [
            f"a registration link for {each.tenant_name or 'a new tenant'} is open until "
            f"{each.expires_at:%Y-%m-%d %H:%M} UTC"
            for each in links.open_links(session, clock.now())
        ]
    for line in lines:
        click.echo(line)


@platform.command("approve")
@click.argument("id", type=click.UUID)
@click.option("--deployment", default="", help="The waiting deployment of the LMS with this id.")
@_TENANT
@_POLICY
def approve(id: UUID, deployment: str, tenant: str, policy: str | None) -> None:
    """Let a waiting registration in, or a waiting deployment; `platform list` shows the ids."""
    from lti_tool.platforms.tables import DeploymentPolicy
    from lti_tool.registration import approval
    from rubrics.errors import Refused

    database = database_of(read_settings())
    try:
        if deployment:
            said = approval.approve_deployment(
                database, id, deployment, tenant or None, actor=COMMAND_LINE
            )
        else:
            chosen = DeploymentPolicy(policy) if policy else None
            said = approval.approve(database, id, tenant or None, chosen, actor=COMMAND_LINE)
    except Refused as error:
        raise click.ClickException(f"{error} ({error.code})") from error
    click.echo(said)


@platform.command("refuse")
@click.argument("id", type=click.UUID)
def refuse(id: UUID) -> None:
    """Forget a waiting registration."""
    from lti_tool.registration import approval
    from rubrics.errors import Refused

    try:
        said = approval.refuse(database_of(read_settings()), id, actor=COMMAND_LINE)
    except Refused as error:
        raise click.ClickException(f"{error} ({error.code})") from error
    click.echo(said)


@platform.command("check")
@click.argument("wanted", default="", metavar="[ISSUER|ID]")
def check(wanted: str) -> None:
    """Ask an LMS (or every one) for all that the tool needs of it, and say what is missing."""
    from lti_tool.registration.check import check_platform, chosen
    from lti_tool.services import build

    settings = read_settings()
    database_of(settings).dispose()
    services = build(settings)
    registrations = chosen(services.db, wanted)
    if not registrations:
        raise click.ClickException("There is no such LMS. See: twofold platform list")
    missing = False
    for registration in registrations:
        click.echo(f"{registration.name}: {registration.issuer}  client {registration.client_id}")
        for finding in check_platform(services, registration):
            missing = missing or finding.good is False
            mark = {True: "✓", False: "✗", None: "–"}[finding.good]
            click.echo(f"  {mark} {finding.said}")
            if finding.mend:
                click.echo("    " + " ".join(str(each) for each in finding.mend))
    sys.exit(1 if missing else 0)


@click.group()
def keys() -> None:
    """The keys that this tool signs with; the worker turns them over every 30 days."""


@keys.command("list")
def keys_list() -> None:
    """List the published keys."""
    from lti_tool.platforms import key_rotation

    with database_of(read_settings()).reading(EVERY_TENANT) as session:
        for line in key_rotation.describe(session, clock.now()):
            click.echo(line)


@keys.command("rotate")
@click.option(
    "--leaked",
    is_flag=True,
    help="Delete all other keys and sign with the new one at once; LMSs that keep our key set for "
    "a while refuse us until they fetch it again.",
)
def keys_rotate(leaked: bool) -> None:
    """Make a new key now; it is published for a day before it signs."""
    from lti_tool.platforms import key_rotation
    from lti_tool.services import build

    settings = read_settings()
    database_of(settings).dispose()
    services = build(settings)
    kid = key_rotation.rotate(
        services.db, services.seal, clock.now(), actor=COMMAND_LINE, leaked=leaked
    )
    click.echo(f"Made {kid}." if leaked else f"Made {kid}; it signs in a day.")
