"""What a new tenant gets: complete, once, and its own."""

from functools import partial

from sqlalchemy import func, select, update

from foundation.db import EVERY_TENANT, Database
from rubrics.actions.packs import install_packs
from rubrics.packs.loader import load_packs
from rubrics.queries.activities import competency_choices, rubric_choices
from rubrics.tables.frameworks import Competency, ProficiencyLevel
from rubrics.tables.rubrics import Level, Rubric
from tests.rubrics.make import school


def _counts(db: Database) -> tuple[int, ...]:
    with db.reading(EVERY_TENANT) as session:
        tables = (Competency, ProficiencyLevel, Rubric, Level)
        return tuple(session.scalar(select(func.count()).select_from(t)) or 0 for t in tables)


def test_installing_again_changes_nothing(db: Database) -> None:
    made = school(db, learners=0)
    made.do(install_packs)
    installed = _counts(db)
    with db.writing(made.tenant_id) as session:
        session.execute(update(Competency).values(label="Renamed"))
    made.do(install_packs)
    assert _counts(db) == installed
    labels = {view.label for view in made.read(competency_choices)}
    assert labels == {"Renamed"}


def test_rubrics_are_whole_and_every_tenant_has_its_own(db: Database) -> None:
    north, south = school(db, learners=0), school(db, learners=0, name="South School")
    for made in (north, south):
        made.do(install_packs)
        shipped = {pack.title: pack for pack in load_packs().rubrics}
        views = {v.title: v for v in made.read(partial(rubric_choices, course_id=made.course_id))}
        for title, pack in shipped.items():
            criteria = views[title].criteria
            assert [c.title for c in criteria] == [c.title for c in pack.criteria]
            for criterion, packed in zip(criteria, pack.criteria, strict=True):
                assert [level.points for level in criterion.levels] == [
                    level.points for level in packed.levels
                ]
                assert len(criterion.alignments) == len(packed.alignments) > 0
