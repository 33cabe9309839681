"""The browser of these tests really blocks third-party cookies, and ours survive it."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.e2e.conftest import Visit
from tests.e2e.running import Running

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

PLAIN = "plain=1; Path=/; Secure; HttpOnly; SameSite=None"
PARTITIONED = "__Host-ours=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"


class _Answer(BaseHTTPRequestHandler):
    """Sets both cookies, shows what came back, and frames itself from another site."""

    def do_GET(self) -> None:
        port = self.headers["Host"].partition(":")[2]
        body = f'<p>came back: {self.headers.get("Cookie", "nothing")}</p><a href="/in">again</a>'
        if self.path == "/outside":
            body = f'<iframe src="http://localhost:{port}/in"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        if self.path == "/in":
            self.send_header("Set-Cookie", PLAIN)
            self.send_header("Set-Cookie", PARTITIONED)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_plain_cookie_of_a_frame_does_not_come_back(visit: Visit, port: int) -> None:
    page = visit().page
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"http://127.0.0.1:{port}/outside")
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="again").click()
    frame.get_by_text("came back: __Host-ours=1").wait_for()
    assert frame.locator("p").inner_text() == "came back: __Host-ours=1"


def test_the_same_cookie_comes_back_where_its_page_is_not_in_a_frame(
    visit: Visit, port: int
) -> None:
    page = visit().page
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"http://localhost:{port}/in")
    page.get_by_role("link", name="again").click()
    page.get_by_text("plain=1").wait_for()


def test_the_tool_keeps_its_visitor_by_a_cookie_of_this_page_of_the_lms(
    visit: Visit, demo: Running
) -> None:
    learner = visit("learner-11")
    learner.open("The late delivery: a conversation with a client")
    learner.frame.get_by_role("link", name="My skills").click()
    learner.frame.get_by_role("heading", name="My skills").wait_for()
    kept = {cookie["name"]: cookie for cookie in learner.context.cookies(demo.tool)}
    ours = kept["__Host-twofold"]
    assert ours["httpOnly"]
    assert ours["secure"]
    assert ours["sameSite"] == "None"
    assert ours["partitionKey"] == "http://127.0.0.1"
    assert all("partitionKey" in cookie for cookie in kept.values())
