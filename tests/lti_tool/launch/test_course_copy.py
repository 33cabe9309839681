"""Links and courses that were copied: what is offered, to whom, and what never is."""

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.app import create_app
from lti_tool.launch.history import ids_of
from lti_tool.platforms.tables import DeploymentPolicy, LtiContext, ResourceLink
from rubrics.tables.activities import Activity, Placement
from tests.lti_tool.launch.activities import activity_of
from tests.lti_tool.launch_app import launch_services
from tests.lti_tool.platform import INSTRUCTOR, LEARNER, KeySets, SignedPlatform

UNREPLACED = {
    "resource_link_history": "$ResourceLink.id.history",
    "context_history": "$Context.id.history",
}


@pytest.fixture
def app(db: Database, keys: KeySets) -> Flask:
    """The whole application, with key sets of the tests."""
    return create_app(launch_services(db, keys))


def _course(db: Database, context: str) -> UUID:
    """The course of a context."""
    with db.reading(EVERY_TENANT) as session:
        rows = select(LtiContext).where(LtiContext.context_id == context)
        return session.scalars(rows.order_by(LtiContext.created_at)).one().course_id


def _source(
    client: FlaskClient, platform: SignedPlatform, db: Database, context: str, link: str
) -> UUID:
    """An activity at this link of this course; its id."""
    platform.launch(client, context=context, link=link, roles=[INSTRUCTOR])
    activity = activity_of(db, str(_course(db, context)))
    hint = {"twofold_activity": str(activity)}
    platform.launch(client, context=context, link=link, roles=[INSTRUCTOR], custom=hint)
    return activity


def _name(db: Database, activity: UUID, title: str) -> UUID:
    with db.writing(EVERY_TENANT) as session:
        session.get_one(Activity, activity).title = title
    return activity


def _offered(db: Database) -> dict[str, list[str]] | None:
    """What the newest launch may copy."""
    with db.reading(EVERY_TENANT) as session:
        newest = select(LaunchHandle).order_by(LaunchHandle.created_at.desc()).limit(1)
        return session.scalars(newest).one().copied_from


def _post(client: FlaskClient, address: str, rest: str) -> TestResponse:
    page = client.get(f"{address}help").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return client.post(f"{address}{rest}", data={"csrf_token": token.group(1)})


def test_one_click_makes_the_copy_and_shows_it(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    source = _name(db, _source(client, platform, db, "old", "1"), "Calm a <b>client</b>")
    custom = {"twofold_activity": str(source), "context_history": "old"}
    learner = platform.launch(client, context="new", link="2", sub="7", custom=custom)
    page = client.get(learner, follow_redirects=True)
    assert "Your instructor has not set this up yet" in page.text
    assert "Calm" not in page.text
    assert client.get(f"{learner}choose").status_code == 403
    address = platform.launch(client, context="new", link="2", roles=[INSTRUCTOR], custom=custom)
    page = client.get(address, follow_redirects=True)
    assert page.request.path == f"{address}choose"
    assert (
        "This looks like a copy of “Calm a &lt;b&gt;client&lt;/b&gt;” in course “Course old”"
        in page.text
    )
    assert f"choose/copy/{source}" in page.text
    done = _post(client, address, f"choose/copy/{source}")
    assert done.status_code == 303
    assert "/class" in done.location
    assert client.get(done.location).status_code == 200
    with db.reading(EVERY_TENANT) as session:
        copy = session.scalars(
            select(Activity).where(Activity.course_id == _course(db, "new"))
        ).one()
        placed = session.scalars(
            select(Placement.activity_id).where(Placement.course_id == _course(db, "new"))
        ).all()
        assert (copy.title, placed) == ("Calm a <b>client</b>", [copy.id])
        assert copy.id != source
    assert _post(client, address, f"choose/copy/{source}").status_code == 303
    with db.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(Activity)) == 2
    platform.launch(client, context="new", link="2", roles=[INSTRUCTOR], custom=custom)
    assert _offered(db) is None, "the link has its activity now"


