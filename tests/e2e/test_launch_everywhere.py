"""Launches in browsers that keep no cookie in frames: the LMS keeps the secret, a new window works.

Chromium keeps partitioned cookies, so the tool's server here is deaf to every cookie that comes
from a frame: exactly what an older Safari sends.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from foundation.db import Database
from lti_tool.app import create_app
from lti_tool.onboarding import onboard
from lti_tool.services import build
from sandbox_lms import seed
from sandbox_lms.server import listen, running, serve
from tests.e2e.visitor import faults_of
from tests.lti_tool.launch_app import settings

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


@dataclass
class House:
    """An LMS and a tool, each on a port of its own."""

    lms: str
    tool: str
    frames_keep_cookies: bool = False

    def hears(self, environ: dict[str, Any]) -> bool:
        """Whether the cookies of this request count."""
        return self.frames_keep_cookies or environ.get("HTTP_SEC_FETCH_DEST") != "iframe"


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    listener = listen("127.0.0.1", 0)
    # A host name of its own, so that the browser takes the tool for another site than the LMS.
    tool = f"http://localhost:{listener.getsockname()[1]}"
    database = Database(sqlite_url)
    with running(tmp_path / "lms.sqlite") as lms:
        seed.seed(lms.extensions["sandbox_store"], tool)
        config = lms.config["SANDBOX"]
        found = House(config.base_url, tool)
        onboard(
            database,
            issuer=config.issuer,
            client_id=seed.CLIENT_ID,
            auth_login_url=config.auth_url,
            auth_token_url=config.token_url,
            key_set_url=config.jwks_url,
            deployment_ids=[seed.DEPLOYMENT_ID],
            name="LMS",
            private=True,
        )
        services = build(settings(database, base_url=tool, files=str(tmp_path / "files")))
        app = create_app(replace(services, db=database))
        inner = app.wsgi_app

        def deaf(environ: dict[str, Any], start: Any) -> Any:
            if not found.hears(environ):
                environ.pop("HTTP_COOKIE", None)
            return inner(environ, start)

        app.wsgi_app = deaf  # type: ignore[assignment, method-assign]
        server = serve(app, listener)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()
        server.server_close()
    database.dispose()


_FRAMES_KEEP_NONE = """
if (window !== top)
  Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => {} });
