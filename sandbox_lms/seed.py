"""The people, courses and tools that a fresh sandbox LMS has, and functions to add more.

Touches the store. Every function may run again: it adds what is missing and keeps what was
done. Serves no specification.
"""

import json
import sqlite3
from urllib.parse import urlsplit

from sandbox_lms.deep_linking import add_link
from sandbox_lms.store import Store, deployed_tool, one

CLIENT_ID = "sandbox-client"
DEPLOYMENT_ID = "1"
SKILLS_101 = "skills-101"
TEAMWORK_201 = "teamwork-201"

_LEARNERS = [
    ("learner-01", "Ana", "Álvarez"),
    ("learner-02", "Wei", "Chen"),
    ("learner-03", "Zoë", "Müller"),
    ("learner-04", "Olúwaṣeun", "Adébáyọ̀"),
    ("learner-05", "Siobhán", "O’Brien"),
    ("learner-06", "Łukasz", "Wójcik"),
    ("learner-07", "Fatima Zahra", "El Idrissi"),
    ("learner-08", "Олена", "Ковальчук"),
    ("learner-09", "Mai", "Nguyễn Thị"),
    ("learner-10", "João", "Gonçalves"),
    ("learner-11", "Aylin", "Yıldız"),
    ("learner-12", "Noah", "Cohen"),
]
_OTHERS = [
    ("instructor-1", "Tina", "Moreau"),
    ("instructor-2", "Priya", "Raman"),
    ("assistant-1", "Jonas", "Lindqvist"),
    ("mentor-1", "Grace", "Mbeki"),
    ("learner-13", "Émile", "Dubois"),
    ("learner-14", "Sofía", "Ibáñez"),
]
_SECTIONS = {
    "Monday section": [person for person, _, _ in _LEARNERS[:7]],
    "Thursday section": [person for person, _, _ in _LEARNERS[6:]],
}
"""Of Skills 101; one learner is in both."""
_TEAMS = {
    f"Team {name}": [person for person, _, _ in _LEARNERS[start : start + 4]]
    for start, name in ((0, "Amber"), (4, "Birch"), (8, "Cedar"))
}
"""Groups of Skills 101."""
_CUSTOM = {
    "section_names": "$com.instructure.User.sectionNames",
    "section_ids": "$Canvas.course.sectionIds",
}
_FAMILY_NAME_FIRST = ("learner-02",)


def seed(store: Store, tool_url: str) -> None:
    """Two courses with their people, and one tool (client `sandbox-client`, deployment `1`).

    `tool_url` is the tool's own address, for example http://localhost:8000.
    """
    add_tool(store, CLIENT_ID, "Twofold", tool_url)
    set_custom(store, CLIENT_ID, _CUSTOM)
    type_id = add_deployment(store, CLIENT_ID, DEPLOYMENT_ID)
    for person, given, family in [*_LEARNERS, *_OTHERS]:
        add_person(store, person, given, family)
    add_course(
        store,
        SKILLS_101,
        "SKILLS101",
        "Skills 101",
        [type_id],
        "How to talk with clients, work in a team and write code that others can read.",
        ["Welcome", "Talking with people", "Working with code"],
    )
    enrol(store, SKILLS_101, "instructor-1", "instructor")
    enrol(store, SKILLS_101, "assistant-1", "assistant")
    for person, _, _ in _LEARNERS:
        enrol(store, SKILLS_101, person, "learner")
    enrol(store, SKILLS_101, "mentor-1", "mentor", ["learner-01", "learner-02", "learner-03"])
    for section, people in _SECTIONS.items():
        add_section(store, SKILLS_101, section, people)
    for team, people in _TEAMS.items():
        add_group(store, SKILLS_101, "Project", team, people)
    add_course(
        store,
        TEAMWORK_201,
        "TEAM201",
        "Teamwork 201",
        [type_id],
        "Another instructor's course: nobody of Skills 101 can look into it.",
        ["Start here", "The project"],
    )
    enrol(store, TEAMWORK_201, "instructor-2", "instructor")
    for person in ("learner-01", "learner-13", "learner-14"):
        enrol(store, TEAMWORK_201, person, "learner")


def add_tool(
    store: Store, client_id: str, name: str, tool_url: str, accept_multiple: bool = True
) -> None:
    """Register a tool that serves /lti/login, /lti/launch and /lti/jwks under `tool_url`."""
    base = tool_url.rstrip("/")
    if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).netloc:
        raise ValueError(f"the tool's address must be an http or https URL, not {tool_url!r}")
    with store.writing() as connection:
        before = one(connection, "SELECT launch_url FROM tool WHERE client_id = ?", client_id)
        if before is not None:
            # The tool has moved: its links move with it.
            connection.execute(
                "UPDATE link SET url = replace(url, ?, ?) WHERE type_id IN"
                " (SELECT type_id FROM deployment WHERE client_id = ?)",
                (before["launch_url"], f"{base}/lti/launch", client_id),
            )
        connection.execute(
            "INSERT INTO tool (client_id, name, login_url, launch_url, jwks_url, accept_multiple)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (client_id) DO UPDATE SET name = excluded.name,"
            " login_url = excluded.login_url, launch_url = excluded.launch_url,"
            " jwks_url = excluded.jwks_url, accept_multiple = excluded.accept_multiple",
            (
                client_id,
                name,
                f"{base}/lti/login",
                f"{base}/lti/launch",
                f"{base}/lti/jwks",
                accept_multiple,
            ),
        )
        connection.execute("DELETE FROM redirect_uri WHERE client_id = ?", (client_id,))
        connection.execute(
            "INSERT INTO redirect_uri (client_id, uri) VALUES (?, ?)",
            (client_id, f"{base}/lti/launch"),
        )


