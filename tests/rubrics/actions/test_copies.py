"""Activities that are taken over: from an earlier course, and by file into another school."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import func, select

from foundation.db import Database
from rubrics.actions import activities, copies, courses
from rubrics.errors import Refused
from rubrics.events import ActivityTagged
from rubrics.formats import activity_file
from rubrics.formats.activity_file import ActivityContent, SkillContent
from rubrics.queries.activities import activity_page, has_released, rubric_choices
from rubrics.queries.copies import activity_content, ancestors, copy_offers
from rubrics.tables.activities import Activity, Attempt
from rubrics.tables.frameworks import Competency, Framework
from rubrics.tables.rubrics import Rubric, RubricVersion
from rubrics.words import Counting, CourseRole
from tests.rubrics.formats.contents import EXAMPLE, contents
from tests.rubrics.make import School, at, rubric, school


@pytest.fixture
def made(db: Database) -> School:
    """A school where one learner has been assessed already."""
    found = school(db)
    found.assess(found.attempt(), 4, 3)
    return found


def _next_year(made: School) -> tuple[UUID, UUID, UUID]:
    """The copied course with its own instructor and a link: their ids."""
    with made.db.writing(made.tenant_id) as session:
        course_id = courses.new_course(session, "Skills 102").id
        placement_id = courses.new_placement(session, course_id, "Role-play").id
    return course_id, made.person("Paul Later", CourseRole.INSTRUCTOR, course_id), placement_id


def _copy(made: School, source_id: UUID, **where: Any) -> UUID:
    return made.do(lambda s: copies.copy_activity(s, source_id=source_id, at=at(0), **where))


def test_a_copy_has_everything_but_the_learners(made: School) -> None:
    course_id, paul, placement_id = _next_year(made)
    with made.db.writing(made.tenant_id) as session:
        source = session.get_one(Activity, made.activity_id)
        source.counting = Counting.BEST
        source.settings = {"attempts": 3, "assessor_weights": {"peer": "0.5"}}
        source.due_at = at(60)
    where = {"course_id": course_id, "author_id": paul, "placement_id": placement_id}
    copied, events = made.happen(
        lambda s: copies.copy_activity(s, source_id=made.activity_id, at=at(0), **where)
    )
    assert copied != made.activity_id
    tagged = [each for each in events if isinstance(each, ActivityTagged)]
    assert {(each.activity_id, each.competency_id) for each in tagged} == {
        (copied, made.soft_id),
        (copied, made.hard_id),
    }
    assert len(events) == 2
    page = made.read(lambda s: activity_page(s, placement_id))
    before = made.read(lambda s: activity_page(s, made.placement_id)).activity
    assert page.activity is not None
    assert before is not None
    assert page.activity == replace(before, id=copied, course_id=course_id)
    assert not made.read(lambda s: has_released(s, copied))
    with made.db.reading(made.tenant_id) as session:
        row = session.get_one(Activity, copied)
        assert (row.settings["attempts"], row.created_by_id) == (3, paul)
        assert row.settings["assessor_weights"] == {"peer": "0.5"}
        assert ancestors(row) == (made.activity_id,)
        where_worked = session.scalars(select(Attempt.placement_id)).all()
        assert where_worked == [made.placement_id]


def test_asking_twice_copies_once(made: School) -> None:
    course_id, paul, placement_id = _next_year(made)
    where = {"course_id": course_id, "author_id": paul, "placement_id": placement_id}
    assert _copy(made, made.activity_id, **where) == _copy(made, made.activity_id, **where)
    with made.db.reading(made.tenant_id) as session:
        count = select(func.count()).select_from(Activity).where(Activity.course_id == course_id)
        assert session.scalar(count) == 1


def test_a_past_due_date_stays_behind(made: School) -> None:
    course_id, paul, _ = _next_year(made)
    with made.db.writing(made.tenant_id) as session:
        session.get_one(Activity, made.activity_id).due_at = at(0) - timedelta(days=1)
    copied = _copy(made, made.activity_id, course_id=course_id, author_id=paul)
    with made.db.reading(made.tenant_id) as session:
        assert session.get_one(Activity, copied).due_at is None


def test_a_copy_of_a_copy_knows_where_it_began(made: School) -> None:
    first, paul, _ = _next_year(made)
    second, later, _ = _next_year(made)
    copied = _copy(made, made.activity_id, course_id=first, author_id=paul)
    again = _copy(made, copied, course_id=second, author_id=later)
    with made.db.reading(made.tenant_id) as session:
        assert ancestors(session.get_one(Activity, again)) == (copied, made.activity_id)


def test_editing_the_copy_leaves_the_source_alone(made: School) -> None:
    course_id, paul, _ = _next_year(made)
    copied = _copy(made, made.activity_id, course_id=course_id, author_id=paul)
    edit: dict[str, Any] = {"course_id": course_id, "author_id": paul}
    made.do(
        lambda s: activities.write_activity(
            s, draft=made.draft(title="Mine"), activity_id=copied, **edit
        )
    )
    with pytest.raises(Refused, match="another course"):
        made.do(
            lambda s: activities.write_activity(
                s, draft=made.draft(title="Mine"), activity_id=made.activity_id, **edit
            )
        )
    with made.db.reading(made.tenant_id) as session:
        assert session.get_one(Activity, made.activity_id).title == "Handle an upset client"


def _written(made: School, title: str, rubric_version_id: UUID) -> UUID:
    draft = made.draft(title=title, rubric_version_id=rubric_version_id)
    where: dict[str, Any] = {"course_id": made.course_id, "author_id": made.instructor_id}
    return made.do(lambda s: activities.write_activity(s, draft=draft, **where))


def test_a_rubric_of_the_source_s_own_is_made_again_once(made: School) -> None:
    with made.db.writing(made.tenant_id) as session:
        own = rubric(session, made, course_id=made.course_id, title="Our own")
    sources = [_written(made, title, own) for title in ("One", "Two")]
    course_id, paul, _ = _next_year(made)
    copied = [_copy(made, each, course_id=course_id, author_id=paul) for each in sources]
    with made.db.reading(made.tenant_id) as session:
        one, two = (session.get_one(Activity, each) for each in copied)
        assert one.rubric_version_id == two.rubric_version_id != own
        assert one.rubric_version.rubric.course_id == course_id
        offered = {each.version_id for each in rubric_choices(session, course_id)}
        assert one.rubric_version_id in offered
        ours = activity_content(session, sources[0], made.course_id)
        theirs = activity_content(session, copied[0], course_id)
    assert replace(theirs.rubric, identifier=ours.rubric.identifier) == ours.rubric


def test_the_link_of_another_course_is_refused(made: School) -> None:
    course_id, paul, _ = _next_year(made)
    _, _, elsewhere = _next_year(made)
    with pytest.raises(Refused) as refused:
        _copy(made, made.activity_id, course_id=course_id, author_id=paul, placement_id=elsewhere)
    assert refused.value.code == "placement.other_course"


def test_offers_keep_their_order_and_name_their_course(made: School) -> None:
    course_id, paul, _ = _next_year(made)
    copied = _copy(made, made.activity_id, course_id=course_id, author_id=paul)
    offers = made.read(lambda s: copy_offers(s, [copied, uuid4(), made.activity_id]))
    assert [(each.activity.id, each.course_title) for each in offers] == [
        (copied, "Skills 102"),
        (made.activity_id, "Skills 101"),
    ]


def _take_over(made: School, content: ActivityContent) -> copies.TakenOver:
    return made.do(
        lambda s: copies.take_over(
            s, course_id=made.course_id, author_id=made.instructor_id, content=content
        )
    )


def _give_skills(made: School, content: ActivityContent) -> None:
    """This school has every skill of the file."""
    with made.db.writing(made.tenant_id) as session:
        known = session.scalars(select(Competency)).first()
        assert known is not None
        framework = Framework(
            identifier=uuid4(), scale_id=known.framework.scale_id, title="Theirs", creator="T"
        )
        session.add(framework)
        session.flush()
        session.add_all(
            Competency(
                framework_id=framework.id,
                identifier=item.identifier,
                uri=item.uri,
                full_statement=item.statement,
                label=item.label,
            )
            for item in content.items
        )


def _content_of(made: School, activity_id: UUID) -> ActivityContent:
    return made.read(lambda s: activity_content(s, activity_id, made.course_id))


def test_into_another_school_and_out_again(made: School) -> None:
    """What was written there, downloaded, taken over here, and downloaded again is the same."""
    there = school(made.db, name="South School")
    _give_skills(there, EXAMPLE)
    begun = _take_over(there, EXAMPLE)
    file = activity_file.write(_content_of(there, begun.activity_id))
    assert activity_file.read(file) == EXAMPLE
    _give_skills(made, EXAMPLE)
    taken = _take_over(made, activity_file.read(file))
    assert taken.left_out == ()
    assert activity_file.write(_content_of(made, taken.activity_id)) == file
    with made.db.reading(made.tenant_id) as session:
        assert session.get_one(Activity, taken.activity_id).settings == {
            "attempts": 2,
            "assessor_weights": {"peer": "0.5"},
        }


@given(content=contents())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_activity_goes_in_and_out(made: School, content: ActivityContent) -> None:
    content = replace(content, items=(), skills=())
    criteria = tuple(replace(each, alignments=()) for each in content.rubric.criteria)
    rubric = replace(content.rubric, identifier=uuid4(), criteria=criteria)
    content = replace(content, rubric=rubric)
    taken = _take_over(made, activity_file.read(activity_file.write(content)))
    found = _content_of(made, taken.activity_id)
    # The same rubric may be there from an example before, under the identifier of then.
    rubric = replace(found.rubric, identifier=rubric.identifier)
    assert replace(found, rubric=rubric) == content


def test_the_same_rubric_is_used_again(made: School) -> None:
    first, second = _take_over(made, EXAMPLE), _take_over(made, EXAMPLE)
    other = _take_over(made, replace(EXAMPLE, rubric=replace(EXAMPLE.rubric, description="New")))
    with made.db.reading(made.tenant_id) as session:
        one, two, three = (
            session.get_one(Activity, each.activity_id) for each in (first, second, other)
        )
        assert one.id != two.id
        assert one.rubric_version_id == two.rubric_version_id != three.rubric_version_id
        assert (
            session.scalar(
                select(func.count())
                .select_from(RubricVersion)
                .where(RubricVersion.title == "Calls")
            )
            == 2
        )
        assert three.rubric_version.rubric.identifier != EXAMPLE.rubric.identifier
        assert one.rubric_version.rubric.identifier == EXAMPLE.rubric.identifier


def test_the_rubric_of_another_course_is_not_touched(made: School) -> None:
    mine = _take_over(made, EXAMPLE)
    course_id, paul, _ = _next_year(made)
    theirs = made.do(
        lambda s: copies.take_over(s, course_id=course_id, author_id=paul, content=EXAMPLE)
    )
    with made.db.reading(made.tenant_id) as session:
        rows = [session.get_one(Activity, each.activity_id) for each in (mine, theirs)]
        assert [row.rubric_version.rubric.course_id for row in rows] == [made.course_id, course_id]
        assert (
            session.scalar(
                select(func.count()).select_from(Rubric).where(Rubric.course_id.is_not(None))
            )
            == 2
        )


def test_skills_are_known_by_uri_or_identifier_and_others_named(made: School) -> None:
    with made.db.writing(made.tenant_id) as session:
        by_uri = session.get_one(Competency, made.soft_id)
        by_uri.uri = "https://skills.example/listening"
        product = session.get_one(Competency, made.hard_id).identifier
    (criterion,) = EXAMPLE.rubric.criteria
    unknown = SkillContent(uuid4(), None, "Juggling", "Keeps three balls in the air.")
    items = (*EXAMPLE.items, SkillContent(product, None, "Product", ""), unknown)
    ids = tuple(item.identifier for item in items)
    every = replace(criterion, alignments=tuple((each, Decimal(1)) for each in ids))
    content = replace(
        EXAMPLE, items=items, skills=ids, rubric=replace(EXAMPLE.rubric, criteria=(every,))
    )
    taken = _take_over(made, content)
    assert taken.left_out == ("Juggling",)
    with made.db.reading(made.tenant_id) as session:
        row = session.get_one(Activity, taken.activity_id)
        assert {each.competency_id for each in row.alignments} == {made.soft_id, made.hard_id}
        (read,) = row.rubric_version.criteria
        assert {each.competency_id for each in read.alignments} == {made.soft_id, made.hard_id}
        assert session.scalar(select(func.count()).select_from(Competency)) == 2


def test_two_skills_of_the_file_that_are_one_here_are_one(made: School) -> None:
    with made.db.writing(made.tenant_id) as session:
        soft = session.get_one(Competency, made.soft_id)
        soft.uri, identifier = "https://skills.example/listening", soft.identifier
    (criterion,) = EXAMPLE.rubric.criteria
    items = (*EXAMPLE.items, SkillContent(identifier, None, "The same", ""))
    ids = tuple(item.identifier for item in items)
    both = replace(criterion, alignments=tuple((each, Decimal(1)) for each in ids))
    content = replace(
        EXAMPLE, items=items, skills=ids, rubric=replace(EXAMPLE.rubric, criteria=(both,))
    )
    taken = _take_over(made, content)
    assert taken.left_out == ()
    assert _content_of(made, taken.activity_id).skills == (identifier,)


def test_what_the_domain_refuses_leaves_nothing_behind(made: School) -> None:
    with pytest.raises(Refused) as refused:
        _take_over(made, replace(EXAMPLE, address="javascript:alert(1)"))
    assert refused.value.code == "activity.address"
    with made.db.reading(made.tenant_id) as session:
        assert (
            session.scalar(select(RubricVersion.id).where(RubricVersion.title == "Calls")) is None
        )


def test_only_an_activity_of_the_course_can_be_downloaded(made: School) -> None:
    course_id, _, _ = _next_year(made)
    with pytest.raises(Refused) as refused:
        made.read(lambda s: activity_content(s, made.activity_id, course_id))
    assert refused.value.code == "activity.other_course"
