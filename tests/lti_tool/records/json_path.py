"""JSONPath as xAPI Profiles allow it: children, unions, `*`, non-negative indices, joined by `|`.

Pure; xAPI Profiles 1.0, part two, section 8.1. No filters and scripts, which the specification
forbids, and no recursive descent.
"""

import re
from typing import Any

Step = tuple[str | int, ...]
"""One step: the keys and indices of its union; "*" alone is every child."""
EVERY: Step = ("*",)

_STEP = re.compile(
    r"\.(?P<name>\*|[A-Za-z_][\w-]*)"
    r"|\[\s*(?P<inside>\*|(?:'[^']*'|\"[^\"]*\"|\d+)(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"|\d+))*)\s*\]"
)
_MEMBER = re.compile(r"'([^']*)'|\"([^\"]*)\"|(\d+)")
_BETWEEN = re.compile(r"\s*\|\s*")


class PathError(ValueError):
    """Not a path that a profile may use."""


def parse(path: str) -> list[list[Step]]:
    """The paths that `|` joins, each as its steps. Raises PathError."""
    paths: list[list[Step]] = []
    position, end = 0, len(path)
    while True:
        if not path.startswith("$", position):
            raise PathError(f"“$” expected at {position}")
        position += 1
        steps: list[Step] = []
        while found := _STEP.match(path, position):
            steps.append(_step(found))
            position = found.end()
        paths.append(steps)
        if position == end:
            return paths
        between = _BETWEEN.match(path, position)
        if between is None:
            raise PathError(f"cannot be read from {position} on: {path[position:]}")
        position = between.end()


def _step(found: re.Match[str]) -> Step:
    if found["name"]:
        return (found["name"],)
    if found["inside"] == "*":
        return EVERY
    members = _MEMBER.findall(found["inside"])
    return tuple(int(index) if index else single or double for single, double, index in members)


def apply(value: Any, path: str) -> list[Any]:
    """Every value that the path finds; a value that is an array counts as one."""
    found: list[Any] = []
    for steps in parse(path):
        here = [value]
        for step in steps:
            here = [child for each in here for child in _children(each, step)]
        found += here
    return found


def _children(value: Any, step: Step) -> list[Any]:
    if isinstance(value, dict):
        if step == EVERY:
            return list(value.values())
        return [value[key] for key in step if isinstance(key, str) and key in value]
    if isinstance(value, list):
        if step == EVERY:
            return list(value)
        return [value[key] for key in step if isinstance(key, int) and key < len(value)]
    return []
