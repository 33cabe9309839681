"""`twofold lrs export` and `import`: files that are whole or not there, words, exit statuses."""

import builtins
import csv
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from lti_tool.records.commands import lrs
from rubrics.tables.people import Tenant
from tests.xapi.samples import statement, voiding
from tests.xapi.store.helpers import listed, put

Run = Callable[..., Result]


@pytest.fixture
def run(db: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    with db.writing(EVERY_TENANT) as session:
        session.add(Tenant(name="North school"))
    url = db.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TWOFOLD_SECRET_KEY", "only-for-this-test-0123456789abcdef")
    monkeypatch.setenv("TWOFOLD_DATABASE_URL", url)

    def runner(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(lrs, arguments, **options)

    return runner


def owner(db: Database, name: str = "North school") -> UUID:
    with db.reading(EVERY_TENANT) as session:
        return session.scalars(select(Tenant.id).where(Tenant.name == name)).one()


def test_out_as_a_file_and_in_again(run: Run, db: Database, tmp_path: Path) -> None:
    first, second = statement(), statement()
    put(db, owner(db), first, second, voiding(first["id"]))
    out = tmp_path / "all.jsonl"
    done = run("export", "--out", str(out), "--with-voided")
    assert done.exit_code == 0, done.output
    assert "3 statements" in done.stderr
    assert done.stdout == ""
    assert out.stat().st_mode & 0o077 == 0
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]
    assert len(out.read_text().splitlines()) == 3
    with db.writing(EVERY_TENANT) as session:
        session.add(Tenant(name="South school"))
    refused = run("import", str(out))
    assert refused.exit_code == 1
    assert "--tenant" in refused.output
    trial = run("import", str(out), "--tenant", "South school", "--dry-run")
    assert "3 would be stored" in trial.output
    south = owner(db, "South school")
    assert listed(db, south) == []
    taken = run("import", str(out), "--tenant", "South school")
    assert taken.exit_code == 0, taken.output
    assert "3 stored, 0 were there already" in taken.output
    assert len(listed(db, south)) == 2
    again = run("import", str(out), "--tenant", "South school")
    assert "0 stored, 3 were there already" in again.output
    with db.reading(EVERY_TENANT) as session:
        noted = audit.entries(session)
    assert [(entry.action, entry.subject) for entry in noted] == [
        ("statements.imported", "all.jsonl")
    ] * 2


def test_the_standard_output_is_only_statements(run: Run, db: Database) -> None:
    put(db, owner(db), statement(), statement())
    done = run("export")
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 2
    last = json.loads(done.stdout.splitlines()[0])["stored"]
    assert len(run("export", "--since", last).stdout.splitlines()) == 1
    assert len(run("export", "--until", last).stdout.splitlines()) == 1
    assert run("export", "--since", "2100-01-01").stdout == ""
    table = list(csv.reader(run("export", "--format", "csv").stdout.splitlines()))
    assert table[0][0] == "id"
    assert len(table) == 3


def test_parquet_goes_into_a_folder(run: Run, db: Database, tmp_path: Path) -> None:
    put(db, owner(db), statement(), statement())
    folder = tmp_path / "lake"
    done = run("export", "--format", "parquet", "--out", str(folder))
    assert done.exit_code == 0, done.output
    assert "2 statements of 1 days" in done.stderr
    assert len(pandas.read_parquet(folder)) == 2
    late = run("export", "--format", "parquet", "--out", str(folder), "--since", "2100-01-01")
    assert "0 statements of 0 days" in late.stderr


def test_without_pyarrow_it_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delitem(sys.modules, "xapi.transfer.parquet", raising=False)
    importing = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.split(".")[0] == "pyarrow":
            raise ModuleNotFoundError(name, name="pyarrow")
        return importing(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("xapi.transfer.parquet", None, raising=False)
    monkeypatch.delattr("xapi.transfer.parquet")
    done = run("export", "--format", "parquet", "--out", str(tmp_path / "x"))
    assert done.exit_code == 1
    assert 'pip install "twofold[parquet]"' in done.output


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("export", "--since", "yesterday"), 2, "write a day"),
        (("export", "--format", "parquet"), 1, "export.out"),
        (("export", "--out", "HERE/none/x.jsonl"), 1, "export.file"),
        (("export", "--out", "HERE"), 1, "It is a folder"),
        (("export", "--tenant", "nobody"), 1, "There are: North school"),
        (("import", "HERE/none.jsonl"), 2, "No such file"),
    ],
    ids=["since", "parquet", "folder", "is-folder", "tenant", "no-file"],
)
def test_bad_input_gets_a_sentence(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    done = run(*[one.replace("HERE", str(tmp_path)) for one in arguments])
    assert done.exit_code == status
    assert said in done.output
    assert "Traceback" not in done.output


def test_faults_are_listed_and_the_status_is_one(run: Run, db: Database, tmp_path: Path) -> None:
    held = statement()
    put(db, owner(db), held)
    different = {**held, "verb": {"id": "https://example.org/other"}}
    file = tmp_path / "in.jsonl"
    file.write_text("\n".join(map(json.dumps, [different, {}, statement()])))
    done = run("import", str(file))
    assert done.exit_code == 1
    assert "line 1: statement.id.conflict at $.id" in done.stderr
    assert "line 2: statement.actor.missing at $.actor" in done.stderr
    assert "1 stored, 0 were there already, 1 conflicts, 1 bad lines." in done.stdout
    piped = run("import", "-", input=json.dumps(statement()))
    assert piped.exit_code == 0
    assert "1 stored" in piped.stdout
    assert "2 bad lines" not in run("import", str(file), "--from-line", "3").stdout


def test_a_terminal_sees_a_progress_bar_and_a_pipe_does_not(
    run: Run, db: Database, tmp_path: Path
) -> None:
    put(db, owner(db), *[statement() for _ in range(20)])
    db.dispose()
    command = [sys.executable, "-m", "lti_tool.cli", "lrs", "export"]
    leader, follower = pty.openpty()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=follower, check=True, timeout=60)
    os.close(follower)
    seen = os.read(leader, 65_536).decode()
    os.close(leader)
    assert "100%" in seen
    assert len(done.stdout.splitlines()) == 20
    piped = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert b"%" not in piped.stderr
    assert piped.stdout == done.stdout
