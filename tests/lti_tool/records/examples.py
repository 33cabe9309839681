"""The example of each kind of statement in docs/xapi-profile.md, from one attempt of the story.

Ids that are made anew in every run are counted instead, in the order in which they appear.
"""

import json
import re
from typing import Any

from lti_tool.records import vocabulary
from tests.lti_tool.records.story import Story

Node = dict[str, Any]
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_USERS = {"Learner 000": "user-17", "Iris Teacher": "user-1"}
_BY_A_LEARNER = 1


def examples(story: Story) -> dict[str, Node]:
    """By the last part of the template's id."""
    listening = "Active listening"
    chosen = {
        "tagged": _about(story, vocabulary.TAGGED, listening),
        "launched": story.of(vocabulary.LAUNCHED)[_BY_A_LEARNER],
        "submitted": story.of(vocabulary.SUBMITTED)[0],
        "criterion-scored": _about(story, vocabulary.SCORED, "Listening"),
        "activity-scored-lesson": _about(story, vocabulary.SCORED, "Practice: microlearning"),
        "asserted": _about(story, vocabulary.ASSERTED, listening),
        "achieved": _about(story, vocabulary.ACHIEVED, listening),
    }
    text = json.dumps(chosen)
    for name, user in _USERS.items():
        text = text.replace(f'"{name}"', f'"{user}"')
    seen: dict[str, str] = {}
    counted: dict[str, Node] = json.loads(
        _UUID.sub(lambda found: seen.setdefault(found[0], _number(len(seen) + 1)), text)
    )
    return counted


def _about(story: Story, verb: str, name: str) -> Node:
    return next(
        each for each in story.of(verb) if each["object"]["definition"]["name"]["en"] == name
    )


def _number(count: int) -> str:
    return f"00000000-0000-4000-8000-{count:012}"
