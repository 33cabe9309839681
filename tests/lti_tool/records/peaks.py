"""How much memory `twofold lrs export` and `import` take; run as a process of its own.

    python -m tests.lti_tool.records.peaks URL FOLDER

Prints as JSON, for each format and for the import, the peaks in bytes with the statements of the
first day and with all. Reads /proc and writes FOLDER.
"""

import json
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from lti_tool.records.commands import lrs

FIRST_DAY, DAY_AFTER = "2026-01-01", "2026-01-02"


def peak(*arguments: str) -> int:
    """The most memory that this process had while a command ran, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak until now
    with suppress(SystemExit):
        lrs.main(arguments, standalone_mode=False)
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def peaks(folder: Path) -> dict[str, tuple[int, int]]:
    """Each format and the import, with few statements and with all."""
    found = {}
    for form in ("jsonl", "csv", "parquet"):
        few, all_ = str(folder / f"few-{form}"), str(folder / f"all-{form}")
        until = FIRST_DAY if form == "parquet" else DAY_AFTER
        asked = ("export", "--format", form, "--tenant", "North school", "--out")
        found[form] = (peak(*asked, few, "--until", until), peak(*asked, all_))
    into = ("import", "--tenant", "South school")
    found["import"] = (peak(*into, f"{folder}/few-jsonl"), peak(*into, f"{folder}/all-jsonl"))
    return found


if __name__ == "__main__":
    os.environ["TWOFOLD_DATABASE_URL"] = sys.argv[1]
    print(json.dumps(peaks(Path(sys.argv[2]))))
