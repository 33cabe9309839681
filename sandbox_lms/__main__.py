"""The command: python -m sandbox_lms --bind 127.0.0.1:8001 --database PATH.

Touches one SQLite file and one port; stops on TERM and Ctrl-C. Serves no specification.
"""

import argparse
import signal
import sqlite3
import sys
import threading
from pathlib import Path

from sandbox_lms.app import create_app
from sandbox_lms.config import Config
from sandbox_lms.seed import seed
from sandbox_lms.server import listen, serve


def main() -> int:
    """Run until told to stop; the exit status is 0, or 1 with a sentence on what to do."""
    asked = _arguments()
    host, _, port = asked.bind.rpartition(":")
    if not host or not port.isdigit():
        return _fail(f"--bind must be HOST:PORT, for example 127.0.0.1:8001, not {asked.bind!r}.")
    base_url = f"http://{host}:{port}"
    try:
        app = create_app(Config(base_url, asked.database, asked.allow_faults))
        if asked.seed:
            seed(app.extensions["sandbox_store"], asked.tool_url)
    except ValueError as error:
        return _fail(f"--tool-url: {error}.")
    except (OSError, sqlite3.Error) as error:
        return _fail(
            f"The database {asked.database} cannot be used ({error}):"
            " give --database a file in a folder that can be written to."
        )
    try:
        server = serve(app, listen(host, int(port)))
    except OSError as error:
        return _fail(f"{asked.bind} cannot be used ({error.strerror}): give another --bind.")

    def stop(_signal: int, _frame: object) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Sandbox LMS ready at {base_url}", flush=True)
    server.serve_forever()
    server.server_close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox_lms", description=__doc__)
    parser.add_argument("--bind", default="127.0.0.1:8001", metavar="HOST:PORT")
    parser.add_argument("--database", type=Path, required=True, help="its own SQLite file")
    parser.add_argument("--tool-url", default="http://localhost:8000", help="the tool's address")
    parser.add_argument("--seed", action="store_true", help="add the courses and people")
    parser.add_argument("--allow-faults", action="store_true", help="for tests only")
    return parser.parse_args()


def _fail(sentence: str) -> int:
    print(f"sandbox_lms: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
