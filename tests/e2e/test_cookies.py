"""The browser of these tests really blocks third-party cookies, and ours survive it."""

import pytest
from playwright.sync_api import Route

from tests.e2e.conftest import Visit
from tests.e2e.running import Running

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

PLAIN = "plain=1; Path=/; Secure; SameSite=None"


def test_a_plain_cookie_of_the_frame_does_not_come_back_and_ours_does(
    visit: Visit, demo: Running
) -> None:
    learner = visit("learner-11")
    sent: list[dict[str, str]] = []

    def add_a_plain_cookie(route: Route) -> None:
        answer = route.fetch()
        cookies = answer.headers.get("set-cookie", "")
        headers = {**answer.headers, "set-cookie": "\n".join(filter(None, [cookies, PLAIN]))}
        route.fulfill(response=answer, headers=headers)

    learner.context.route("**/l/*/activity", add_a_plain_cookie)
    learner.open("The late delivery: a conversation with a client")
    learner.page.on("request", lambda request: sent.append(request.all_headers()))
    learner.frame.get_by_role("link", name="My skills").click()
    learner.frame.get_by_role("heading", name="My skills").wait_for()
    cookies = next(headers["cookie"] for headers in sent if "cookie" in headers)
    assert "__Host-twofold=" in cookies
    assert "plain=1" not in cookies

    learner.context.unroute_all()
    kept = {cookie["name"]: cookie for cookie in learner.context.cookies(demo.tool)}
    assert kept["__Host-twofold"]["httpOnly"]
    assert kept["__Host-twofold"]["secure"]
    assert kept["__Host-twofold"]["partitionKey"] == "http://127.0.0.1"
    assert "plain" not in kept


def test_the_same_plain_cookie_is_kept_where_the_tool_is_not_in_a_frame(
    visit: Visit, demo: Running
) -> None:
    """So that the test above does not pass because its cookie is malformed."""
    visitor = visit()
    visitor.context.route(
        f"{demo.tool}/plain",
        lambda route: route.fulfill(body="<p>here</p>", headers={"set-cookie": PLAIN}),
    )
    visitor.page.goto(f"{demo.tool}/plain")
    assert [cookie["name"] for cookie in visitor.context.cookies(demo.tool)] == ["plain"]