def set_custom(store: Store, client_id: str, custom: dict[str, str]) -> None:
    """The custom parameters that every link of a tool has, beside its own."""
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO tool_custom (client_id, custom) VALUES (?, ?)"
            " ON CONFLICT (client_id) DO UPDATE SET custom = excluded.custom",
            (client_id, json.dumps(custom)),
        )


def add_section(store: Store, course_id: str, name: str, people: list[str]) -> None:
    """A section of a course's class, with the people who are in it."""
    with store.writing() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO class_section (course_id, name) VALUES (?, ?)",
            (course_id, name),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO class_section_member (section_id, person_id)"
            " SELECT id, ? FROM class_section WHERE course_id = ? AND name = ?",
            [(person, course_id, name) for person in people],
        )


def add_group(store: Store, course_id: str, set_name: str, name: str, people: list[str]) -> None:
    """A group of a course, in a set of groups, with the people who are in it."""
    with store.writing() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO group_set (course_id, name) VALUES (?, ?)", (course_id, set_name)
        )
        connection.execute(
            "INSERT OR IGNORE INTO class_group (set_id, name)"
            " SELECT id, ? FROM group_set WHERE course_id = ? AND name = ?",
            (name, course_id, set_name),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO class_group_member (group_id, person_id)"
            " SELECT class_group.id, ? FROM class_group JOIN group_set ON group_set.id = set_id"
            " WHERE course_id = ? AND group_set.name = ? AND class_group.name = ?",
            [(person, course_id, set_name, name) for person in people],
        )


def add_deployment(store: Store, client_id: str, deployment_id: str) -> int:
    """Deploy a tool once more; returns the deployment's number (its `type_id`)."""
    with store.writing() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO deployment (client_id, deployment_id) VALUES (?, ?)",
            (client_id, deployment_id),
        )
        row = one(
            connection,
            "SELECT type_id FROM deployment WHERE client_id = ? AND deployment_id = ?",
            client_id,
            deployment_id,
        )
    if row is None:
        raise LookupError(f"no tool with client_id {client_id!r}")
    return int(row["type_id"])


def add_person(store: Store, person_id: str, given_name: str, family_name: str) -> None:
    """A person with a made-up address; some names are written family name first."""
    parts = [given_name, family_name]
    if person_id in _FAMILY_NAME_FIRST:
        parts.reverse()
    with store.writing() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO person (id, given_name, family_name, name, email)"
            " VALUES (?, ?, ?, ?, ?)",
            (person_id, given_name, family_name, " ".join(parts), f"{person_id}@example.com"),
        )


def add_course(
    store: Store,
    course_id: str,
    label: str,
    title: str,
    type_ids: list[int],
    summary: str = "",
    sections: list[str] | None = None,
) -> None:
    """A course in which the tools of these deployments may be used."""
    with store.writing() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO course (id, label, title, summary) VALUES (?, ?, ?, ?)",
            (course_id, label, title, summary),
        )
        for position, section in enumerate(sections or ["Activities"]):
            connection.execute(
                "INSERT OR IGNORE INTO section (course_id, position, title) VALUES (?, ?, ?)",
                (course_id, position, section),
            )
        for type_id in type_ids:
            connection.execute(
                "INSERT OR IGNORE INTO course_deployment (course_id, type_id) VALUES (?, ?)",
                (course_id, type_id),
            )
            _add_course_home(connection, course_id, type_id)


def _add_course_home(connection: sqlite3.Connection, course_id: str, type_id: int) -> None:
    link_id = f"{course_id}-home-{type_id}"
    if one(connection, "SELECT 1 FROM link WHERE id = ?", link_id) is None:
        item = {
            "title": "Skills",
            "text": "",
            "url": deployed_tool(connection, type_id)["launch_url"],
            "custom": {},
            "dates": {},
            "document_target": "iframe",
        }
        add_link(connection, course_id, type_id, None, item, link_id)


def enrol(
    store: Store, course_id: str, person_id: str, role: str, mentees: list[str] | None = None
) -> None:
    """Put a person into a course as instructor, assistant, learner or mentor (of `mentees`)."""
    with store.writing() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO enrolment (course_id, person_id, role, mentees)"
            " VALUES (?, ?, ?, ?)",
            (course_id, person_id, role, json.dumps(mentees or [])),
        )