def test_the_whole_chain_counts_nearest_first(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    oldest = _source(client, platform, db, "year,1", "a,b, c")
    older = _source(client, platform, db, "year,2", "l2")
    other = activity_of(db, str(_course(db, "year,2")))
    custom = {
        "resource_link_history": "gone,l2,a%2Cb%2C%20c",
        "context_history": "unknown, year%2C2 ,year%2C1",
    }
    platform.launch(client, context="year,3", link="l3", roles=[INSTRUCTOR], custom=custom)
    assert _offered(db) == {"link": [str(older), str(oldest)], "course": [str(other)]}


def test_an_edited_copy_comes_before_the_first_one_where_only_courses_are_known(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    """Moodle names no links: the activity of deep linking is followed through its copies."""
    first = _source(client, platform, db, "1", "10")
    custom = {"twofold_activity": str(first), "context_history": "1"} | {
        "resource_link_history": "$ResourceLink.id.history"
    }
    address = platform.launch(client, context="2", link="20", roles=[INSTRUCTOR], custom=custom)
    _post(client, address, f"choose/copy/{first}")
    with db.reading(EVERY_TENANT) as session:
        copy = session.scalars(
            select(Activity.id).where(Activity.course_id == _course(db, "2"))
        ).one()
    custom["context_history"] = "2,1"
    platform.launch(client, context="3", link="30", roles=[INSTRUCTOR], custom=custom)
    assert _offered(db) == {"link": [str(copy), str(first)], "course": []}


@pytest.mark.parametrize(
    "custom",
    [
        {},
        UNREPLACED,
        {"resource_link_history": "", "context_history": ""},
        {"resource_link_history": "%00,%ED%A0%80x"},
        {"context_history": "x" * 300 + "," + "%" * 50},
        {"context_history": ",".join(["nowhere"] * 1_000)},
        {"context_history": "new"},
        {"twofold_activity": "../../etc"},
        {"twofold_activity": "00000000-0000-4000-8000-000000000001"},
    ],
)
def test_without_a_known_history_nothing_is_offered(
    custom: dict[str, str], client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    source = _source(client, platform, db, "old", "1")
    address = platform.launch(client, context="new", link="2", roles=[INSTRUCTOR], custom=custom)
    assert _offered(db) is None
    assert client.get(f"{address}choose").location.endswith("/choose/new")
    assert _post(client, address, f"choose/copy/{source}").status_code == 404


def test_only_what_this_very_launch_said_can_be_copied(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    source = _source(client, platform, db, "old", "1")
    other = _source(client, platform, db, "elsewhere", "9")
    said = {"resource_link_history": "1"}
    first = platform.launch(client, context="new", link="2", roles=[INSTRUCTOR], custom=said)
    second = platform.launch(client, context="new", link="3", roles=[INSTRUCTOR])
    assert _post(client, second, f"choose/copy/{source}").status_code == 404
    assert _post(client, first, f"choose/copy/{other}").status_code == 404
    assert client.get(f"{first}choose/{source}").status_code == 404
    assert client.get(f"{first}choose/{source}/change").status_code == 404
    assert client.get(f"{first}choose/{source}/file").status_code == 404
    assert _post(client, first, f"choose/{source}/add").status_code == 404
    assert _post(client, first, f"choose/copy/{source}").status_code == 303


def test_deep_linking_in_a_copied_course_offers_its_activities(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    source = _source(client, platform, db, "old", "1")
    address = platform.launch(
        client,
        context="new",
        roles=[INSTRUCTOR],
        deep_linking={},
        custom={"context_history": "old"},
    )
    page = client.get(address, follow_redirects=True).text
    assert "From the course that this one is a copy of" in page
    done = _post(client, address, f"choose/copy/{source}")
    assert done.status_code == 303
    preview = client.get(done.location).text
    assert "Add to course" in preview
    with db.reading(EVERY_TENANT) as session:
        copy = session.scalars(
            select(Activity.id).where(Activity.course_id == _course(db, "new"))
        ).one()
    assert done.location.endswith(f"/choose/{copy}")


def _ticked(page: TestResponse) -> list[str]:
    return re.findall(r'name="activity" value="([^"]+)" checked', page.text)


def _post_form(client: FlaskClient, page: TestResponse, activities: list[str]) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    data = {"csrf_token": token.group(1), "activity": activities}
    return client.post(page.request.path, data=data)


def _shown(db: Database, link: str, context: str = "new") -> UUID | None:
    """What the link of the course shows."""
    with db.reading(EVERY_TENANT) as session:
        found: UUID | None = session.scalar(
            select(Placement.activity_id)
            .join(ResourceLink, ResourceLink.placement_id == Placement.id)
            .join(LtiContext, LtiContext.id == ResourceLink.context_pk)
            .where(ResourceLink.resource_link_id == link, LtiContext.context_id == context)
        )
        return found


def test_a_whole_course_at_once(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    """All of them by one button; each copied link shows its copy when somebody opens it."""
    first, second = (_source(client, platform, db, "old", link) for link in ("1", "2"))
    unplaced = activity_of(db, str(_course(db, "old")))
    custom = {"context_history": "old", "resource_link_history": "1"}
    address = platform.launch(client, context="new", link="11", roles=[INSTRUCTOR], custom=custom)
    page = client.get(address, follow_redirects=True)
    assert page.request.path == f"{address}choose/course"
    assert "Nothing that learners did comes along" in page.text
    assert _ticked(page) == [str(first), str(second), str(unplaced)]
    done = _post_form(client, page, [str(first), str(second)])
    assert "/class" in done.location
    again = _post_form(client, page, [str(first), str(second)])
    assert again.status_code == 303
    with db.reading(EVERY_TENANT) as session:
        copies = session.scalars(
            select(Activity).where(Activity.course_id == _course(db, "new"))
        ).all()
        by_source = {each.settings["copied_from"][0]: each.id for each in copies}
    assert set(by_source) == {str(first), str(second)}
    assert _shown(db, "11") == by_source[str(first)]
    # A learner is the first to open the other link.
    history = custom | {"resource_link_history": "2"}
    platform.launch(client, context="new", link="12", sub="7", custom=history)
    assert _shown(db, "12") == by_source[str(second)]
    # What was left out is still offered, one by one; nobody is asked again.
    address = platform.launch(
        client,
        context="new",
        link="13",
        lineitem="https://lms.example/new/13",
        roles=[INSTRUCTOR],
        custom={"context_history": "old"},
    )
    page = client.get(address, follow_redirects=True)
    assert page.request.path == f"{address}choose"
    assert _ticked(client.get(f"{address}choose/course")) == [str(unplaced)]


def test_only_what_the_launch_named_is_taken_over(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    _source(client, platform, db, "old", "1")
    activity_of(db, str(_course(db, "old")))
    foreign = _source(client, platform, db, "elsewhere", "9")
    address = platform.launch(
        client, context="new", link="2", roles=[INSTRUCTOR], custom={"context_history": "old"}
    )
    page = client.get(f"{address}choose/course")
    assert _post_form(client, page, [str(foreign), "x"]).status_code == 303
    with db.reading(EVERY_TENANT) as session:
        count = select(func.count()).select_from(Activity)
        assert session.scalar(count.where(Activity.course_id == _course(db, "new"))) == 0


def test_copying_twice_in_deep_linking_makes_one(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    source = _source(client, platform, db, "old", "1")
    said = {"context_history": "old"}
    address = platform.launch(
        client, context="new", roles=[INSTRUCTOR], deep_linking={}, custom=said
    )
    places = {_post(client, address, f"choose/copy/{source}").location for _ in range(2)}
    assert len(places) == 1


def _another_registration(platform: SignedPlatform) -> tuple[SignedPlatform, bool]:
    return SignedPlatform(client_id="south"), False


def _another_tenant_of_one_registration(platform: SignedPlatform) -> tuple[SignedPlatform, bool]:
    return replace(platform, deployment_id="south"), True


@pytest.mark.parametrize("other", [_another_registration, _another_tenant_of_one_registration])
def test_another_school_s_history_opens_nothing(
    other: Callable[[SignedPlatform], tuple[SignedPlatform, bool]],
    app: Flask,
    db: Database,
    keys: KeySets,
) -> None:
    north = SignedPlatform(client_id="north").register(
        db, keys, tenant_name="North", policy=DeploymentPolicy.EACH
    )
    a, b = app.test_client(), app.test_client()
    source = _source(a, north, db, "old", "1")
    south, _ = other(north)
    south.register(db, keys, tenant_name="South", policy=DeploymentPolicy.EACH)
    custom = {
        "twofold_activity": str(source),
        "resource_link_history": "1",
        "context_history": "old",
    }
    address = south.launch(b, context="new", link="2", roles=[INSTRUCTOR], custom=custom)
    assert _offered(db) is None
    assert _post(b, address, f"choose/copy/{source}").status_code == 404
    north.launch(a, context="new", link="2", roles=[INSTRUCTOR], custom=custom)
    assert _offered(db) == {"link": [str(source)], "course": []}


def test_a_learner_never_copies(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    source = _source(client, platform, db, "old", "1")
    said = {"resource_link_history": "1"}
    address = platform.launch(client, context="new", link="2", roles=[LEARNER], custom=said)
    assert _post(client, address, f"choose/copy/{source}").status_code == 403
    assert _post(client, address, "choose/file").status_code == 403


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ()),
        ("", ()),
        ("a", ("a",)),
        ("a,b,a", ("a", "b")),
        (" a , b%2Cc ,,", ("a", "b,c")),
        ("$Context.id.history", ()),
        ("%24Context.id.history,x", ("x",)),
        ("%00,%0a,ok", ("ok",)),
        ("ü%C3%BC%20z", ("üü z",)),
        ("x" * 255 + "," + "x" * 256, ("x" * 255,)),
        (",".join(str(number) for number in range(99)), tuple(str(n) for n in range(50))),
    ],
)
def test_ids_of_a_history(value: str | None, expected: tuple[str, ...]) -> None:
    assert ids_of(value) == expected
