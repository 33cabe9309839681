"""The class list of one section or group: chosen without a script, kept in the pages' links."""

import re
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import pytest

from foundation.db import Database
from rubrics.actions import courses, people
from rubrics.actions.course_groups import GroupName, Said, divide
from rubrics.queries.course_groups import group_choices
from rubrics.words import CourseRole, GroupKind
from tests.lti_tool.pages import school as schools
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import School, Visit

ANA, CHEN, DANA = range(3)
KEY_ONLY = GroupName(GroupKind.GROUP, "17")
MONDAY = GroupName(GroupKind.SECTION, "1", "Monday")
TUESDAY = GroupName(GroupKind.SECTION, "2", "Tuesday <b>")
RED = GroupName(GroupKind.GROUP, "r", "Red", "Colours & shapes")


def put(school: School, *groups: Sequence[GroupName]) -> dict[str, UUID]:
    """The learners into these, in their order; the ids of the choices by key."""
    said = {
        person: Said(frozenset(GroupKind), tuple(each))
        for person, each in zip(school.learner_ids, groups, strict=True)
    }
    school.write(lambda s: divide(s, school.course_id, said))
    return {each.key: each.id for each in school.read(lambda s: group_choices(s, school.course_id))}


def names(text: str) -> list[str]:
    """The learners in the table."""
    table = text[text.index("<tbody>") : text.index("</tbody>")]
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', table)


def hrefs(text: str, part: str) -> list[str]:
    return [each for each in re.findall(r'(?:href|action)="([^"]*)"', text) if part in each]


@pytest.fixture
def ids(school: School) -> dict[str, UUID]:
    """Ana on Monday, Chen on both, Dana on Tuesday; Ana and Dana in groups."""
    return put(school, [MONDAY, RED], [MONDAY, TUESDAY], [TUESDAY, KEY_ONLY])


def test_a_class_without_groups_has_no_filter(instructor: Browser) -> None:
    assert "Section or group" not in instructor.get("class").get_data(as_text=True)


def test_one_section_alone_is_no_filter(school: School, instructor: Browser) -> None:
    put(school, [MONDAY], [MONDAY], [MONDAY])
    assert "Section or group" not in instructor.get("class").get_data(as_text=True)


def test_a_section_is_chosen_by_a_labelled_list_and_a_button(
    instructor: Browser, ids: dict[str, UUID]
) -> None:
    text = instructor.get("class?show=all").get_data(as_text=True)
    form = text[text.index('<form method="get"') :]
    form = form[: form.index("</form>")]
    assert '<label for="group">Section or group</label>' in form
    assert '<select class="form-select" id="group" name="group">' in form
    assert '<button class="btn btn-quiet" type="submit">Show</button>' in form
    options = re.findall(r'<option value="([^"]*)"( selected)?>([^<]*)</option>', form)
    assert options == [
        ("", "", "The whole class"),
        (str(ids["1"]), "", "Monday (2)"),
        (str(ids["2"]), "", "Tuesday &lt;b&gt; (2)"),
        (str(ids["17"]), "", "Group 17 (1)"),
        (str(ids["r"]), "", "Colours &amp; shapes: Red (1)"),
    ]
    assert re.findall(r'<optgroup label="([^"]*)">', form) == ["Sections", "Groups"]
    assert len(names(text)) == 3


def test_only_its_learners_are_listed_and_counted(
    school: School, instructor: Browser, ids: dict[str, UUID]
) -> None:
    school.hand_in(school.learner_ids[CHEN], "words")
    school.hand_in(school.learner_ids[DANA], "words")
    text = instructor.get(f"class?group={ids['1']}").get_data(as_text=True)
    assert names(text) == ["Ana Álvarez", "Chen Wei"]
    assert "All (2)" in text
    assert "Waiting for you (1)" in text
    assert f'<option value="{ids["1"]}" selected>' in text
    waiting = instructor.get(f"class?group={ids['1']}&show=waiting").get_data(as_text=True)
    assert names(waiting) == ["Chen Wei"]
    assert '<input type="hidden" name="show" value="waiting">' in waiting
    nobody = instructor.get(f"class?group={ids['r']}&show=waiting").get_data(as_text=True)
    assert "Nobody in this section or group, at the moment." in nobody


