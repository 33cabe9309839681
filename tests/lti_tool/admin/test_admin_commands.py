"""`twofold admin` and `twofold audit`, and that no command changes anything without an entry."""

from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal
from lti_tool.admin import accounts, audit, passwords, sessions
from lti_tool.admin.tables import Administrator, AdministratorSession, AuditEntry
from lti_tool.cli import main
from lti_tool.onboarding import PlatformValues
from lti_tool.platforms.tables import Registration, WaitingDeployment
from lti_tool.registration import waiting
from rubrics.errors import Refused
from tests.lti_tool.launch_app import SECRET

LMS = "https://lms.example.org"
PASSWORD = "four random words here"
ADD = [
    "platform", "add", "--issuer", LMS, "--client-id", "c", "--auth-login-url", f"{LMS}/auth",
    "--auth-token-url", f"{LMS}/token", "--key-set-url", f"{LMS}/jwks",
]  # fmt: skip


class Commands:
    """The command line of an installation."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self._environment = {
            "TWOFOLD_SECRET_KEY": SECRET,
            "TWOFOLD_DATABASE_URL": db.url,
            "TWOFOLD_FILES": str(folder),
            "TWOFOLD_BASE_URL": "https://skills.example.org",
        }

    def run(self, *arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, arguments, env=self._environment, input=typed)

    def entries(self) -> list[tuple[str, str, str]]:
        """Actor, action, subject of all that was done, the oldest first."""
        with self.db.reading(EVERY_TENANT) as session:
            found = audit.entries(session)[::-1]
        return [(each.actor, each.action, each.subject) for each in found]

    def administrator(self) -> Administrator:
        with self.db.reading(EVERY_TENANT) as session:
            return session.scalars(select(Administrator)).one()


@pytest.fixture
def twofold(db: Database, tmp_path: Path) -> Commands:
    return Commands(db, tmp_path)


def test_the_life_of_an_administrator(twofold: Commands, db: Database) -> None:
    made = twofold.run("admin", "add", "Ada", "--password-stdin", typed=f"{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert "https://skills.example.org/admin" in made.output
    assert PASSWORD not in made.output
    first = twofold.administrator()
    assert first.login == "ada"
    assert passwords.matches(first.password_hash, PASSWORD)
    accounts.switch_codes_on(db, Seal(SECRET), "ada", "A" * 32, 1, actor="x", but="")
    assert "ada  password and one-time code" in twofold.run("admin", "list").output
    with db.writing(EVERY_TENANT) as session:
        sessions.begin(session, first.id, clock.now(), awaits_code=False)
    assert twofold.run("admin", "totp", "ADA", "--off").exit_code == 0
    assert twofold.administrator().totp_secret is None
    again = "another four random words"
    changed = twofold.run("admin", "password", "ada", typed=f"{again}\n{again}\n")
    assert changed.exit_code == 0, changed.output
    assert again not in changed.output
    assert passwords.matches(twofold.administrator().password_hash, again)
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(AdministratorSession)).all() == []
    assert twofold.run("admin", "disable", "ada").exit_code == 0
    assert "disabled" in twofold.run("admin", "list").output
    assert twofold.run("admin", "enable", "ada").exit_code == 0
    assert twofold.administrator().disabled_at is None
    assert [entry for entry in twofold.entries() if entry[0] != "x"] == [
        ("command line", f"admin.{action}", "ada")
        for action in ("created", "totp.off", "password.changed", "disabled", "enabled")
    ]


@pytest.mark.parametrize(
    ("arguments", "typed", "code"),
    [
        (("add", "ada", "--password-stdin"), "short\n", "admin.password.short"),
        (("add", "ada", "--password-stdin"), "", "admin.password.short"),
        (("add", "a b", "--password-stdin"), f"{PASSWORD}\n", "admin.login"),
        (("add", "x" * 65, "--password-stdin"), f"{PASSWORD}\n", "admin.login"),
        (("add", "root", "--password-stdin"), f"{PASSWORD}\n", "admin.known"),
        (("add", " ROOT ", "--password-stdin"), f"{PASSWORD}\n", "admin.known"),
        (("password", "ada", "--password-stdin"), f"{PASSWORD}\n", "admin.unknown"),
        (("totp", "ada", "--off"), "", "admin.unknown"),
        (("disable", "ada"), "", "admin.unknown"),
        (("totp", "root"), "", "--off"),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_what_is_refused_says_why(
    twofold: Commands, arguments: tuple[str, ...], typed: str, code: str
) -> None:
    accounts.add(twofold.db, "root", PASSWORD, actor="x")
    done = twofold.run("admin", *arguments, typed=typed)
    assert done.exit_code != 0
    assert code in done.output
    assert "Traceback" not in done.output
    assert twofold.entries() == [("x", "admin.created", "root")]


def waits(db: Database, client_id: str) -> str:
    with db.writing(EVERY_TENANT) as session:
        values = PlatformValues(
            issuer=LMS,
            client_id=client_id,
            auth_login_url=f"{LMS}/auth",
            auth_token_url=f"{LMS}/token",
            auth_audience=None,
            key_set_url=f"{LMS}/jwks",
            deployment_ids=[],
            name="North",
            product_family=None,
        )
        return str(waiting.keep(session, values))


def test_every_command_that_changes_something_is_written_down(
    twofold: Commands, db: Database
) -> None:
    def run(*arguments: str) -> None:
        done = twofold.run(*arguments)
        assert done.exit_code == 0, done.output

    run("platform", "link", "--tenant", "North")
    run(*ADD, "--tenant", "North")
    run(*ADD, "--name", "Another name")
    run("platform", "approve", waits(db, "d"))
    run("platform", "refuse", waits(db, "e"))
    with db.writing(EVERY_TENANT) as session:
        registration_id = session.scalars(
            select(Registration.id).where(Registration.client_id == "c")
        ).one()
        session.add(WaitingDeployment(registration_id=registration_id, deployment_id="7"))
    run("platform", "approve", str(registration_id), "--deployment", "7", "--tenant", "South")
    run("keys", "rotate")
    run("platform", "list")
    run("keys", "list")
    done = twofold.entries()
    assert {actor for actor, _, _ in done} == {"command line"}
    assert [(action, subject) for _, action, subject in done[:-1]] == [
        ("platform.link.made", "North"),
        ("platform.registered", LMS),
        ("platform.changed", LMS),
        ("platform.approved", LMS),
        ("platform.refused", LMS),
        ("deployment.approved", LMS),
    ]
    assert done[-1][1] == "key.rotated"


def test_what_fails_leaves_no_entry(twofold: Commands) -> None:
    assert twofold.run(*ADD[:-1], "http://10.0.0.1/keys").exit_code == 1
    assert twofold.run("platform", "approve", str(uuid4())).exit_code == 1
    assert twofold.run("platform", "refuse", str(uuid4())).exit_code == 1
    assert twofold.entries() == []


def test_the_audit_on_the_command_line(twofold: Commands, db: Database) -> None:
    tenant_id = uuid4()
    with db.writing(EVERY_TENANT) as session:
        for action in ("forward.made", "forward.made.twice", "forwarding.off", "key.rotated"):
            audit.note(
                session,
                actor=audit.COMMAND_LINE,
                action=action,
                subject="LRS",
                tenant_id=tenant_id,
                detail={"to": "zürich"},
            )
    lines = twofold.run("audit").output.splitlines()
    assert [line.split("\t")[1] for line in lines] == [
        "key.rotated",
        "forwarding.off",
        "forward.made.twice",
        "forward.made",
    ]
    at, *rest = lines[0].split("\t")
    assert datetime.fromisoformat(at) <= clock.now()
    assert rest[1:] == ["command line", "LRS", f"tenant {tenant_id}", '{"to": "zürich"}']
    assert len(twofold.run("audit", "--action", "forward.made").output.splitlines()) == 2
    assert len(twofold.run("audit", "--limit", "1").output.splitlines()) == 1


def test_entries_by_pages(db: Database) -> None:
    with db.writing(EVERY_TENANT) as session:
        for number in range(10):
            audit.note(session, actor="x", action=f"a{number % 2}", subject=str(number))

    def subjects(**asked: object) -> list[str]:
        with db.reading(EVERY_TENANT) as session:
            return [each.subject for each in audit.entries(session, **asked)]  # type: ignore[arg-type]

    with db.reading(EVERY_TENANT) as session:
        ids = {each.subject: each.id for each in audit.entries(session)}
        assert audit.actions(session) == ["a0", "a1"]
    assert subjects(limit=3) == ["9", "8", "7"]
    assert subjects(limit=3, before=ids["7"]) == ["6", "5", "4"]
    assert subjects(limit=3, after=ids["4"]) == ["7", "6", "5"]
    assert subjects(limit=3, after=ids["4"], action="a1") == ["9", "7", "5"]
    assert subjects(limit=3, action="a") == []


def test_an_entry_is_of_the_same_transaction(db: Database) -> None:
    def fails(session: Session) -> None:
        audit.note(session, actor="x", action="a", subject="undone")
        session.flush()
        raise Refused("some.code", "Something else was wrong.")

    with pytest.raises(Refused), db.writing(EVERY_TENANT) as session:
        fails(session)
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(AuditEntry)).all() == []
