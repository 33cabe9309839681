"""The identifiers in our statements, made from the installation's IRI base and namespace.

The same fact has the same id for ever, so that recording it twice stores it once.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from lti_tool.installation import Installation
from rubrics.tables.frameworks import Competency


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Names of one installation."""

    installation: Installation

    def statement(self, fact: str, *parts: object) -> UUID:
        """The id of the statement about a fact: its name and the ids that make it one."""
        return uuid5(self.installation.namespace, ":".join((fact, *map(str, parts))))

    def criterion_scored(self, assessment_id: object, criterion_id: object, person: object) -> UUID:
        """The id of the statement of one criterion, to which assertions refer as evidence."""
        return self.statement("criterion-scored", assessment_id, criterion_id, person)

    def registration(self, person_id: UUID, placement_id: UUID, attempt_id: UUID | None) -> UUID:
        """xAPI context.registration: one person in one attempt at one placement."""
        return self.statement("registration", person_id, placement_id, attempt_id or "none")

    def iri(self, kind: str, identifier: object) -> str:
        """The IRI of a thing of ours."""
        return f"{self.installation.iri_base}/{kind}/{identifier}"

    def competency(self, competency: Competency) -> str:
        """The publisher's own IRI where there is one, else ours."""
        return competency.uri or self.iri("competencies", competency.identifier)
