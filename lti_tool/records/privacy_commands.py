"""`twofold privacy`: one person's records out, a person erased, and how long records are kept.

Names and e-mail addresses are said on the terminal alone; the audit log gets counts.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import click

from foundation.db import EVERY_TENANT
from lti_tool.admin import audit
from lti_tool.commands import TENANT, database_of, read_settings
from lti_tool.files import EvidenceFiles
from lti_tool.installation import found
from lti_tool.privacy import bundle, erasing, people
from lti_tool.privacy.erasing import Place
from lti_tool.privacy.people import Known
from lti_tool.records.retention_commands import INSTALLATION, owner_of, retention
from xapi.privacy import finding
from xapi.privacy.subject import Subject
from xapi.privacy.task import Task


@click.group()
def privacy() -> None:
    """What is held about a person, and for how long."""


privacy.add_command(retention)


def _whom(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say who it is about."""
    options: tuple[Any, ...] = (
        click.argument("person", required=False, default=""),
        click.option("--issuer", default="", help="The LMS as it names itself in launches."),
        click.option("--subject", default="", help="The person's id at that issuer (sub)."),
        click.option(
            "--mbox", "mboxes", multiple=True, metavar="ADDRESS",
            help="Statements of this e-mail address are the person's, too.",
        ),
        click.option(
            "--mbox-sha1sum", "digests", multiple=True, metavar="HEX",
            help="Statements of this digest of an address, too.",
        ),
        click.option(
            "--openid", "openids", multiple=True, metavar="URI",
            help="Statements of this OpenID, too.",
        ),
        click.option(
            "--account", "accounts", nargs=2, multiple=True, metavar="HOMEPAGE NAME",
            help="Statements of this account elsewhere, too.",
        ),
        TENANT,
        INSTALLATION,
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class _About:
    """Who it is about, and where."""

    place: Place
    known: Known | None
    subject: Subject


@privacy.command("find")
@click.argument("text")
@TENANT
def find(text: str, tenant: str) -> None:
    """List people whose name or e-mail address has TEXT in it, with what to name them by."""
    place = _place(tenant, False)
    with place.database.reading(place.tenant) as session:
        listed = people.suggested(session, text)
    for each in listed:
        click.echo(
            f"{each.id}  {each.name or '-'}  {each.email or '-'}  {each.issuer}  {each.subject}"
        )
    if not listed:
        click.echo("Nobody's name or e-mail address has this in it.", err=True)


@privacy.command("export")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="The zip archive to write; only you may read it.",
)  # fmt: skip
@_whom
def export(output: Path, **whom: Any) -> None:
    """Write everything that is held about PERSON (an id, see "find") into a zip archive."""
    about = _about(**whom)
    _say_how_much(about)
    with _written_whole(output) as into:
        counts = bundle.write(
            about.place, about.subject, about.known.id if about.known else None, into
        )
    _note(about, "person.exported", counts)
    click.echo(f"{_words(counts)} are in {output}.")


@privacy.command("erase")
@click.option("--resume", is_flag=True, help="Only finish what was interrupted.")
@click.option("--dry-run", is_flag=True, help="Only say what is there.")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@_whom
def erase(resume: bool, dry_run: bool, yes: bool, **whom: Any) -> None:
    """Put a random pseudonym in the place of PERSON (an id, see "find"), for good.

    Records and figures stay; names, identifiers, texts, files and comments go. Whoever launches
    again afterwards is somebody new: take the person out of the LMS's courses first.
    """
    place = _place(whom["tenant"], whom["installation"])
    if not dry_run:
        _resume(place, resume)
    if resume:
        return
    about = _about(**whom)
    _say_how_much(about)
    if dry_run:
        click.echo("Nothing was changed: this was a dry run.")
        return
    if not yes:
        click.confirm("It cannot be undone. Erase this person?", abort=True)
    task = erasing.begin(about.place, about.subject, about.known.id if about.known else None)
    _finish(place, task)


def _resume(place: Place, wanted: bool) -> None:
    tasks = erasing.begun(place)
    for task in tasks:
        click.echo("An erasure was interrupted. It goes on.", err=True)
        _finish(place, task)
    if wanted and not tasks:
        click.echo("No erasure was interrupted.")


