"""Parts of statements, built with tincan from the domain's rows.

Statements are shaped for xAPI 1.0.3, which 2.0.0 accepts as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import tincan

from lti_tool.records import vocabulary
from lti_tool.records.identifiers import Identifiers
from rubrics.tables.activities import Activity, Placement
from rubrics.tables.assessments import Assessment
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import Course, Person
from rubrics.words import AssessorRole, Method

VERSION = "1.0.3"


class Named(NamedTuple):
    """What a statement says of a person, where no row was loaded."""

    issuer: str
    subject: str
    name: str | None


class Content(NamedTuple):
    """What it says of an activity."""

    id: UUID
    method: Method
    title: str


class Titled(NamedTuple):
    """What it says of a course."""

    id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds the statements of one installation."""

    names: Identifiers
    with_names: bool = False

    def actor(self, person: Person | Named) -> tincan.Agent:
        """A person as the account that the LMS vouches for."""
        account = tincan.AgentAccount(home_page=person.issuer, name=person.subject)
        if self.with_names and person.name:
            return tincan.Agent(name=person.name, account=account)
        return tincan.Agent(account=account)

    def activity(self, activity: Activity | Content) -> tincan.Activity:
        """One of our activities, typed by its method."""
        return _activity(
            self.names.iri("activities", activity.id),
            vocabulary.method_type(activity.method),
            activity.title,
        )

    def course(self, course: Course | Titled) -> tincan.Activity:
        """A course, as grouping."""
        return _activity(self.names.iri("courses", course.id), vocabulary.COURSE, course.title)

    def competency(self, competency: Competency) -> tincan.Activity:
        """A hard or soft skill."""
        return _activity(self.names.competency(competency), vocabulary.COMPETENCY, competency.label)

    def statement(
        self,
        *,
        identifier: UUID,
        actor: Person | Named,
        verb: str,
        target: tincan.Activity,
        at: datetime,
        context: tincan.Context,
        result: tincan.Result | None = None,
    ) -> dict[str, Any]:
        """The whole statement as a dictionary. Decimals became numbers before."""
        parts: dict[str, Any] = {
            "id": str(identifier),
            "actor": self.actor(actor),
            "verb": tincan.Verb(
                id=verb, display=tincan.LanguageMap({"en": vocabulary.VERB_NAMES[verb]})
            ),
            "object": target,
            "timestamp": at,
            "context": context,
        }
        if result is not None:
            parts["result"] = result
        return tincan.Statement(**parts).as_version(VERSION)

    def context(
        self,
        *,
        registration: UUID | None = None,
        parent: Iterable[tincan.Activity] = (),
        grouping: Iterable[tincan.Activity] = (),
        category: Iterable[tincan.Activity] = (),
        assessment: Assessment | None = None,
        refers_to: UUID | None = None,
    ) -> tincan.Context:
        """The context: always in our profile; the assessor by role, by name only when named."""
        categories = [_activity(vocabulary.PROFILE_VERSION, vocabulary.PROFILE_TYPE), *category]
        parts: dict[str, Any] = {"platform": "Twofold"}
        if assessment is not None:
            categories.append(
                _activity(
                    vocabulary.assessor_role(assessment.role),
                    vocabulary.ASSESSOR_ROLE,
                    assessment.role.value,
                )
            )
            named = assessment.role in (AssessorRole.INSTRUCTOR, AssessorRole.MENTOR)
            if named and assessment.assessor is not None:
                parts["instructor"] = self.actor(assessment.assessor)
        if registration is not None:
            parts["registration"] = str(registration)
        if refers_to is not None:
            parts["statement"] = tincan.StatementRef(id=str(refers_to))
        groups = {"category": categories, "parent": list(parent), "grouping": list(grouping)}
        parts["context_activities"] = tincan.ContextActivities(
            **{name: members for name, members in groups.items() if members}
        )
        return tincan.Context(**parts)


def learner_competency() -> tincan.Activity:
    """The category by which ADL's Learner Competency Management profile is recognised."""
    return _activity(vocabulary.LEARNER_COMPETENCY, vocabulary.LEARNER_COMPETENCY_TYPE)


def submission(names: Identifiers, submission_id: UUID) -> tincan.Activity:
    """What a learner handed in."""
    return _activity(names.iri("submissions", submission_id), vocabulary.SUBMISSION)


def criterion(names: Identifiers, identifier: UUID, title: str) -> tincan.Activity:
    """A criterion, the same through all versions of its rubric."""
    return _activity(names.iri("criteria", identifier), vocabulary.CRITERION, title)


def placed(placement: Placement) -> Activity:
    """The activity of a placement that must have one."""
    if placement.activity is None:
        raise LookupError("a placement without an activity has nothing to record")
    return placement.activity


def extensions(members: Mapping[str, Any]) -> tincan.Extensions:
    """Extensions by IRI."""
    return tincan.Extensions(members)


def _activity(identifier: str, kind: str, name: str | None = None) -> tincan.Activity:
    definition: dict[str, Any] = {"type": kind}
    if name:
        definition["name"] = tincan.LanguageMap({"en": name})
    return tincan.Activity(id=identifier, definition=tincan.ActivityDefinition(**definition))