"""


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(15_000)
    yield context
    context.close()


def _sign_in(context: BrowserContext, house: House, storage: str) -> Page:
    """Learner 1, in a browser for which the LMS keeps values in this way."""
    if not house.frames_keep_cookies:
        context.add_init_script(_FRAMES_KEEP_NONE)
    page = context.new_page()
    page.goto(house.lms)
    page.locator('button[value="learner-01"]').click()
    page.wait_for_url("**/courses")
    page.goto(f"{house.lms}/tool-settings")
    page.locator(f'input[name=mode][value="{storage}"]').check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/tool-settings")
    return page


def _open(page: Page, house: House) -> None:
    page.goto(f"{house.lms}/courses/skills-101/skills")


def _nothing_found(page: Page) -> None:
    document = page.frame(name="activity")
    assert document is not None
    document.wait_for_load_state()
    assert faults_of(document) == []


def _says(page: Page, text: str) -> None:
    expect(page.frame_locator("iframe[name=activity]").locator("#work")).to_contain_text(text)


@pytest.mark.parametrize("storage", ["frame", "parent"])
def test_the_way_into_a_new_window(storage: str, house: House, context: BrowserContext) -> None:
    page = _sign_in(context, house, storage)
    _open(page, house)
    _says(page, "Open the activity in a new window")
    _nothing_found(page)
    frame = page.frame_locator("iframe[name=activity]")
    with context.expect_page() as opened:
        frame.get_by_role("link", name="Open in a new window").click()
    window = opened.value
    expect(window.get_by_role("heading", name="My skills")).to_be_visible()
    expect(window.locator("header")).to_contain_text("Ana Álvarez")
    window.reload()
    expect(window.get_by_role("heading", name="My skills")).to_be_visible()


@pytest.mark.parametrize("ancestors_are_known", [True, False], ids=["chromium", "as-firefox"])
def test_an_lms_that_names_its_frame_only_when_asked(
    ancestors_are_known: bool, house: House, context: BrowserContext
) -> None:
    """An unknown LMS, at its very first launch."""

    def as_firefox(route: Route) -> None:
        answer = route.fetch()
        script = answer.text().replace("location.ancestorOrigins", "undefined")
        assert script != answer.text()
        route.fulfill(response=answer, body=script)

    page = _sign_in(context, house, "asked")
    if not ancestors_are_known:
        page.route(f"{house.tool}/static/storage.js", as_firefox)
    _open(page, house)
    _says(page, "Open the activity in a new window")


def test_where_cookies_live_nobody_is_asked(house: House, context: BrowserContext) -> None:
    house.frames_keep_cookies = True
    page = _sign_in(context, house, "asked")
    page.add_init_script("heard = []; addEventListener('message', ({data}) => heard.push(data))")
    _open(page, house)
    _says(page, "My skills")
    assert page.evaluate("heard") == []


def test_where_cookies_live_the_page_opens_in_its_frame(
    house: House, context: BrowserContext
) -> None:
    house.frames_keep_cookies = True
    page = _sign_in(context, house, "frame")
    _open(page, house)
    _says(page, "My skills")


def test_without_storage_a_page_explains(house: House, context: BrowserContext) -> None:
    page = _sign_in(context, house, "")
    _open(page, house)
    _says(page, "launch.cookie.missing")
    _says(page, "What helps")
    _nothing_found(page)


def test_going_back_or_reloading_opens_the_same(house: House, context: BrowserContext) -> None:
    house.frames_keep_cookies = True
    page = _sign_in(context, house, "")
    _open(page, house)
    _says(page, "My skills")
    page.reload()
    _says(page, "My skills")
    page.goto(f"{house.lms}/courses")
    page.evaluate("history.back()")
    page.wait_for_url("**/skills")
    _says(page, "My skills")


_ANSWERS_WRONGLY = """<script>
addEventListener("message", ({data, origin, source}) => {
  const subject = data.subject + ".response";
  const value = "a secret of somebody else's";
  source.postMessage({subject, message_id: "another", key: data.key, value}, origin);
  source.postMessage({subject: "lti.other", message_id: data.message_id, value}, origin);
  source.postMessage(null, origin);
  source.postMessage("text", origin);
});
</script>"""
_ANSWERED_FROM_ELSEWHERE = """<script>
addEventListener("message", ({data: {subject, message_id, key}}) => {
  const answer = JSON.stringify({subject: subject + ".response", message_id, key, value: "x"});
  const other = document.createElement("iframe");
  other.sandbox = "allow-scripts";
  other.srcdoc = `<script>top.frames.activity.postMessage(${answer}, "*")<\\/script>`;
  document.body.append(other);
});
</script>"""
_KNOWS_NOTHING = """<script>
addEventListener("message", ({data: {subject, message_id, key}, origin, source}) => {
  source.postMessage({subject: subject + ".response", message_id, key, value: null}, origin);
});
</script>"""


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "launch.storage.silent"),
        (_ANSWERS_WRONGLY, "launch.storage.silent"),
        (_ANSWERED_FROM_ELSEWHERE, "launch.storage.silent"),
        (_KNOWS_NOTHING, "launch.storage.empty"),
    ],
)
def test_a_frame_that_does_not_help(
    document: str, code: str, house: House, context: BrowserContext
) -> None:
    page = _sign_in(context, house, "frame")
    page.route(
        "**/storage/frame",
        lambda route: route.fulfill(body=document, content_type="text/html"),
    )
    _open(page, house)
    _says(page, code)


def test_a_frame_that_is_not_there(house: House, context: BrowserContext) -> None:
    page = _sign_in(context, house, "frame")

    def without_frame(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("lti_storage", "other"))

    page.route("**/courses/skills-101/skills", without_frame)
    _open(page, house)
    _says(page, "launch.storage.frame")


@pytest.fixture
def evil(house: House) -> Iterator[str]:
    """A site that frames the tool, names itself as the storage and notes what it hears."""
    fields = {
        "iss": house.lms,
        "client_id": seed.CLIENT_ID,
        "login_hint": "x",
        "target_link_uri": f"{house.tool}/lti/launch",
        "lti_storage_target": "_parent",
    }
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    app = Flask(__name__)
    app.add_url_rule(
        "/",
        view_func=lambda: (
            f"""<link rel="icon" href="data:,">
        <script>heard = []; addEventListener("message", event => heard.push(event.data));</script>
        <form method="post" target="inner" action="{house.tool}/lti/login">{inputs}</form>
        <iframe name="inner"></iframe>"""
        ),
    )
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = serve(app, listener)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_another_site_around_the_tool_hears_no_secret(
    evil: str, house: House, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(evil)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request(lambda request: request.url.startswith(f"{house.lms}/auth?")):
        page.evaluate("document.forms[0].submit()")
    assert f"{house.tool}/static/storage.js" in asked
    assert page.evaluate("heard") == []
