"""Taking an activity over: from an earlier course of the tenant, or from another school's file.

Touches activities, rubrics of the course and their placement; never anybody's work. A rubric of
the library is used as it is; a course's own rubric is made again for the course that takes it over,
unless the same one is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from foundation import clock
from rubrics.actions.activities import ActivityDraft, place_activity, write_activity
from rubrics.actions.checks import found, locked
from rubrics.actions.done import Done
from rubrics.errors import Refused
from rubrics.events import ActivityTagged, Event
from rubrics.formats.activity_file import ActivityContent, CriterionContent, RubricContent
from rubrics.queries.build import AVAILABLE_FROM, available_from
from rubrics.queries.copies import COPIED_FROM, ancestors, copy_in, rubric_content
from rubrics.tables.activities import Activity, ActivityAlignment, Placement
from rubrics.tables.frameworks import Competency, Framework
from rubrics.tables.people import Course, Person
from rubrics.tables.rubrics import Criterion, CriterionAlignment, Level, Rubric, RubricVersion
from rubrics.words import RubricState


@dataclass(frozen=True, slots=True)
class TakenOver:
    """An activity from a file, and the labels of the skills that this tenant does not have."""

    activity_id: UUID
    left_out: tuple[str, ...]


def copy_activity(
    session: Session,
    *,
    source_id: UUID,
    course_id: UUID,
    author_id: UUID,
    placement_id: UUID | None = None,
    at: datetime | None = None,
) -> Done[UUID]:
    """Copy an activity of another course into this one, and show it at the placement; its id.

    Whoever calls knows from the LMS that this course is a copy. Times that are past are not copied.
    A placement that shows an activity already keeps it, and a course that has a copy of this very
    activity gets no second one: asking twice is harmless.
    """
    at = at or clock.now()
    locked(session, Course, course_id)
    found(session, Course, course_id, "course")
    found(session, Person, author_id, "person")
    source = found(session, Activity, source_id, "activity")
    shown = None if placement_id is None else _shown(session, placement_id, course_id)
    if shown is not None:
        return Done(shown)
    here = copy_in(session, course_id, [source_id])
    if here is not None:
        if placement_id is not None:
            place_activity(session, placement_id=placement_id, activity_id=here)
        return Done(here)
    opens = available_from(source)
    copy = Activity(
        course_id=course_id,
        created_by_id=author_id,
        rubric_version_id=_version_for(session, source, course_id),
        title=source.title,
        text=source.text,
        method=source.method,
        maximum=source.maximum,
        due_at=source.due_at if source.due_at and source.due_at > at else None,
        address=source.address,
        counting=source.counting,
        settings={
            **{
                name: value
                for name, value in source.settings.items()
                if name != AVAILABLE_FROM or (opens is not None and opens > at)
            },
            COPIED_FROM: [str(each) for each in (source.id, *ancestors(source))],
        },
    )
    session.add(copy)
    session.flush()
    skills = [each.competency_id for each in source.alignments]
    session.add_all(ActivityAlignment(activity_id=copy.id, competency_id=each) for each in skills)
    session.flush()
    session.refresh(copy, ["alignments", "rubric_version"])
    if placement_id is not None:
        place_activity(session, placement_id=placement_id, activity_id=copy.id)
    return Done(copy.id, tuple(ActivityTagged(at, copy.id, each, author_id) for each in skills))


def copy_activities(
    session: Session,
    *,
    source_ids: Sequence[UUID],
    course_id: UUID,
    author_id: UUID,
    at: datetime | None = None,
) -> Done[dict[UUID, UUID]]:
    """Copy these activities of other courses into this one; the copy of each."""
    copies: dict[UUID, UUID] = {}
    events: list[Event] = []
    for source_id in dict.fromkeys(source_ids):
        done = copy_activity(
            session, source_id=source_id, course_id=course_id, author_id=author_id, at=at
        )
        copies[source_id] = done.value
        events += done.events
    return Done(copies, tuple(events))


def take_over(
    session: Session,
    *,
    course_id: UUID,
    author_id: UUID,
    content: ActivityContent,
    new_id: UUID | None = None,
    at: datetime | None = None,
) -> Done[TakenOver]:
    """Make the activity of a file in this course; skills that are not known here are left out.

    `new_id`: as `write_activity`.
    """
    skills = _skills(session, content)
    ids = {file: row.id for file, row in skills.items()}
    identifiers = {file: row.identifier for file, row in skills.items()}
    found(session, Course, course_id, "course")
    rubric = _localised(content.rubric, identifiers)
    version_id = _version_of(session, course_id, rubric, {r.identifier: r for r in skills.values()})
    done = write_activity(
        session,
        course_id=course_id,
        author_id=author_id,
        draft=ActivityDraft(
            title=content.title,
            text=content.text,
            method=content.method,
            rubric_version_id=version_id,
            competency_ids=[ids[each] for each in content.skills if each in ids],
            maximum=content.maximum,
            address=content.address,
        ),
        new_id=new_id,
        at=at,
    )
    activity = found(session, Activity, done.value, "activity")
    activity.counting = content.counting
    activity.settings = _settings(content)
    session.flush()
    left_out = tuple(item.label for item in content.items if item.identifier not in skills)
    return Done(TakenOver(activity.id, left_out), done.events)


def _shown(session: Session, placement_id: UUID, course_id: UUID) -> UUID | None:
    locked(session, Placement, placement_id)
    placement = found(session, Placement, placement_id, "placement")
    session.refresh(placement, ["activity_id"])
    if placement.course_id != course_id:
        raise Refused("placement.other_course", "This link belongs to another course.")
    return placement.activity_id


def _version_for(session: Session, source: Activity, course_id: UUID) -> UUID:
    version = source.rubric_version
    if version.rubric.course_id in (None, course_id):
        return version.id
    skills = {
        each.competency.identifier: each.competency
        for criterion in version.criteria
        for each in criterion.alignments
    }
    return _version_of(session, course_id, rubric_content(version), skills)


def _version_of(
    session: Session, course_id: UUID, rubric: RubricContent, skills: Mapping[UUID, Competency]
) -> UUID:
    """An active version of the library or the course that is this very rubric, else a new one."""
    rows = session.scalars(
        select(RubricVersion)
        .join(Rubric, Rubric.id == RubricVersion.rubric_id)
        .where(
            RubricVersion.state == RubricState.ACTIVE,
            RubricVersion.title == rubric.title,
            or_(Rubric.course_id.is_(None), Rubric.course_id == course_id),
        )
        .order_by(RubricVersion.created_at, RubricVersion.id)
    )
    for row in rows:
        if replace(rubric_content(row), identifier=rubric.identifier) == rubric:
            return row.id
    taken = session.scalar(select(Rubric.id).where(Rubric.identifier == rubric.identifier))
    head = Rubric(identifier=uuid4() if taken else rubric.identifier, course_id=course_id)
    session.add(head)
    session.flush()
    version = RubricVersion(rubric_id=head.id, title=rubric.title, description=rubric.description)
    session.add(version)
    session.flush()
    session.add_all(
        _criterion(each, position, version.id, skills)
        for position, each in enumerate(rubric.criteria, start=1)
    )
    session.flush()
    session.refresh(version, ["criteria"])
    return version.id


def _criterion(
    content: CriterionContent, position: int, version_id: UUID, skills: Mapping[UUID, Competency]
) -> Criterion:
    return Criterion(
        version_id=version_id,
        identifier=content.identifier,
        position=position,
        title=content.title,
        description=content.description,
        weight=content.weight,
        levels=[
            Level(
                identifier=level.identifier,
                position=number,
                points=level.points,
                quality=level.quality,
                description=level.description,
                feedback=level.feedback,
            )
            for number, level in enumerate(content.levels, start=1)
        ],
        alignments=[
            CriterionAlignment(competency_id=skills[identifier].id, weight=weight)
            for identifier, weight in content.alignments
        ],
    )


def _skills(session: Session, content: ActivityContent) -> dict[UUID, Competency]:
    """This tenant's competency for each of the file's: the same URI, else the same identifier."""
    uris = [item.uri for item in content.items if item.uri]
    identifiers = [item.identifier for item in content.items]
    rows = session.scalars(
        select(Competency)
        .join(Framework, Framework.id == Competency.framework_id)
        .where(
            Competency.assessable,
            or_(Competency.uri.in_(uris), Competency.identifier.in_(identifiers)),
        )
        .order_by(Framework.created_at.desc(), Competency.id)
    ).all()
    by_uri = {row.uri: row for row in rows if row.uri}
    by_identifier = {row.identifier: row for row in rows}
    matches = {
        item.identifier: by_uri.get(item.uri or "") or by_identifier.get(item.identifier)
        for item in content.items
    }
    return {identifier: row for identifier, row in matches.items() if row is not None}


def _localised(rubric: RubricContent, identifiers: Mapping[UUID, UUID]) -> RubricContent:
    """The rubric with this tenant's identifiers of skills, without those that it does not have."""
    return replace(
        rubric,
        criteria=tuple(
            replace(
                criterion,
                alignments=tuple(
                    sorted(
                        {
                            identifiers[each]: weight
                            for each, weight in criterion.alignments
                            if each in identifiers
                        }.items()
                    )
                ),
            )
            for criterion in rubric.criteria
        ),
    )


def _settings(content: ActivityContent) -> dict[str, object]:
    """As the database keeps them: nothing that is as it is anyway."""
    settings: dict[str, object] = {}
    if content.attempts != 1:
        settings["attempts"] = content.attempts
    if content.weights:
        settings["assessor_weights"] = {
            name: str(weight) for name, weight in content.weights.items()
        }
    return settings
