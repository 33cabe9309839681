"""The demo, once for all browser tests; people who come in with a browser each."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.running import Running, running
from tests.e2e.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("demo")) as started:
        yield started


@pytest.fixture
def visit(chromium: Browser, demo: Running) -> Iterator[Visit]:
    """Let somebody come with a browser of their own: visit("learner-01").

    At the end no page of theirs may have complained: no console error, no violated policy.
    """
    visitors: list[Visitor] = []

    def come(person: str = "", width: int = 880, scripts: bool = True) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            locale="en-GB",
            timezone_id="UTC",
        )
        visitor = Visitor(context, demo)
        visitors.append(visitor)
        if person:
            visitor.sign_in(person)
        return visitor

    yield come
    faults = [fault for visitor in visitors for fault in visitor.faults()]
    for visitor in visitors:
        visitor.context.close()
    assert faults == []
