"""docs/lrs.md: its examples run against the real server, its tables are those of the code."""

import ast
import base64
import hashlib
import json
import re
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser

from foundation.db import EVERY_TENANT, Database
from rubrics.queries.tenants import tenants
from tests.docs.lrs_page import PAGE, ROOT, Reader, blocks, tables
from tests.lti_tool.test_commands import PLATFORM, Installation
from xapi.access.scopes import Scope
from xapi.resources import openapi
from xapi.resources.blueprint import MAX_BODY
from xapi.resources.multipart import MAX_PARTS
from xapi.statements.parse import MAX_DEPTH
from xapi.store.query import MAX_LIMIT
from xapi.store.write import MAX_BATCH

VENDOR = ROOT / "tests" / "vendor"


@dataclass(frozen=True)
class Served:
    """A server of one organisation, and its address."""

    installation: Installation
    tenant: str

    @property
    def lrs(self) -> str:
        return f"http://localhost:{self.installation.port}/xapi"

    def credential(self, *options: str) -> tuple[str, str]:
        done = self.installation.run("lrs", "credential", "add", "test", *options)
        assert done.returncode == 0, done.stderr
        key, _, secret = done.stdout.strip().rpartition("\n")[2].partition(":")
        return key, secret


def serving(url: str, folder: Path) -> Iterator[Served]:
    installation = Installation(url, folder)
    added = installation.run(*PLATFORM)
    assert added.returncode == 0, added.stderr
    database = Database(url)
    with database.reading(EVERY_TENANT) as session:
        (tenant,) = tenants(session)
    database.dispose()
    bind = f"127.0.0.1:{installation.port}"
    process = installation.start("serve", "--bind", bind, "--workers", "1", "--no-worker")
    try:
        installation.wait_until(answers=True)
        yield Served(installation, str(tenant))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture
