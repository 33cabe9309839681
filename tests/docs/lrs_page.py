"""docs/lrs.md as its readers have it: its fenced blocks, and how they are tried.

A block of sh or Python runs as it stands. A block of JSON or text right after one of sh is what it
prints: each of its lines, in this order, with … for anything.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "lrs.md"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```\n(?:```(json|text)\n(.*?)^```\n)?", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block, where it stands, and what follows at once as its output."""

    language: str
    code: str
    line: int
    output: str


def blocks(*languages: str) -> list[Block]:
    """The blocks of these languages, in order."""
    text = PAGE.read_text(encoding="utf-8")
    found = [
        Block(match[1], match[2], text.count("\n", 0, match.start()) + 1, match[4] or "")
        for match in _FENCE.finditer(text)
    ]
    return [block for block in found if block.language in languages]


def tables() -> dict[str, list[str]]:
    """The first column of each table, by the first two words of its header row."""
    found: dict[str, list[str]] = {}
    rows: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("|"):
            rows = []
        elif not rows:
            rows = found.setdefault(" ".join(cells[:2]), [])
            rows.append("")
        elif not set(line) <= set("|-"):
            rows.append(cells[0].strip("`| "))
    return {name: cells[1:] for name, cells in found.items()}


class Reader:
    """Somebody who runs the page from its top: a folder, and variables that stay set."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._kept = folder / "variables.sh"
        self._kept.touch()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**environment, "PATH": path}

    def run(self, block: Block) -> None:
        """Run a block. Raises AssertionError where it fails or prints something else."""
        if block.language == "sh":
            program = f"set -eua\n. {self._kept}\n{block.code}\nexport -p > {self._kept}\n"
            command = ["sh", "-c", program]
        else:
            script = self._folder / f"line_{block.line}.py"
            script.write_text(block.code, encoding="utf-8")
            command = ["sh", "-c", f". {self._kept}; exec {sys.executable} {script}"]
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = f"docs/lrs.md, line {block.line}:\n{block.code}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, said
        lines = iter(done.stdout.splitlines())
        for expected in block.output.splitlines():
            parts = (re.escape(part) for part in expected.strip().split("…"))
            pattern = re.compile(".*".join(parts))
            assert any(pattern.fullmatch(line.strip()) for line in lines), f"{expected}\n{said}"
