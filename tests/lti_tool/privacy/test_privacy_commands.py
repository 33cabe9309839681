"""`twofold privacy`: asks before it acts, says what it did, and tells the audit no names."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner, Result

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.admin import audit
from lti_tool.cli import main
from lti_tool.privacy import application, erasing, keeping
from tests.lti_tool.privacy.class_of_maria import FILE, ISSUER, NEEDLES, Class
from tests.lti_tool.records.story import HOUSE, SECRET
from tests.xapi.privacy.dump import mentions
from tests.xapi.samples import statement
from tests.xapi.store.helpers import put
from xapi.access.credentials import INSTALLATION
from xapi.privacy import retention

Run = Callable[..., Result]
MARIA = ("--issuer", ISSUER, "--subject", "sub-of-maria")


@pytest.fixture
def run(room: Class, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in SECRET.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TWOFOLD_FILES", str(room.folder))
    monkeypatch.setenv("TWOFOLD_IRI_BASE", HOUSE.iri_base)
    url = room.db.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TWOFOLD_DATABASE_URL", url)

    def runner(*arguments: str, answer: str = "") -> Result:
        done = CliRunner().invoke(main, ["privacy", *arguments], input=answer)
        assert "Traceback" not in done.output
        return done

    return runner


def noted(room: Class) -> list[audit.Entry]:
    with room.db.reading(EVERY_TENANT) as session:
        return audit.entries(session)


def test_everything_about_one_person_in_one_archive(run: Run, room: Class, tmp_path: Path) -> None:
    found = run("find", "MUSTER")
    assert str(room.maria) in found.stdout
    assert str(room.paul) not in found.stdout
    output = tmp_path / "maria.zip"
    done = run("export", str(room.maria), "-o", str(output))
    assert done.exit_code == 0, done.output
    assert output.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(output) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    assert [name for name, data in held.items() if b"Paul" in data or b"sub-of-paul" in data] == []
    read = _json(held)
    assert set(read) == {section.name for section in application.SECTIONS}
    assert [entry["email"] for entry in read["profile"]] == ["maria.muster@school.example"]
    assert {entry["assessor"] for entry in read["assessments"]} == {"instructor", "peer"}
    assert all(entry["comment"] == "Well done." for entry in read["assessments"])
    assert [entry["assessor"] for entry in read["assessments_by_you"]] == ["peer"]
    assert read["sections"] == [
        {"course": "Skills 101", "kind": "section", "name": "Monday", "id": "7"}
    ]
    for name in ("enrolments", "groups", "attempts", "scores", "evidence", "skills", "grades",
                 "sessions", "launches"):  # fmt: skip
        assert read[name], name
    texts = [item["text"] for entry in read["submissions"] for item in entry["evidence"]]
    assert texts == ["The essay of mine", "https://files.example/mine", "essay of mine.pdf",
                     "Our joint work"]  # fmt: skip
    assert [data for name, data in held.items() if name.startswith("evidence/")] == [FILE]
    statements = [json.loads(one) for one in held["statements/actor.jsonl"].splitlines()]
    assert {"launched", "submitted", "scored", "asserted"} <= {
        one["verb"]["display"]["en"] for one in statements
    }
    assert {one["actor"]["name"] for one in statements} == {"Maria Muster"}
    assert b"Iris Teacher" not in held["statements/actor.jsonl"]
    assert "person.exported" in {entry.action for entry in noted(room)}
    assert not any(needle in str(noted(room)) for needle in NEEDLES)


def test_an_archive_that_cannot_be_written_is_not_begun(run: Run, tmp_path: Path) -> None:
    done = run("export", *MARIA, "-o", str(tmp_path / "nowhere" / "x.zip"))
    assert done.exit_code == 1
    assert "cannot be written" in done.output


def test_erasing_asks_and_says_what_there_is(run: Run, room: Class) -> None:
    dry = run("erase", *MARIA, "--dry-run")
    assert dry.exit_code == 0
    assert "Statements: " in dry.stdout
    asked = run("erase", *MARIA, answer="n\n")
    assert asked.exit_code == 1
    assert "cannot be undone" in asked.output
    assert mentions(room.db, "sub-of-maria")
    done = run("erase", *MARIA, "--yes")
    assert done.exit_code == 0, done.output
    assert mentions(room.db, *NEEDLES) == []
    again = run("erase", *MARIA, "--yes")
    assert again.exit_code == 1
    assert "person.unknown" in again.output
    assert [entry.action for entry in noted(room)] == ["person.erased"]


def test_what_was_interrupted_goes_on_first(
    run: Run, room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No erasure" in run("erase", "--resume").output

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "_remove_evidence", die)
        with pytest.raises(Killed):
            CliRunner().invoke(main, ["privacy", "erase", *MARIA, "--yes"])
    assert mentions(room.db, *NEEDLES)
    resumed = run("erase", "--resume")
    assert "goes on" in resumed.output
    assert mentions(room.db, *NEEDLES) == []


def test_a_person_that_only_statements_know(run: Run, room: Class) -> None:
    nobody = {"mbox": "mailto:visitor@school.example", "name": "Vi Sitor"}
    put(room.db, room.made.tenant_id, statement(actor=nobody))
    assert run("erase", "--mbox", "else@school.example", "--yes").exit_code == 1
    done = run("erase", "--mbox", "visitor@school.example", "--yes")
    assert done.exit_code == 0, done.output
    assert mentions(room.db, "visitor@", "Sitor") == []


def test_the_installation_has_a_store_too(run: Run, room: Class) -> None:
    put(room.db, INSTALLATION, statement(actor={"mbox": "mailto:visitor@school.example"}))
    who = ("--mbox", "visitor@school.example", "--yes")
    assert run("erase", *who).exit_code == 1
    assert run("erase", *who, "--installation").exit_code == 0
    assert mentions(room.db, "visitor@") == []
    assert noted(room)[0].tenant_id is None
    assert "not both" in run("erase", *who, "--installation", "--tenant", "North School").output


def test_statements_of_the_address_are_pointed_out(run: Run, room: Class) -> None:
    mail = {"mbox": "mailto:maria.muster@school.example"}
    put(room.db, room.made.tenant_id, statement(actor=mail))
    assert "add --mbox" in run("erase", *MARIA, "--dry-run").output
    both = (*MARIA, "--mbox", "maria.muster@school.example")
    assert "add --mbox" not in run("erase", *both, "--dry-run").output
    assert run("erase", *both, "--yes").exit_code == 0
    assert mentions(room.db, *NEEDLES) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("erase", "--yes"), "privacy find"),
        (("erase", "maria", "--yes"), "privacy find"),
        (("erase", "00000000-0000-0000-0000-000000000000", "--yes"), "person.unknown"),
        (("erase", "--issuer", ISSUER, "--yes"), "--issuer and --subject together"),
        (("export", *MARIA), "--output"),
        (("retention", "set", "soon"), "retention.months"),
        (("retention", "set", "0"), "retention.months"),
        (("retention", "run"), "retention.none"),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_what_it_refuses_it_explains(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code in (1, 2)
    assert said in done.output


def test_how_long_records_are_kept(run: Run, room: Class) -> None:
    assert "for ever" in run("retention", "show").output
    assert run("retention", "set", "12", answer="n\n").exit_code == 1
    assert "for 12 months" in run("retention", "set", "12", "--yes").output
    assert "0 statements" in run("retention", "show").output
    later = clock.now().replace(year=clock.now().year + 2, day=1)
    with time_machine.travel(later, tick=False):
        assert "dry run" in run("retention", "run", "--dry-run").output
        assert mentions(room.db, "adlnet.gov/expapi/verbs/scored")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(retention, "remove", lambda *_: 1 / 0)
            with pytest.raises(ExceptionGroup):
                keeping.step(room.db)
        assert keeping.step(room.db), "its turn is not lost"
        assert not keeping.step(room.db)
    assert not mentions(room.db, "adlnet.gov/expapi/verbs/scored")
    assert [entry.action for entry in noted(room)] == ["retention.applied", "retention.set"]
    applied = noted(room)[0]
    assert (applied.actor, applied.tenant_id) == (audit.SCHEDULE, room.made.tenant_id)
    assert applied.detail["statements"] > 10
    assert "for ever" in run("retention", "set", "for-ever").output


def _json(held: dict[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    return {
        name.removeprefix("application/").removesuffix(".json"): json.loads(data)
        for name, data in held.items()
        if name.startswith("application/")
    }
