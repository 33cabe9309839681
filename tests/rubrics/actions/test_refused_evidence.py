"""Every no to evidence, attempts and people; which texts and links are kept, and how."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from foundation.db import Database
from rubrics.actions import attempts, people, submissions
from rubrics.actions.checks import clean_link, clean_text, clean_title
from rubrics.errors import Refused
from rubrics.tables.activities import Activity
from rubrics.words import CourseRole
from tests.rubrics.actions.refusing import refused
from tests.rubrics.make import school


def test_evidence_that_cannot_be_kept(db: Database) -> None:
    made = school(db, learners=2)
    attempt_id = made.attempt()
    mine: dict[str, Any] = {"attempt_id": attempt_id, "person_id": made.learner_ids[0]}
    file: dict[str, Any] = {
        "media_type": "text/plain",
        "size": 3,
        "sha256": "0" * 64,
        "storage_key": "k",
    }
    links = ["https://example.org/"] * 11
    refused(made, "submission.nothing_new", lambda s: submissions.submit(s, **mine))
    for text, given, code in (
        ("x" * 50_001, [], "evidence.text"),
        ("", links, "evidence.too_many_links"),
        ("", ["mailto:a@b.example"], "evidence.link"),
    ):
        refused(
            made,
            code,
            partial(submissions.save_draft, text=text, links=given, **mine),
        )
    other = {**mine, "person_id": made.learner_ids[1]}
    refused(made, "submission.not_yours", lambda s: submissions.save_draft(s, text="x", **other))
    refused(made, "submission.not_yours", lambda s: submissions.submit(s, **other))
    refused(
        made, "submission.not_yours", lambda s: submissions.add_file(s, name="a", **file, **other)
    )
    refused(
        made, "submission.not_yours", lambda s: submissions.remove_item(s, item_id=uuid4(), **other)
    )
    made.do(lambda s: submissions.save_draft(s, text="  ", **mine))
    refused(made, "submission.empty", lambda s: submissions.submit(s, **mine))
    for number in range(10):
        made.do(partial(submissions.add_file, name=f"{number}.txt", **file, **mine))
    refused(
        made, "evidence.too_many_files", lambda s: submissions.add_file(s, name="x", **file, **mine)
    )
    made.do(lambda s: submissions.submit(s, **mine))
    refused(made, "submission.nothing_new", lambda s: submissions.submit(s, **mine))
    made.assess(attempt_id, 2, 2)
    refused(made, "submission.closed", lambda s: submissions.save_draft(s, text="x", **mine))
    refused(made, "submission.closed", lambda s: submissions.submit(s, **mine))
    refused(
        made,
        "attempt.no_more",
        lambda s: attempts.next_attempt(s, made.placement_id, made.learner_ids[0]),
    )


def test_the_next_attempt_waits_for_the_result(db: Database) -> None:
    made = school(db)
    attempt_id = made.attempt()
    with db.writing(made.tenant_id) as session:
        session.execute(update(Activity).values(settings={"attempts": 2}))

    def action(session: Session) -> object:
        return attempts.next_attempt(session, made.placement_id, made.learner_ids[0])

    refused(made, "attempt.open", action)
    made.assess(attempt_id, 1, 1)
    with db.writing(made.tenant_id) as session:
        assert attempts.next_attempt(session, made.placement_id, made.learner_ids[0]).number == 2
    assert made.attempt() != attempt_id


def test_people_that_cannot_be_kept(db: Database) -> None:
    made = school(db)
    for issuer, subject in (("", "x"), ("https://a.example", ""), ("https://a.example", "x" * 256)):
        refused(
            made,
            "person.unusable",
            partial(people.meet_person, issuer=issuer, subject=subject),
        )
    refused(
        made,
        "person.unknown",
        lambda s: people.enrol(s, made.course_id, uuid4(), CourseRole.LEARNER),
    )


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://",
        "//example.org",
        "https://user:secret@example.org",
        "https://exa mple.org",
        "https://example.org/\n",
        "https://[::1",
        "https://example.org:99999",
        "data:text/html,x",
        "https:\\\\example.org",
    ],
)
def test_links_that_cannot_be_opened(link: str) -> None:
    with pytest.raises(Refused):
        clean_link(f" {link}\x01", "c")
    if link.strip() == link:
        with pytest.raises(Refused):
            clean_link(link, "c")


def test_what_is_kept_is_made_even() -> None:
    assert clean_title("  a \n b ", "c") == "a b"
    assert clean_text("a\r\nb\rc", "c") == "a\nb\nc"
    assert clean_link(" https://example.org/ä?q=1#x ", "c") == "https://example.org/ä?q=1#x"
