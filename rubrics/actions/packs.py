"""Gives a tenant what is shipped: the scale, the starter framework and the ready rubrics.

Touches frameworks and rubrics. Installing again adds what is missing and changes nothing that is
there, so that a tenant's own wording and its kinds of skills stay.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from rubrics.actions.done import Done
from rubrics.packs.loader import (
    CompetencyPack,
    CriterionPack,
    FrameworkPack,
    RubricPack,
    ScalePack,
    load_packs,
)
from rubrics.tables.frameworks import Competency, Framework, ProficiencyLevel, ProficiencyScale
from rubrics.tables.rubrics import Criterion, CriterionAlignment, Level, Rubric, RubricVersion


def install_packs(session: Session) -> Done[None]:
    """Install everything that is shipped for the session's tenant."""
    packs = load_packs()
    competencies = _framework(session, packs.framework)
    present = set(session.scalars(select(Rubric.identifier)))
    for pack in packs.rubrics:
        if pack.identifier not in present:
            _rubric(session, pack, competencies)
    return Done(None)


def _framework(session: Session, pack: FrameworkPack) -> dict[UUID, UUID]:
    """The ids of the framework's competencies by their identifiers."""
    framework = session.scalar(select(Framework).where(Framework.identifier == pack.identifier))
    if framework is None:
        framework = Framework(
            identifier=pack.identifier,
            scale_id=_scale(session, pack.scale),
            title=pack.title,
            creator=pack.creator,
            version=pack.version,
            language=pack.language,
            description=pack.description,
            licence=pack.licence,
            attribution=pack.attribution,
        )
        session.add(framework)
        session.flush()
    known = {
        row.identifier: row.id
        for row in session.execute(
            select(Competency.identifier, Competency.id).where(
                Competency.framework_id == framework.id
            )
        )
    }
    for item in pack.competencies:
        if item.identifier not in known:
            row = _competency(item, framework.id, known)
            session.add(row)
            session.flush()
            known[item.identifier] = row.id
    return known


def _scale(session: Session, pack: ScalePack) -> UUID:
    scale = session.scalar(select(ProficiencyScale).where(ProficiencyScale.title == pack.title))
    if scale is None:
        scale = ProficiencyScale(title=pack.title, top=pack.top, mastery=pack.mastery)
        session.add(scale)
        session.flush()
        session.add_all(
            ProficiencyLevel(
                scale_id=scale.id,
                label=level.label,
                threshold=level.threshold,
                description=level.description,
            )
            for level in pack.levels
        )
        session.flush()
        session.refresh(scale)
    return scale.id


def _competency(item: CompetencyPack, framework_id: UUID, known: dict[UUID, UUID]) -> Competency:
    return Competency(
        framework_id=framework_id,
        parent_id=None if item.parent is None else known[item.parent],
        identifier=item.identifier,
        uri=item.uri,
        position=item.position,
        full_statement=item.full_statement,
        label=item.label,
        item_type=item.item_type,
        notes=item.notes,
        kind=item.kind,
        assessable=item.assessable,
        extensions={"coding": item.coding, "source": item.source},
    )


def _rubric(session: Session, pack: RubricPack, competencies: dict[UUID, UUID]) -> None:
    rubric = Rubric(identifier=pack.identifier)
    session.add(rubric)
    session.flush()
    version = RubricVersion(rubric_id=rubric.id, title=pack.title, description=pack.description)
    session.add(version)
    session.flush()
    session.add_all(_criterion(item, version.id, competencies) for item in pack.criteria)
    session.flush()


def _criterion(item: CriterionPack, version_id: UUID, competencies: dict[UUID, UUID]) -> Criterion:
    return Criterion(
        version_id=version_id,
        identifier=item.identifier,
        position=item.position,
        title=item.title,
        description=item.description,
        weight=item.weight,
        levels=[
            Level(
                identifier=level.identifier,
                position=level.position,
                points=level.points,
                quality=level.quality,
                description=level.description,
                feedback=level.feedback,
            )
            for level in item.levels
        ],
        alignments=[
            CriterionAlignment(
                competency_id=competencies[alignment.competency], weight=alignment.weight
            )
            for alignment in item.alignments
        ],
    )
