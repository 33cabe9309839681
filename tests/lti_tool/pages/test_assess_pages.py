"""What instructors and assistants see and do: the class, the draft, release, change."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_tool.delivery.tables import DeliveryState, GradeDelivery
from rubrics.actions import people, releases
from rubrics.words import CourseRole
from tests.lti_tool.ags.fake_lms import FakeLms
from tests.lti_tool.delivery.house import link
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import School, Visit
from tests.rubrics.make import School as AnySchool


def _form(school: School, position: int, version: int = 1, **more: str) -> dict[str, object]:
    levels = {f"level-{row.id}": str(row.levels[position - 1].id) for row in school.rubric.criteria}
    return {"version": str(version), "do": "save", **levels, **more}


def _release(school: School, person_id: UUID, position: int = 3) -> None:
    draft, version = school.rate(person_id, position)
    school.write(
        lambda s: releases.release(
            s, assessment_id=draft, assessor_id=school.instructor_id, expected_version=version
        )
    )


def test_the_class_list_shows_who_waits(instructor: Browser, school: School) -> None:
    school.hand_in(school.learner_ids[0], "words")
    _release(school, school.learner_ids[1])
    text = instructor.get("class").get_data(as_text=True)
    assert "All (3)" in text
    assert "Waiting for you (1)" in text
    assert "Released (1)" in text
    assert "Dana &lt;b&gt;Bold&lt;/b&gt;" in text
    assert "66.67" in text
    waiting = instructor.get("class?show=waiting").get_data(as_text=True)
    assert "Ana Álvarez" in waiting
    assert "Chen Wei" not in waiting


def test_an_unknown_filter_shows_all(instructor: Browser) -> None:
    assert instructor.get("class?show=%27x").status_code == 200


def test_each_criterion_is_a_group_of_radio_buttons_with_its_level_texts(
    instructor: Browser, school: School
) -> None:
    text = instructor.get(f"class/{school.learner_ids[0]}").get_data(as_text=True)
    assert text.count("<fieldset") == len(school.rubric.criteria)
    assert text.count("<legend>") == len(school.rubric.criteria)
    assert text.count('type="radio"') == 5 * len(school.rubric.criteria)
    assert " checked>" not in text.split("data-keys-switch")[0]
    assert "of 3</span>" in text


def test_looking_writes_nothing(instructor: Browser, school: School) -> None:
    instructor.get(f"class/{school.learner_ids[0]}")
    assert school.draft_of(school.learner_ids[0]) is None


def test_saving_keeps_levels_comments_and_not_observed(instructor: Browser, school: School) -> None:
    person = school.learner_ids[0]
    first, second = school.rubric.criteria[:2]
    form = {
        "version": "1",
        "do": "save",
        f"level-{first.id}": str(first.levels[3].id),
        f"comment-{first.id}": "Quoted <i>her</i> words",
        f"level-{second.id}": "not-observed",
        "comment": "On the whole",
    }
    answer = instructor.post(f"class/{person}/save", form)
    assert answer.status_code == 303
    draft = school.draft_of(person)
    assert draft.criteria[0].level.position == 4
    assert draft.criteria[1].not_observed
    assert not draft.criteria[2].rated
    text = instructor.get(f"class/{person}").get_data(as_text=True)
    assert "Quoted &lt;i&gt;her&lt;/i&gt; words" in text
    assert "2 of 5 rated" in text


def test_autosave_gives_the_new_version_and_refuses_an_old_one(
    instructor: Browser, school: School
) -> None:
    path = f"class/{school.learner_ids[0]}/draft"
    first = instructor.post(path, _form(school, 2))
    assert first.get_json() == {"version": 2}
    stale = instructor.post(path, _form(school, 4))
    assert stale.status_code == 409
    assert stale.get_json()["code"] == "assessment.stale"
    assert school.draft_of(school.learner_ids[0]).criteria[0].level.position == 2


def test_two_windows_lose_nothing(instructor: Browser, school: School) -> None:
    person = school.learner_ids[0]
    instructor.post(f"class/{person}/save", _form(school, 2, comment="the first window"))
    answer = instructor.post(f"class/{person}/save", _form(school, 4, comment="the second one"))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "changed in another window" in text
    assert "the second one</textarea>" in text
    assert school.draft_of(person).comment == "the first window"
    assert 'name="version" value="2"' in text
    instructor.post(f"class/{person}/save", _form(school, 4, version=2, comment="the second one"))
    assert school.draft_of(person).comment == "the second one"


def test_a_level_of_nowhere_is_refused_and_the_comment_kept(
    instructor: Browser, school: School
) -> None:
    person = school.learner_ids[0]
    form = _form(school, 2, comment="Still here")
    form[f"level-{school.rubric.criteria[0].id}"] = str(school.activity_id)
    answer = instructor.post(f"class/{person}/save", form)
    assert answer.status_code == 400
    assert "Still here</textarea>" in answer.get_data(as_text=True)
    assert school.draft_of(person) is None


def test_release_needs_every_criterion_and_names_those_that_lack_an_answer(
    instructor: Browser, school: School
) -> None:
    person, criterion = school.learner_ids[0], school.rubric.criteria[4]
    form = _form(school, 3)
    form["do"] = "release"
    del form[f"level-{criterion.id}"]
    answer = instructor.post(f"class/{person}/save", form)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Your draft is saved" in text
    assert f'href="#level-{criterion.id}"' in text
    assert school.draft_of(person).rated == 4
    assert instructor.get(f"class/{person}/release").status_code == 303


def test_release_says_what_it_will_do_and_does_it(
    instructor: Browser, learner: Browser, school: School
) -> None:
    person = school.learner_ids[0]
    answer = instructor.post(f"class/{person}/save", {**_form(school, 3), "do": "release"})
    assert answer.location.endswith(f"class/{person}/release")
    asked = instructor.get(f"class/{person}/release").get_data(as_text=True)
    assert "Release the assessment of Ana Álvarez?" in asked
    assert "gets 66.67 of 100" in asked
    assert "Your result" not in learner.get("activity").get_data(as_text=True)
    draft = school.draft_of(person)
    seen = {"assessment": str(draft.id), "version": str(draft.version)}
    assert instructor.post(f"class/{person}/release", seen).status_code == 303
    text = instructor.get(f"class/{person}").get_data(as_text=True)
    assert "Change this grade" in text
    assert 'class="score">66.67</span>' in text
    assert "Your result" in learner.get("activity").get_data(as_text=True)


def test_release_of_what_was_not_seen_is_asked_again(instructor: Browser, school: School) -> None:
    person = school.learner_ids[0]
    draft, version = school.rate(person, 3)
    school.rate(person, 1)
    answer = instructor.post(
        f"class/{person}/release", {"assessment": str(draft), "version": str(version)}
    )
    assert answer.status_code == 409
    assert "changed in another window" in answer.get_data(as_text=True)
    assert school.draft_of(person) is not None


def test_nothing_observed_gives_no_score_and_says_so(instructor: Browser, school: School) -> None:
    person = school.learner_ids[0]
    form: dict[str, object] = {f"level-{row.id}": "not-observed" for row in school.rubric.criteria}
    instructor.post(f"class/{person}/save", {**form, "version": "1", "do": "release"})
    text = instructor.get(f"class/{person}/release").get_data(as_text=True)
    assert "there is no score and the gradebook stays as it is" in text


def test_a_released_grade_can_be_changed(instructor: Browser, school: School) -> None:
    person = school.learner_ids[0]
    _release(school, person, 3)
    shown = instructor.get(f"class/{person}").get_data(as_text=True)
    assert 'type="radio"' not in shown
    changing = instructor.get(f"class/{person}?change=1").get_data(as_text=True)
    assert changing.count(" checked>") >= len(school.rubric.criteria)
    instructor.post(f"class/{person}/save", {**_form(school, 4), "do": "release"})
    asked = instructor.get(f"class/{person}/release").get_data(as_text=True)
    assert "It replaces what you released before" in asked
    draft = school.draft_of(person)
    instructor.post(
        f"class/{person}/release", {"assessment": str(draft.id), "version": str(draft.version)}
    )
    assert 'class="score">100</span>' in instructor.get(f"class/{person}").get_data(as_text=True)


def test_an_assistant_may_assess(school: School, browse: Callable[[Visit], Browser]) -> None:
    assistant = browse(school.visit(school.assistant_id, CourseRole.ASSISTANT))
    answer = assistant.post(f"class/{school.learner_ids[0]}/save", _form(school, 2))
    assert answer.status_code == 303


def test_switched_off_keys_stay_off(instructor: Browser, school: School) -> None:
    path = instructor.visit.path(f"class/{school.learner_ids[0]}")
    cookie = f"__Host-twofold={instructor.visit.secret}; __Host-tf-keys=off"
    text = instructor.client.get(path, headers={"Cookie": cookie}).get_data(as_text=True)
    assert 'data-keys="off"' in text
    assert 'data-keys="on"' in instructor.get(f"class/{school.learner_ids[0]}").get_data(
        as_text=True
    )


def test_nobody_in_class_is_explained(school: School, instructor: Browser) -> None:
    def leave(session: Any) -> None:
        for person in school.learner_ids:
            people.enrol(session, school.course_id, person, CourseRole.ASSISTANT)

    school.write(leave)
    assert "Nobody here yet" in instructor.get("class").get_data(as_text=True)


def _grade(school: School, person_id: UUID, state: DeliveryState) -> None:
    lms = FakeLms(1)
    registration_id, link_id = link(cast(AnySchool, school), lms.registration(), lms)
    with school.db.writing(school.tenant_id) as session:
        session.add(
            GradeDelivery(
                resource_link_pk=link_id,
                registration_id=registration_id,
                person_id=person_id,
                points=50,
                maximum=100,
                state=state,
            )
        )


@pytest.mark.parametrize(
    ("state", "listed"), [(DeliveryState.DELIVERED, False), (DeliveryState.REFUSED, True)]
)
def test_a_grade_is_sent_again_also_where_the_gradebook_had_it(
    instructor: Browser, school: School, state: DeliveryState, listed: bool
) -> None:
    person = school.learner_ids[0]
    _release(school, person)
    _grade(school, person, state)
    button = f'action="{instructor.visit.path(f"class/{person}/send")}"'
    assert (button in instructor.get("class").text) is listed
    page = instructor.get(f"class/{person}").text
    assert button in page
    assert "Send again" in page
    assert instructor.post(f"class/{person}/send").status_code == 303
    with school.db.reading(school.tenant_id) as session:
        row = session.scalars(select(GradeDelivery)).one()
    assert row.state is DeliveryState.WAITING
    assert button not in instructor.get(f"class/{person}").text


def test_all_again_leaves_what_the_gradebook_has(instructor: Browser, school: School) -> None:
    _grade(school, school.learner_ids[0], DeliveryState.DELIVERED)
    assert instructor.post("class/send").status_code == 303
    with school.db.reading(school.tenant_id) as session:
        row = session.scalars(select(GradeDelivery)).one()
    assert row.state is DeliveryState.DELIVERED