def _finish(place: Place, task: Task) -> None:
    counts = erasing.finish(place, task, audit.COMMAND_LINE, _dot)
    unread = counts.pop("unread", 0)
    click.echo(f"Erased: {_words(counts) or 'all'} were changed or removed.")
    click.echo(f"Neither text nor JSON, so not looked through: {unread} attachments and documents.")
    click.echo("What was forwarded, exported or backed up before is elsewhere: docs/privacy.md")


def _dot(_: int) -> None:
    if sys.stderr.isatty():
        click.echo(".", err=True, nl=False)


def _place(tenant: str, installation: bool) -> Place:
    settings = read_settings()
    database = database_of(settings)
    owner = owner_of(database, tenant, installation)
    return Place(database, EvidenceFiles(settings.files), found(database, settings).iri_base, owner)


def _about(
    *,
    person: str,
    issuer: str,
    subject: str,
    mboxes: Sequence[str],
    digests: Sequence[str],
    openids: Sequence[str],
    accounts: Sequence[tuple[str, str]],
    tenant: str,
    installation: bool,
) -> _About:
    if bool(issuer) != bool(subject) or (person and issuer):
        raise click.UsageError("Say a person's id, or --issuer and --subject together.")
    also = [*_agents(mboxes, digests, openids, accounts)]
    place = _place(tenant, installation)
    with place.database.reading(place.tenant) as session:
        if person:
            known = people.by_id(session, _identifier(person))
        else:
            known = people.by_account(session, issuer, subject) if issuer else None
    if person and known is None:
        raise click.ClickException(
            "Nobody here has this id. See: twofold privacy find NAME (person.unknown)"
        )
    if known is None and issuer:
        also.insert(0, {"account": {"homePage": issuer, "name": subject}})
    if known is None and not also:
        raise click.UsageError('Say who: an id (see "twofold privacy find"), or identifiers.')
    wanted = known.as_subject(also) if known else Subject.of(also)
    return _About(place, known, wanted)


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise click.UsageError(
            "This is no person's id. Find it by: twofold privacy find NAME"
        ) from error


def _agents(
    mboxes: Sequence[str],
    digests: Sequence[str],
    openids: Sequence[str],
    accounts: Sequence[tuple[str, str]],
) -> Iterator[dict[str, Any]]:
    for address in mboxes:
        yield {"mbox": f"mailto:{address.removeprefix('mailto:')}"}
    for digest in digests:
        yield {"mbox_sha1sum": digest.lower()}
    for openid in openids:
        yield {"openid": openid}
    for home, name in accounts:
        yield {"account": {"homePage": home, "name": name}}


def _say_how_much(about: _About) -> None:
    """Counts before anything happens; the end of the command where there is nothing at all."""
    place = about.place
    with place.database.reading(place.tenant) as session:
        amount = finding.amount(session, place.tenant, about.subject)
        address = about.known.email if about.known else None
        mail = Subject.of([{"mbox": f"mailto:{address}"}]) if address else Subject(())
        other = finding.amount(session, place.tenant, mail)
    if about.known is None and not amount:
        raise click.ClickException(
            "Nothing is held about anybody of these identifiers. (person.unknown)"
        )
    if about.known is not None:
        shown = about.known.name or "no name"
        click.echo(f"{shown}, {about.known.subject} at {about.known.issuer}", err=True)
    click.echo(
        f"Statements: {amount.as_actor} as actor or object, {amount.otherwise} otherwise. "
        f"Documents: {amount.documents}. Attachments: {amount.attachments}."
    )
    if other and not mail.identifiers <= about.subject.identifiers:
        click.echo(
            f"Statements of the e-mail address {address}: {other.as_actor + other.otherwise}, "
            "not among these. If they are the same person's, add --mbox."
        )


@contextmanager
def _written_whole(output: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner may read and that is there once it is whole."""
    try:
        with tempfile.NamedTemporaryFile(dir=output.parent, delete=False) as temporary:
            name = Path(temporary.name)
            try:
                yield temporary
                temporary.flush()
                os.fsync(temporary.fileno())
                name.replace(output)
            except BaseException:
                name.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error


def _note(about: _About, action: str, counts: dict[str, int]) -> None:
    with about.place.database.writing(EVERY_TENANT) as session:
        audit.note(
            session,
            actor=audit.COMMAND_LINE,
            action=action,
            subject="one person",
            tenant_id=about.place.tenant,
            detail=counts,
        )


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