def on_sqlite(sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    """What a reader types and sees does not depend on the engine (tests/xapi runs on both)."""
    yield from serving(sqlite_url, tmp_path)


def test_every_command_and_program_runs(on_sqlite: Served, tmp_path: Path) -> None:
    key, secret = on_sqlite.credential("--scope", "all")
    folder = tmp_path / "reader"
    folder.mkdir()
    variables = {"LRS": on_sqlite.lrs, "KEY": key, "SECRET": secret, "TENANT": on_sqlite.tenant}
    reader = Reader(folder, {**on_sqlite.installation.environment, **variables})
    run = blocks("sh", "python")
    assert len(run) > 15
    for block in run:
        reader.run(block)


@pytest.mark.e2e
def test_the_web_page_works_from_another_origin(
    on_sqlite: Served, chromium: Browser, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    scopes = ["statements/write", "statements/read/mine", "state"]
    options = [part for scope in scopes for part in ("--scope", scope)]
    key, secret = on_sqlite.credential(*options, "--origin", origin)
    (html,) = blocks("html")
    (h5p,) = blocks("js")
    page = html.code.replace("https://skills.example.org/xapi", on_sqlite.lrs)
    page = page.replace('"KEY"', f'"{key}"').replace('"SECRET"', f'"{secret}"')
    handed_over = (
        "const H5P = {externalDispatcher: {on: (name, hear) => hear({data: {statement: "
        '{...stored.data, id: "7a1c0f0e-3a0e-4a0e-9d8e-0d9c7b3f5a09"}}})}};\n'
    )
    page = page.replace("document.title =", f"{handed_over}{h5p.code}document.title =")
    (site / "index.html").write_text(page, encoding="utf-8")
    (site / "XAPI.umd.js").write_bytes((VENDOR / "XAPI.umd.js").read_bytes())
    context = chromium.new_context()
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        with tab.expect_response(lambda answer: answer.url.endswith("/statements")):
            tab.goto(f"{origin}/index.html")
        tab.wait_for_function("document.title.startsWith('experienced')", timeout=15_000)
        assert tab.title() == "experienced, page 4"
        tab.goto(f"http://localhost:{server.server_port}/index.html")
        tab.wait_for_timeout(500)
        assert tab.title() == "…"
    finally:
        context.close()
        server.shutdown()
    refused = [text for text in complaints if "favicon" not in text and "404" not in text]
    assert len(refused) <= 2, refused  # the page of another origin was not let in
    answer = requests.get(
        f"{on_sqlite.lrs}/statements",
        auth=(key, secret),
        headers={"X-Experience-API-Version": "2.0.0"},
        timeout=10,
    )
    assert len(answer.json()["statements"]) == 2


def test_every_code_is_listed() -> None:
    """The codes in the source of the store, those that are put together by families."""
    listed = tables()["code status"]
    assert len(set(listed)) == len(listed)
    assert set(listed) == _codes()


def _codes() -> set[str]:
    prefixes = {
        ("alternate", "_refused"): "alternate.",
        ("multipart", "_refused"): "multipart.",
        ("attachments", "_invalid"): "attachment.",
        ("parse", "_invalid"): "json.",
        ("signature", "_Bad"): "signature.",
    }
    rules = {"missing", "unknown", "type", "value", "key", "forbidden", "ifi"}
    found = {f"statement.….{rule}" for rule in rules} | {"parameter.NAME", "parameter.unknown"}
    found |= {"signature.header", "body.size", "request", "unexpected"}
    written = (ROOT / "xapi/statements/validate.py").read_text()
    assert rules == set(re.findall(r'rule(?:, message)? = "(\w+)"', written))
    for package in ("resources", "statements"):
        for path in sorted((ROOT / "xapi" / package).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    name = node.func.id
                    prefix = prefixes.get((path.stem, name), "")
                    if prefix or name in ("Refused", "Invalid", "_unauthorised"):
                        found |= {prefix + text for text in _first_text(node)}
    return found


def _first_text(node: ast.Call) -> list[str]:
    """The first argument, or the one after the status, if it is a text as it stands."""
    texts: list[Any] = [
        argument.value
        for argument in node.args[:2]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    return texts[:1] if not isinstance(node.args[0], ast.JoinedStr | ast.Name) else []


def test_every_scope_is_listed() -> None:
    assert set(tables()["scope allows"]) == {scope.value for scope in Scope}


def test_the_limits_are_those_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    described = json.dumps(openapi.document())
    limits = page[page.index("## Limits") :]
    for words in (
        f"| body of a request | {MAX_BODY // 2**20} MiB",
        f"| statements in a request | {MAX_BATCH:,} |",
        f"| statements in a page | {MAX_LIMIT:,},",
        f"| parts of a multipart body | {MAX_PARTS:,} |",
        f"| nesting of JSON | {MAX_DEPTH} levels |",
    ):
        assert words in limits
    assert f"`json.depth` | 400 | nested deeper than {MAX_DEPTH} levels" in page
    for size in (f"{MAX_BODY // 2**20} MiB", f"{MAX_BATCH:,} statements"):
        assert f"larger than {size}" in described or f"more than {size}" in described


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / target).exists(), target


def test_the_library_of_the_browser_is_what_its_manifest_says() -> None:
    manifest = json.loads((VENDOR / "MANIFEST.json").read_text(encoding="utf-8"))
    assert {entry["file"] for entry in manifest} == {
        path.name for path in VENDOR.iterdir() if path.name != "MANIFEST.json"
    }
    for entry in manifest:
        digest = hashlib.sha384((VENDOR / entry["file"]).read_bytes()).digest()
        assert entry["integrity"] == "sha384-" + base64.b64encode(digest).decode(), entry["file"]
        assert f"`@xapi/xapi`](https://www.npmjs.com/package/@xapi/xapi) {entry['version']}" in (
            PAGE.read_text(encoding="utf-8")
        )