def test_the_choice_stays_in_the_links_and_forms_of_the_work(
    school: School, instructor: Browser, ids: dict[str, UUID]
) -> None:
    kept = f"group={ids['2']}"
    school.hand_in(school.learner_ids[CHEN], "words")
    text = instructor.get(f"class?{kept}").get_data(as_text=True)
    links = hrefs(text, "/class")
    form = next(each for each in links if each.endswith("/class"))
    assert "group" not in form, "the form of the filter itself"
    assert {kept in each for each in links if each != form} == {True}
    page = instructor.get(f"class/{school.learner_ids[CHEN]}?{kept}").get_data(as_text=True)
    assert "2 of 2" in page
    walk = [each for each in hrefs(page, "/class/") if "files" not in each and "draft" not in each]
    assert walk
    assert {kept in each for each in walk} == {True}
    assert not hrefs(page, str(school.learner_ids[ANA]))
    answer = instructor.post(f"class/read?{kept}")
    assert answer.status_code == 303
    assert kept in answer.headers["Location"]


def test_a_learner_outside_of_the_choice_stands_in_the_whole_class(
    school: School, instructor: Browser, ids: dict[str, UUID]
) -> None:
    page = instructor.get(f"class/{school.learner_ids[ANA]}?group={ids['2']}")
    assert " of 3</span>" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "odd", ["x", "' or 1=1", "%00", "<script>", "x" * 5000], ids=lambda value: value[:10]
)
def test_what_is_no_group_shows_the_whole_class_and_says_so(
    instructor: Browser, ids: dict[str, UUID], odd: str
) -> None:
    answer = instructor.get("class", query_string={"group": odd})
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert len(names(text)) == 3
    assert "is not there any more" in text
    assert "<script>" not in text
    assert odd == "x" or odd not in text


def test_groups_of_another_course_and_school_choose_nobody(
    school: School, db: Database, instructor: Browser, ids: dict[str, UUID]
) -> None:
    def elsewhere(session: object) -> UUID:
        other = courses.new_course(session, "Other", "O").id  # type: ignore[arg-type]
        people.enrol(session, other, school.learner_ids[ANA], CourseRole.LEARNER)  # type: ignore[arg-type]
        divide(session, other, {school.learner_ids[ANA]: Said(frozenset(GroupKind), (RED,))})  # type: ignore[arg-type]
        return group_choices(session, other)[0].id  # type: ignore[arg-type]

    south = schools.found(db, "South")
    theirs = put(south, [RED], [RED], [])
    for group in (school.write(elsewhere), theirs["r"], uuid4()):
        text = instructor.get(f"class?group={group}").get_data(as_text=True)
        assert len(names(text)) == 3
        assert "is not there any more" in text
        page = instructor.get(f"class/{school.learner_ids[ANA]}?group={group}")
        assert "of 3" in page.get_data(as_text=True)


def test_a_class_of_a_thousand_groups_still_has_its_page(
    school: School, instructor: Browser
) -> None:
    many = [GroupName(GroupKind.GROUP, str(number), "x" * 255) for number in range(1000)]
    put(school, many, [], [])
    text = instructor.get("class").get_data(as_text=True)
    assert text.count("<option ") == 1001


def test_it_is_said_in_german(
    school: School, ids: dict[str, UUID], browse: Callable[[Visit], Browser]
) -> None:
    german = browse(school.visit(school.instructor_id, CourseRole.INSTRUCTOR, locale="de"))
    text = german.get(f"class?group={uuid4()}").get_data(as_text=True)
    for words in ("Abschnitt oder Gruppe", "Die ganze Klasse", "Gruppe 17 (1)", "nicht mehr"):
        assert words in text
