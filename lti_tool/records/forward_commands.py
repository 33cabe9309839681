"""`twofold lrs forward`: to which other record stores statements go, and how far they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import click
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT
from foundation.http import HttpFailed, HttpRefused
from foundation.secrets import Seal
from lti_tool.admin import audit
from lti_tool.commands import TENANT, database_of, read_settings, tenant_of
from xapi.transfer import forwarder, targets
from xapi.transfer.remote import NoVersion
from xapi.transfer.targets import BadTarget, TargetState


@click.group()
def forward() -> None:
    """Other record stores that receive the statements."""


@forward.command("add")
@click.argument("name")
@click.argument("endpoint")
@click.option("--key", required=True, help="The user name of its HTTP Basic credential.")
@click.option(
    "--secret",
    prompt="Secret of the credential",
    hide_input=True,
    envvar="LRS_SECRET",
    help="Better not on the command line: asked for, or taken from LRS_SECRET.",
)
@click.option(
    "--verb", "verbs", multiple=True, metavar="IRI", help="Only this verb; may be repeated."
)
@click.option(
    "--activity", "activities", multiple=True, metavar="IRI",
    help="Only about this activity, also by its context; may be repeated.",
)  # fmt: skip
@click.option(
    "--lrs-version",
    type=click.Choice(["1.0.3", "2.0.0"]),
    help="The version to speak; without it the endpoint's /about is asked.",
)
@click.option(
    "--from-now", is_flag=True, help="Only what is stored from now on; else all there is."
)
@click.option(
    "--private", is_flag=True, help="It is on a private network, or http on this machine."
)
@TENANT
def add(
    name: str,
    endpoint: str,
    key: str,
    secret: str,
    verbs: tuple[str, ...],
    activities: tuple[str, ...],
    lrs_version: str | None,
    from_now: bool,
    private: bool,
    tenant: str,
) -> None:
    """Forward a tenant's statements to the LRS at ENDPOINT, to which /statements is added."""
    settings = read_settings()
    database = database_of(settings)
    with _said():
        lrs = targets.remote(endpoint, key, secret, private=private)
        version = lrs_version or lrs.spoken(forwarder.client(settings.ca_bundle))
        seal = Seal(settings.secret_key)
        wanted = targets.draft(seal, name, lrs, version, verbs, activities)
        with database.writing(EVERY_TENANT) as session:
            owner = tenant_of(session, tenant)
            targets.add(session, owner, wanted, from_now=from_now)
            _note(session, "added", wanted.name, owner, endpoint=wanted.endpoint, version=version,
                  verbs=list(verbs), activities=list(activities))  # fmt: skip
    click.echo(f"{wanted.name} receives statements in xAPI {version}: {wanted.endpoint}")
    click.echo("The worker sends them (twofold serve, or twofold worker).", err=True)


@forward.command("list")
@click.option(
    "--refused", is_flag=True, help="Also the latest statements that each would not take."
)
@TENANT
def list_(refused: bool, tenant: str) -> None:
    """List the targets: how far each is behind, and what troubles it."""
    with database_of(read_settings()).reading(EVERY_TENANT) as session:
        owner = tenant_of(session, tenant)
        for state in targets.describe(session, owner):
            click.echo("\n".join(_described(state)))
            if refused:
                for one in targets.refusals(session, owner, state.name):
                    again = "  (to be sent again)" if one.again else ""
                    click.echo(f"  {one.statement_id}  {one.status} {one.code}: {one.said}{again}")


@forward.command("pause")
@click.argument("name")
@TENANT
def pause(name: str, tenant: str) -> None:
    """Send a target nothing until it is resumed; it misses nothing."""
    with _changing("paused", name, tenant) as (session, owner):
        targets.pause(session, owner, name)
    click.echo(f"{name} is paused.")


@forward.command("resume")
@click.argument("name")
@click.option(
    "--from-start",
    is_flag=True,
    help="Send everything once more: after the target lost data, or this database was restored.",
)
@TENANT
def resume(name: str, from_start: bool, tenant: str) -> None:
    """Go on where a target stands, at once."""
    with _changing("resumed", name, tenant) as (session, owner):
        targets.resume(session, owner, name, from_start=from_start)
    click.echo(f"{name} goes on.")


@forward.command("retry")
@click.argument("name")
@TENANT
def retry(name: str, tenant: str) -> None:
    """Go on at once, and send again what a target would not take."""
    with _changing("retried", name, tenant) as (session, owner):
        again = targets.retry(session, owner, name)
    click.echo(f"{name} goes on; {again} refused statements are sent again.")


@forward.command("remove")
@click.argument("name")
@TENANT
def remove(name: str, tenant: str) -> None:
    """Forget a target; what it has received stays there."""
    with _changing("removed", name, tenant) as (session, owner):
        targets.remove(session, owner, name)
    click.echo(f"{name} is forgotten.")


@contextmanager
def _changing(done: str, name: str, tenant: str) -> Iterator[tuple[Session, UUID]]:
    with _said(), database_of(read_settings()).writing(EVERY_TENANT) as session:
        owner = tenant_of(session, tenant)
        yield session, owner
        _note(session, done, name, owner)


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except NoVersion as error:
        raise click.ClickException(
            f"{error}. Say with --lrs-version which version it speaks (target.version)"
        ) from error
    except BadTarget as error:
        raise click.ClickException(f"{error} ({error.code})") from error
    except (HttpFailed, HttpRefused) as error:
        raise click.ClickException(
            f"{error.message} ({error.code}). With --lrs-version the target is not asked"
        ) from error


def _described(state: TargetState) -> list[str]:
    many = "at least " if state.behind >= targets.MOST_COUNTED else ""
    parts = [
        state.name,
        state.endpoint,
        state.version,
        "active" if state.active else "paused",
        f"{many}{state.behind} behind"
        + (f" ({state.behind_seconds:.0f} s)" if state.behind else ""),
        f"{state.sent} sent",
        f"last {_moment(state.last_sent_at)}",
    ]
    if state.refused:
        parts.append(f"{state.refused} refused")
    lines = ["  ".join(parts)]
    if state.verbs or state.activities:
        lines.append(f"  only {' '.join((*state.verbs, *state.activities))}")
    if state.error_code:
        again = f"; next try {_moment(state.next_try_at)}" if state.active else ""
        lines.append(f"  {_moment(state.error_at)} {state.error_code}: {state.error}{again}")
    return lines


def _moment(moment: datetime | None) -> str:
    return "never" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _note(session: Session, done: str, name: str, owner: UUID, **detail: object) -> None:
    audit.note(
        session,
        actor=audit.COMMAND_LINE,
        action=f"forward.{done}",
        subject=name,
        tenant_id=owner,
        detail=detail,
    )
