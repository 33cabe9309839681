"""Starts the demo: migrates, registers the small LMS, starts four processes, seeds, waits.

Everything is kept in var/demo, so that a second start is quick and finds what was done.
"""

import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import click
import requests

from foundation.db import EVERY_TENANT, Database
from lti_tool import schema
from lti_tool.admin import accounts, audit
from lti_tool.demo import story
from lti_tool.demo.browser import NotOnThePage
from lti_tool.onboarding import onboard
from lti_tool.platforms.tables import DeploymentPolicy
from lti_tool.processes import Supervisor, require_free
from xapi.access import credentials

_START_SECONDS = 60
_OURS = ("twofold.db", "sandbox.db", "files", "secret", "seeded", "lrs-credential", "administrator")


@dataclass(frozen=True)
class Demo:
    """Where the demo lives and listens."""

    folder: Path
    tool_port: int = 8000
    lms_port: int = 8001

    @property
    def tool(self) -> str:
        """The tool's address; another site than the LMS's, so that its frame is third-party."""
        return f"http://localhost:{self.tool_port}"

    @property
    def lms(self) -> str:
        """The small LMS's address."""
        return f"http://127.0.0.1:{self.lms_port}"

    @property
    def seeded(self) -> Path:
        """Exists once the course was seeded whole."""
        return self.folder / "seeded"

    @property
    def credential(self) -> Path:
        """Holds key:secret of a credential that may read the statements."""
        return self.folder / "lrs-credential"

    @property
    def administrator(self) -> Path:
        """Holds the name and the password of the demo's administrator."""
        return self.folder / "administrator"

    def environment(self) -> dict[str, str]:
        """The settings of the processes."""
        kept = {name: v for name, v in os.environ.items() if not name.startswith("TWOFOLD_")}
        folder = self.folder.resolve()
        return {
            **kept,
            "TWOFOLD_SECRET_KEY": (folder / "secret").read_text(),
            "TWOFOLD_BASE_URL": self.tool,
            "TWOFOLD_DATABASE_URL": self.database_url,
            "TWOFOLD_FILES": str(folder / "files"),
            "TWOFOLD_LOG_LEVEL": "warning",
        }

    @property
    def database_url(self) -> str:
        """The tool's database."""
        return f"sqlite:///{self.folder.resolve() / 'twofold.db'}"


def run(demo: Demo, *, reset: bool = False) -> int:
    """Run the demo until Ctrl-C, TERM or the end of one of its parts; the exit status."""
    for port, option in ((demo.tool_port, "--port"), (demo.lms_port, "--lms-port")):
        require_free(f"127.0.0.1:{port}", f"twofold demo {option}")
    if reset or not demo.seeded.exists():
        _forget(demo)
    _prepare(demo)
    supervisor = Supervisor()
    try:
        _start(supervisor, demo)
        if not (supervisor.asked_to_stop or supervisor.any_ended() or demo.seeded.exists()):
            click.echo("Seeding the course: an instructor and twelve learners at work", err=True)
            if _seed(supervisor, demo):
                demo.seeded.touch()
        if not supervisor.asked_to_stop and not supervisor.any_ended():
            click.echo(
                _WHERE_TO_CLICK.format(
                    lms=demo.lms,
                    tool=demo.tool,
                    credential=demo.credential,
                    administrator=demo.administrator,
                )
            )
        return supervisor.wait()
    finally:
        supervisor.stop()


def _seed(supervisor: Supervisor, demo: Demo) -> bool:
    def say(line: str) -> None:
        click.echo(f"  {line}", err=True)

    try:
        return story.play(demo.lms, say, lambda: supervisor.asked_to_stop)
    except (NotOnThePage, requests.RequestException) as error:
        raise click.ClickException(
            f"The course could not be seeded: {error}. Look at the lines above, then start over "
            "with: make demo-reset"
        ) from error


def _forget(demo: Demo) -> None:
    """Delete what a demo left in its folder, and nothing that is not a demo's."""
    if not demo.folder.exists():
        return
    strange = [each.name for each in demo.folder.iterdir() if not each.name.startswith(_OURS)]
    if strange:
        raise click.ClickException(
            f"{demo.folder} holds {strange[0]}, which is not the demo's. Choose another folder "
            "with --folder."
        )
    shutil.rmtree(demo.folder, ignore_errors=True)


def _prepare(demo: Demo) -> None:
    try:
        demo.folder.mkdir(parents=True, exist_ok=True)
        secret = demo.folder / "secret"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_urlsafe(48))
    except OSError as error:
        raise click.ClickException(
            f"The folder {demo.folder} cannot be written ({error.strerror}). "
            "Run the demo in a copy that you may write to."
        ) from error
    database = Database(demo.database_url)
    schema.upgrade(database)
    registration = onboard(
        database,
        issuer=demo.lms,
        client_id="sandbox-client",
        auth_login_url=f"{demo.lms}/auth",
        auth_token_url=f"{demo.lms}/token",
        key_set_url=f"{demo.lms}/jwks",
        deployment_ids=["1"],
        name="Sandbox LMS",
        private=True,
        policy=DeploymentPolicy.EACH,
    )
    if not demo.credential.exists():
        with database.writing(EVERY_TENANT) as session:
            made = credentials.create(
                session, registration.home_tenant_id, "demo", ["statements/read"]
            )
        demo.credential.touch(mode=0o600)
        demo.credential.write_text(":".join(made))
    if not demo.administrator.exists():
        password = secrets.token_urlsafe(12)
        accounts.add(database, "admin", password, actor=audit.COMMAND_LINE)
        demo.administrator.touch(mode=0o600)
        demo.administrator.write_text(f"admin {password}\n")
    database.dispose()


def _start(supervisor: Supervisor, demo: Demo) -> None:
    environment = demo.environment()
    folder = demo.folder.resolve()
    server = ["lti_tool.serving", "--bind", f"127.0.0.1:{demo.tool_port}"]
    supervisor.start([*server, "--workers", "1", "--threads", "8"], environment)
    supervisor.start(["lti_tool.cli", "worker", "--with-parent"], environment)
    lms = ["sandbox_lms", "--bind", f"127.0.0.1:{demo.lms_port}", "--tool-url", demo.tool]
    # For tests only: lets them ask the LMS for faults.
    faults = ["--allow-faults"] if os.environ.get("SANDBOX_ALLOW_FAULTS") else []
    database = str(folder / "sandbox.db")
    supervisor.start([*lms, "--database", database, "--seed", *faults], environment)
    deadline = time.monotonic() + _START_SECONDS
    for address in (f"{demo.tool}/health/ready", demo.lms):
        while not _answers(address):
            if supervisor.any_ended() or supervisor.asked_to_stop:
                return
            if time.monotonic() > deadline:
                raise click.ClickException(
                    f"{address} did not answer within {_START_SECONDS} seconds. Look at the lines "
                    "above, then try again."
                )
            time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).status_code < 400
    except requests.RequestException:
        return False


_WHERE_TO_CLICK = """
Twofold's demo is running.

  1. Open {lms} and be Tina Moreau, the instructor. In Skills 101 open an activity,
     assess a learner who waits, release, and look at the gradebook.
  2. Be a learner: hand in evidence, read a result, see where each skill stands.
  3. Read the records:
     curl -u "$(cat {credential})" -H "X-Experience-API-Version: 1.0.3" {tool}/xapi/statements
  4. Be the administrator: {tool}/admin
     (name and password: cat {administrator})

Ctrl-C stops everything; what you did is kept. `make demo-reset` starts over.
"""
