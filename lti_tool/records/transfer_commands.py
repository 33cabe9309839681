"""`twofold lrs export` and `twofold lrs import`: all statements of a tenant, out and in.

Exit status: 0 all is well; 1 something was not done, as said; 2 the command was not understood.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import click

from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from lti_tool.commands import TENANT, database_of, read_settings, tenant_of
from xapi.statements import times
from xapi.store import scan
from xapi.store.scan import Span
from xapi.transfer import export as exporting
from xapi.transfer.importing import Fault, Import
from xapi.transfer.parts import Folder


def _moment(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """Microseconds since 1970 of a timestamp of RFC 3339, or of a day's midnight in UTC."""
    if text is None:
        return None
    try:
        return times.moment(text if "T" in text.upper() else f"{text}T00:00:00Z")
    except ValueError:
        raise click.BadParameter(
            "write a day, 2026-11-23, or a time, 2026-11-23T10:00:00Z"
        ) from None


@click.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv", "parquet"]), default="jsonl",
              show_default=True)  # fmt: skip
@click.option(
    "--out", default="-", show_default=True,
    help="The file, or - for the standard output; for parquet the folder, in which each day of "
    "`stored` has one of its own.",
)  # fmt: skip
@click.option(
    "--since",
    callback=_moment,
    metavar="TIME",
    help="Only what was stored after it; parquet: its day on.",
)
@click.option(
    "--until",
    callback=_moment,
    metavar="TIME",
    help="Only what was stored up to it; parquet: that day.",
)
@click.option(
    "--with-voided", is_flag=True,
    help="Voided statements too, as a backup needs them; parquet has them always, marked.",
)  # fmt: skip
@click.option(
    "--attachments", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
    help="Also write the bytes attached to statements, a file for each digest.",
)  # fmt: skip
@click.option("--rewrite", is_flag=True, help="Parquet: write complete days again, too.")
@TENANT
def export_(
    form: str,
    out: str,
    since: int | None,
    until: int | None,
    with_voided: bool,
    attachments: Path | None,
    rewrite: bool,
    tenant: str,
) -> None:
    """Write a tenant's statements in the order in which they were stored."""
    database = database_of(read_settings())
    owner = _owner(database, tenant)
    horizon = scan.horizon(database, owner)
    try:
        if form == "parquet":
            if attachments is not None:
                raise click.UsageError("--attachments goes with jsonl and csv.")
            _parquet(database, owner, out, _day(since), _day(until), horizon, rewrite)
            return
        end = horizon if until is None else min(until, horizon)
        span = Span(owner, -1 if since is None else since, end, with_voided)
        _stream(database, form, span, out)
        if attachments is not None:
            exporting.take_out_attachments(database, span, Folder(attachments))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        said = f"{error.strerror}: {error.filename or out}"
        raise click.ClickException(f"Nothing was written. {said} (export.file)") from error


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--from-line", default=1, type=click.IntRange(min=1), help="Go on at this line.")
@click.option(
    "--attachments", type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER", help="Where the bytes attached to statements are, as an export wrote them.",
)  # fmt: skip
@TENANT
def import_(
    file: BinaryIO, dry_run: bool, from_line: int, attachments: Path | None, tenant: str
) -> None:
    """Store the statements of FILE, a JSON document on each line (- is the standard input).

    What is there already and equal is skipped, so an import can be repeated. Conflicts and bad
    lines are listed, and everything else is stored.
    """
    settings = read_settings()
    database = database_of(settings)
    owner = _owner(database, tenant)
    size = _size(file)
    with _bar(size, "bytes") as progress:
        run = Import(
            database,
            owner,
            authority={"account": {"homePage": _iri_base(database, settings), "name": "import"}},
            dry_run=dry_run,
            folder=None if attachments is None else Folder(attachments),
            on_fault=_complain,
            progress=progress,
        )
        try:
            run.run(file, from_line)
        except KeyboardInterrupt:
            line = run.summary.line + 1
            click.echo(f"Stopped. Go on with --from-line {line}, or from the start.", err=True)
            raise
    done = run.summary
    if not dry_run:
        name = Path(getattr(file, "name", "-")).name
        with database.writing(EVERY_TENANT) as session:
            audit.note(
                session, actor=audit.COMMAND_LINE, action="statements.imported", subject=name,
                tenant_id=owner, detail={"stored": done.stored},
            )  # fmt: skip
    click.echo(
        f"{done.stored} {'would be ' if dry_run else ''}stored, {done.equal} were there already, "
        f"{done.conflicts} conflicts, {done.bad} bad lines."
    )
    sys.exit(1 if done.conflicts or done.bad else 0)


def _stream(database: Database, form: str, span: Span, out: str) -> None:
    pieces = exporting.FORMATS[form](database, span)
    total = scan.count(database, span) if sys.stderr.isatty() else 0
    many = 0
    with _sink(out) as sink, _bar(total, "statements") as progress:
        for number, piece in pieces:
            sink.write(piece)
            progress(number)
            many += number
    end = times.written(span.until)
    click.echo(f"{many} statements, all that were stored up to {end}.", err=True)
    click.echo(f"Go on from there with: --since {end}", err=True)


def _parquet(
    database: Database,
    owner: UUID,
    out: str,
    since: date | None,
    until: date | None,
    horizon: int,
    rewrite: bool,
) -> None:
    if out == "-":
        raise click.ClickException("Parquet needs a folder: --out FOLDER (export.out)")
    try:
        from xapi.transfer import parquet
    except ModuleNotFoundError as error:
        raise click.ClickException(
            'Parquet needs pyarrow: pip install "twofold[parquet]" (export.parquet)'
        ) from error
    after, end = parquet.days(since, until)
    span = Span(owner, after, horizon if end is None else min(end, horizon))
    total = scan.count(database, span) if sys.stderr.isatty() else 0
    try:
        with _bar(total, "statements") as progress:
            done = parquet.write(database, span, Path(out), rewrite=rewrite, progress=progress)
    except parquet.OtherFolder as error:
        raise click.ClickException(f"{error}; choose another folder (export.folder)") from error
    click.echo(
        f"{done.statements} statements of {len(done.days)} days; "
        f"{len(done.kept)} days were complete already.",
        err=True,
    )


@contextmanager
def _sink(out: str) -> Iterator[BinaryIO]:
    """The standard output, or a file that is there whole or not at all."""
    if out == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(out)
    if path.is_dir():
        raise IsADirectoryError(21, "It is a folder", out)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _bar(length: int, what: str) -> Iterator[Any]:
    """A progress bar on the standard error, if that is a terminal."""
    if not length or not sys.stderr.isatty():
        yield lambda _many: None
        return
    with click.progressbar(length=length, label=what, file=sys.stderr) as bar:
        yield bar.update


def _complain(fault: Fault) -> None:
    click.echo(f"line {fault.line}: {fault.code} at {fault.path}: {fault.message}", err=True)


def _owner(database: Database, tenant: str) -> UUID:
    with database.reading(EVERY_TENANT) as session:
        return tenant_of(session, tenant)


def _day(moment: int | None) -> date | None:
    return None if moment is None else datetime.fromtimestamp(moment / 1_000_000, UTC).date()


def _size(file: BinaryIO) -> int:
    try:
        return os.fstat(file.fileno()).st_size
    except OSError:
        return 0


def _iri_base(database: Database, settings: Any) -> str:
    from lti_tool.installation import found

    return found(database, settings).iri_base
