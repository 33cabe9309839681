"""A worker process that is killed: python -m tests.lti_tool.delivery.doomed_worker URL WHEN.

WHEN is "before-post" or "after-post"; the kill is a SIGKILL, between what the worker did and what
it would have written down. Its lease is short, so that a test need not wait for long.
"""

import os
import signal
import sys
import threading
from datetime import timedelta
from typing import Any

from foundation.db import Database
from lti_tool.delivery import worker
from tests.lti_tool.delivery.house import services_for


def die(*_: Any, **__: Any) -> None:
    """Leave without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Deliver until killed."""
    url, when = sys.argv[1:]
    setattr(worker, {"before-post": "send", "after-post": "settle"}[when], die)
    worker.run(
        services_for(Database(url)), threading.Event(), worker.Timing(lease=timedelta(seconds=1.5))
    )


if __name__ == "__main__":
    main()
