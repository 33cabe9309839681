"""`twofold lrs forward`: adding, seeing, pausing, sending again, removing; on the audit log."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal
from lti_tool.admin import audit
from lti_tool.records.commands import lrs
from rubrics.tables.people import Tenant
from tests.xapi.samples import statement
from tests.xapi.store.helpers import put
from tests.xapi.transfer.standin import Answer, StandIn, standing_in
from xapi.transfer import forwarder, leases
from xapi.transfer.tables import ForwardTarget

SECRET_KEY = "only-for-this-test-0123456789abcdef"
Run = Callable[..., Result]


@pytest.fixture
def there() -> Iterator[StandIn]:
    with standing_in() as found:
        yield found


@pytest.fixture
def run(db: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    with db.writing(EVERY_TENANT) as session:
        session.add(Tenant(name="North school"))
    monkeypatch.setenv("TWOFOLD_SECRET_KEY", SECRET_KEY)
    url = db.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TWOFOLD_DATABASE_URL", url)

    def runner(*arguments: str) -> Result:
        given = "a secret\n" if arguments[0] == "add" else None
        return CliRunner().invoke(lrs, ["forward", *arguments], input=given)

    return runner


def send(db: Database) -> None:
    for target_id in leases.waiting(db, {}):
        forwarder.step(db, Seal(SECRET_KEY), forwarder.client(), target_id)


def store(db: Database, many: int) -> list[str]:
    with db.reading(EVERY_TENANT) as session:
        tenant = session.scalars(select(Tenant.id)).one()
    sent = [statement() for _ in range(many)]
    put(db, tenant, *sent)
    return [one["id"] for one in sent]


def test_the_life_of_a_target(run: Run, db: Database, there: StandIn) -> None:
    added = run("add", "cluster", there.endpoint + "/", "--key", "k", "--private")
    assert added.exit_code == 0, added.output
    assert "xAPI 2.0.0" in added.output
    first, second = store(db, 2)
    assert "2 behind" in run("list").output
    there.fault = lambda found: (
        Answer(400, b"not that one") if any(one["id"] == second for one in found) else None
    )
    send(db)
    listed = run("list", "--refused").output
    assert "0 behind" in listed
    assert "1 sent" in listed
    assert f"{second}  400 refused: not that one" in listed
    assert "a secret" not in listed
    there.fault = lambda _: None
    assert "1 refused statements" in run("retry", "cluster").output
    send(db)
    assert there.order == [first, second]
    assert run("pause", "cluster").exit_code == 0
    assert "paused" in run("list").output
    assert run("resume", "cluster").exit_code == 0
    assert run("remove", "cluster").exit_code == 0
    assert run("list").output == ""
    with db.reading(EVERY_TENANT) as session:
        noted = [entry.action for entry in audit.entries(session)]
    assert noted[::-1] == [f"forward.{did}" for did in
                           ("added", "retried", "paused", "resumed", "removed")]  # fmt: skip


def test_trouble_is_said(run: Run, db: Database, there: StandIn) -> None:
    run("add", "cluster", there.endpoint, "--key", "k", "--private", "--lrs-version", "1.0.3",
        "--verb", "https://example.org/v", "--from-now")  # fmt: skip
    there.fault = lambda _: Answer(401, b"no such key")
    with db.writing(EVERY_TENANT) as session:
        row = session.scalars(select(ForwardTarget)).one()
        assert "a secret" not in row.credential
        row.verbs, row.cursor_sid, row.cursor_xid = [], 0, 0
    store(db, 1)
    send(db)
    listed = run("list").output
    assert "1.0.3" in listed
    assert "http.401: the credential is refused: no such key" in listed
    assert "paused" in listed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "x", "http://127.0.0.1:9/xapi", "--key", "k"), "http.scheme"),
        (("add", "x", "https://10.1.2.3/xapi", "--key", "k"), "http.address"),
        (("add", "x", "THERE", "--key", "k:l", "--private"), "target.credential"),
        (("add", "x", "THERE", "--key", "k", "--private", "--verb", "rated"), "target.filter"),
        (("add", "x", "THERE/dark", "--key", "k", "--private"), "target.version"),
        (("add", "x", "http://localhost:9/xapi", "--key", "k", "--private"), "--lrs-version"),
        (("pause", "x"), "target.unknown"),
        (("add", " ", "THERE", "--key", "k", "--private"), "target.name"),
    ],
    ids=["plain-http", "private", "colon", "verb", "no-about", "not-there", "unknown", "no-name"],
)
def test_bad_input_gets_a_sentence(
    run: Run, there: StandIn, arguments: tuple[str, ...], said: str
) -> None:
    if said == "target.version":
        there.about = Answer(404)
    done = run(*[one.replace("THERE", there.endpoint) for one in arguments])
    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_name_is_taken_once(run: Run, there: StandIn) -> None:
    arguments = ("add", "cluster", there.endpoint, "--key", "k", "--private")
    assert run(*arguments).exit_code == 0
    again = run(*arguments)
    assert again.exit_code == 1
    assert "already" in again.output
