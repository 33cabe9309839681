"""`twofold worker` with shorter times: python -m tests.lti_tool.delivery.hasty_worker.

The command itself, in a process of its own; only these differ: a lease of 5 s (60), back-offs of
at most 1.5 s (an hour), pauses of an LMS of at most 0.5 s (a minute), calls of at most 2 s (20).
The User-Agent carries the process number, so that the LMS of a test can kill who is calling it.
"""

import os
from datetime import timedelta
from functools import partial

from foundation.http import HttpClient
from lti_tool import cli, services
from lti_tool.delivery import worker

HASTY = worker.Timing(lease=timedelta(seconds=5), longest_back_off=1.5, longest_pause=0.5)


def main() -> None:
    """Run the command until it is stopped or killed."""
    vars(worker)["run"] = partial(worker.run, timing=HASTY)
    vars(services)["HttpClient"] = partial(
        HttpClient,
        user_agent=f"Twofold/{os.getpid()}",
        connect_seconds=1,
        read_seconds=1,
        total_seconds=2,
    )
    cli.main(["worker"])


if __name__ == "__main__":
    main()
