"""`twofold lrs credential`: from the first to the last, by the tenant and the installation."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from lti_tool.records.commands import lrs
from rubrics.tables.people import Tenant
from xapi.access.authenticate import Authenticator
from xapi.access.credentials import INSTALLATION

Run = Callable[..., Result]


@pytest.fixture
def run(db: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    with db.writing(EVERY_TENANT) as session:
        session.add(Tenant(name="North school"))
    monkeypatch.setenv("TWOFOLD_SECRET_KEY", "only-for-this-test-0123456789abcdef")
    url = db.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TWOFOLD_DATABASE_URL", url)

    def runner(*arguments: str) -> Result:
        return CliRunner().invoke(lrs, ["credential", *arguments])

    return runner


def pair(result: Result) -> tuple[str, str]:
    assert result.exit_code == 0, result.output
    key, _, secret = result.stdout.splitlines()[-1].partition(":")
    return key, secret


def test_the_life_of_a_credential(run: Run, db: Database) -> None:
    key, first = pair(run("add", "reports", "--scope", "all/read", "--rate", "600"))
    assert Authenticator(db).authenticate(key, first)
    again, second = pair(run("rotate", key, "--overlap", "1"))
    assert again == key
    assert Authenticator(db).authenticate(key, first)
    assert Authenticator(db).authenticate(key, second)
    listed = run("list").stdout
    assert key in listed
    assert "600 a minute" in listed
    assert first not in listed
    assert second not in listed
    assert run("revoke", key).exit_code == 0
    assert Authenticator(db).authenticate(key, second) is None
    assert "revoked" in run("list").stdout
    with db.reading(EVERY_TENANT) as session:
        noted = audit.entries(session)
    assert [entry.action for entry in noted] == [
        "credential.revoked",
        "credential.rotated",
        "credential.added",
    ]
    assert {entry.subject for entry in noted} == {key}
    assert first not in str(noted)


def test_the_installation_needs_no_tenant(run: Run, db: Database) -> None:
    key, secret = pair(run("add", "everything", "--installation", "--scope", "all"))
    grant = Authenticator(db).authenticate(key, secret)
    assert grant is not None
    assert grant.owner == INSTALLATION
    assert key in run("list", "--installation").stdout
    assert key not in run("list").stdout
    assert run("revoke", key).exit_code == 1
    assert run("revoke", key, "--installation").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "x", "--scope", "everything"), "statements/read/mine"),
        (("add", "x", "--rate", "0"), "requests a minute"),
        (("add", "x", "--origin", "app.example"), "not an origin"),
        (("add", "x", "--installation", "--tenant", "North school"), "not both"),
        (("add", "x", "--tenant", "South school"), "North school"),
        (("rotate", "nobody"), "lrs credential list"),
        (("rotate", "nobody", "--overlap", "91"), "90 days"),
        (("revoke", "nobody"), "lrs credential list"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_what_it_refuses_it_explains(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output
