"""The one console command, `twofold`. Each command says what it did, or what to do."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import click

from foundation.db import Database
from lti_tool import schema
from lti_tool.admin.commands import admin, audit
from lti_tool.commands import database_of, read_settings
from lti_tool.platforms.commands import keys, platform
from lti_tool.records.commands import lrs
from lti_tool.records.privacy_commands import privacy
from lti_tool.settings import Settings, UnsafeSettings

_THREADS = 8


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Twofold puts hard and soft skills on the record."""


@main.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema to this program's version; safe to repeat."""
    database = Database(read_settings().database_url)
    schema.upgrade(database)
    click.echo("The database is at head.")


@main.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--no-worker", is_flag=True, help="Do not run the delivery worker beside it.")
def serve(bind: str, workers: int, no_worker: bool) -> None:
    """Serve the tool, and deliver grades beside it."""
    from lti_tool.metrics import FOLDER, shared_folder
    from lti_tool.processes import Supervisor, require_free

    settings = read_settings()
    _found(database_of(settings), settings)
    require_free(bind)
    supervisor = Supervisor()
    arguments = ["lti_tool.serving", "--bind", bind]
    arguments += ["--workers", str(workers), "--threads", str(_THREADS)]
    with shared_folder() as figures:
        environment = {**os.environ, FOLDER: figures}
        supervisor.start(arguments, environment)
        if not no_worker:
            supervisor.start(["lti_tool.cli", "worker", "--with-parent"], environment)
        address = settings.base_url
        click.echo(f"Twofold listens on http://{bind} and is reached at {address}", err=True)
        status = supervisor.wait()
    sys.exit(status)


def _found(database: Database, settings: Settings) -> None:
    from lti_tool.installation import found

    try:
        found(database, settings)
    except UnsafeSettings as error:
        raise click.ClickException(str(error)) from error
    database.dispose()


@main.command()
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when the parent is gone.")
def worker(with_parent: bool) -> None:
    """Deliver grades, read class lists and forward statements, until stopped."""
    import signal
    import threading

    from lti_tool import logs, upkeep
    from lti_tool.delivery.worker import run
    from lti_tool.nrps import schedule
    from lti_tool.processes import die_with_parent
    from lti_tool.records import forwarding
    from lti_tool.services import build

    settings = read_settings()
    database_of(settings).dispose()
    if with_parent:
        die_with_parent()
    logs.configure(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    services = build(settings)
    beside = [
        threading.Thread(target=each.run, args=(services, stop))
        for each in (schedule, upkeep, forwarding)
    ]
    for thread in beside:
        thread.start()
    try:
        run(services, stop)
    finally:
        # Or a worker whose deliveries have ended would live on.
        stop.set()
        for thread in beside:
            thread.join()


main.add_command(platform)
main.add_command(keys)
main.add_command(admin)
main.add_command(audit)
main.add_command(lrs)
main.add_command(privacy)


@main.command()
@click.option("--reset", is_flag=True, help="Start over: forget what was done in the demo.")
@click.option("--folder", default="var/demo", show_default=True, type=click.Path(path_type=Path))
@click.option("--port", default=8000, show_default=True, help="Port of the tool.")
@click.option("--lms-port", default=8001, show_default=True, help="Port of the small LMS.")
def demo(reset: bool, folder: Path, port: int, lms_port: int) -> None:
    """A course in a small LMS, ready to click through on this machine."""
    from lti_tool.demo.run import Demo, run

    with suppress(BrokenPipeError):
        sys.exit(run(Demo(folder, port, lms_port), reset=reset))


if __name__ == "__main__":
    main()
