"""`twofold admin` and `twofold audit`: who may log in to the pages, and what was done by whom."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from foundation.db import EVERY_TENANT
from lti_tool.admin.audit import COMMAND_LINE
from lti_tool.commands import database_of, read_settings

_FROM_STDIN = click.option(
    "--password-stdin",
    "from_stdin",
    is_flag=True,
    help="Read the password from the first line of the standard input instead of asking for it.",
)


@click.group()
def admin() -> None:
    """The administrators who may log in at /admin."""


@admin.command("add")
@click.argument("login")
@_FROM_STDIN
def add(login: str, from_stdin: bool) -> None:
    """Make an administrator."""
    from lti_tool.admin import accounts

    settings = read_settings()
    database = database_of(settings)
    with _said():
        accounts.add(database, login, _password(from_stdin), actor=COMMAND_LINE)
    click.echo(f"{accounts.folded(login)} may log in at {settings.base_url}/admin")


@admin.command("password")
@click.argument("login")
@_FROM_STDIN
def password(login: str, from_stdin: bool) -> None:
    """Give an administrator another password, and end their sessions."""
    from lti_tool.admin import accounts

    settings = read_settings()
    database = database_of(settings)
    chosen = _password(from_stdin)
    with _said():
        accounts.set_password(
            database, login, chosen, actor=COMMAND_LINE, secret_key=settings.secret_key
        )
    click.echo(f"{accounts.folded(login)} has another password. Open sessions have ended.")


@admin.command("totp")
@click.argument("login")
@click.option("--off", is_flag=True, help="The password is enough from now on.")
def totp(login: str, off: bool) -> None:
    """Switch one-time codes off for somebody who has lost the phone; on is a page's matter."""
    from lti_tool.admin import accounts

    if not off:
        raise click.UsageError("Say --off. One-time codes are switched on at /admin/security.")
    with _said():
        accounts.switch_codes_off(database_of(read_settings()), login, actor=COMMAND_LINE)
    click.echo(f"{accounts.folded(login)} logs in with the password alone. Open sessions ended.")


@admin.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Keep an administrator out from now on, and end their sessions."""
    from lti_tool.admin import accounts

    with _said():
        accounts.disable(database_of(read_settings()), login, actor=COMMAND_LINE)
    click.echo(f"{accounts.folded(login)} can no longer log in.")


@admin.command("enable")
@click.argument("login")
def enable(login: str) -> None:
    """Let a disabled administrator in again."""
    from lti_tool.admin import accounts

    with _said():
        accounts.enable(database_of(read_settings()), login, actor=COMMAND_LINE)
    click.echo(f"{accounts.folded(login)} may log in again.")


@admin.command("list")
def list_() -> None:
    """List the administrators."""
    from lti_tool.admin import accounts

    with database_of(read_settings()).reading(EVERY_TENANT) as session:
        for each in accounts.listed(session):
            disabled = f"  disabled {each.disabled_at:%Y-%m-%d}" if each.disabled_at else ""
            codes = "password and one-time code" if each.uses_codes else "password"
            click.echo(f"{each.login}  {codes}  since {each.created_at:%Y-%m-%d}{disabled}")


@click.command("audit")
@click.option("--action", default="", help="Only this code (key.rotated), or all that begin so.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
def audit(action: str, limit: int) -> None:
    """Say what was done by whom, the newest first: time, action, actor, subject, details."""
    from lti_tool.admin.audit import entries

    with database_of(read_settings()).reading(EVERY_TENANT) as session:
        for each in entries(session, limit=limit, action=action or None):
            detail = json.dumps(each.detail, ensure_ascii=False) if each.detail else ""
            words = (f"{each.at:%Y-%m-%dT%H:%M:%SZ}", each.action, each.actor, each.subject)
            tenant = f"tenant {each.tenant_id}" if each.tenant_id else ""
            click.echo("\t".join((*words, tenant, detail)).rstrip())


@contextmanager
def _said() -> Iterator[None]:
    """Turn a refusal into the end of the command, with what to do."""
    from rubrics.errors import Refused

    try:
        yield
    except Refused as error:
        raise click.ClickException(f"{error} ({error.code})") from error


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed
