"""What the demo's people did before you came: part of the work is done, part waits.

They do it as everybody would, through the pages of the LMS and of the tool. No two see the same:
some handed in evidence, some were assessed, one assessment is a draft.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape

from lti_tool.demo.browser import Browser
from rubrics.packs.loader import ExamplePack, load_packs

COURSE = "Skills 101"
INSTRUCTOR = "instructor-1"
LEARNERS = tuple(f"learner-{number:02}" for number in range(1, 13))
NOT_OBSERVED = 0


@dataclass(frozen=True)
class Work:
    """One learner's work on one activity: what was handed in, and what the instructor said."""

    learner: str
    text: str
    link: str = ""
    levels: Sequence[int] = ()
    """One a criterion, 1 to 4, 0 for not observed. Empty: not assessed yet."""
    comment: str = ""
    notes: Sequence[str] = ()
    """What the instructor says about the first criteria."""
    released: bool = True


@dataclass(frozen=True)
class Scene:
    """One activity, and who did what in it."""

    example: str
    section: str
    works: Sequence[Work]


_CALL = "We played the call twice. Mara needed a machine before Saturday, not an apology. "
_REVIEW = "The condition `nights > 7` leaves out stays of exactly seven nights. "

SCENES = (
    Scene(
        "late-delivery",
        "Talking with people",
        (
            Work(
                "learner-01",
                _CALL + "I asked what Saturday means for her and offered the smaller machine as a "
                "loan. Next time I would name the delivery day earlier.",
                levels=(4, 3, 4, 3, 3),
                comment="A conversation that Mara would want to have again.",
                notes=(
                    "You let her finish and summed up what she needed before you offered.",
                    "You said that a lost weekend is a worry. Say it once more when she gets loud.",
                    "Two ways out, and hers to choose. That turned the call.",
                ),
            ),
            Work(
                "learner-02",
                _CALL + "I explained our delivery process and promised to call back.",
                link="https://example.org/recordings/call-02",
                levels=(2, 2, 3, 3, 2),
                comment="You knew the machines well. Ask what Saturday means before you explain.",
            ),
            Work(
                "learner-03",
                _CALL + "I kept calm when she got loud and repeated her words.",
                levels=(3, 4, 3, 2, NOT_OBSERVED),
            ),
            Work("learner-04", _CALL + "I offered two ways out.", levels=(3, 3, 2, 4, 3)),
            Work(
                "learner-05",
                _CALL + "My partner hung up. I wrote what I would say now.",
                levels=(1, 2, 2, 2, 1),
                comment="A brave note. Try the call once more; we will look at the opening.",
            ),
            Work("learner-06", _CALL + "We agreed on a loan.", levels=(3, 3), released=False),
            Work("learner-07", _CALL + "I took notes, see the link.", "https://example.org/07"),
            Work("learner-08", _CALL + "I asked three questions before I said anything."),
            Work("learner-09", _CALL + "I would listen longer next time."),
        ),
    ),
    Scene(
        "booking-review",
        "Working with code",
        (
            Work(
                "learner-01",
                _REVIEW + "I ran it for 6, 7 and 8 nights. Please add these three as tests.",
                levels=(3, 4, 3, 4, 3),
                comment="You checked instead of guessing, and your requests can be acted on.",
            ),
            Work(
                "learner-02",
                _REVIEW + "Also the rounding loses cents.",
                levels=(4, 3, 3, 3, 3),
            ),
            Work("learner-03", "Looks fine to me.", levels=(1, 1, 2, 2, 2)),
            Work("learner-10", _REVIEW + "I ask for a test of the boundary."),
            Work("learner-11", _REVIEW + "Departure on the day of arrival should be refused too."),
        ),
    ),
)


def play(lms: str, say: Callable[[str], None], stop: Callable[[], bool]) -> bool:
    """Act the story; False where `stop` ended it early.

    Raises NotOnThePage where a page is not as the story expects.
    """
    packs = load_packs()
    examples = {example.key: example for example in packs.examples}
    rubrics = {rubric.key: rubric.title for rubric in packs.rubrics}
    names = _names(lms)
    for scene in SCENES:
        example = examples[scene.example]
        say(f"adding “{example.title}”")
        _add_activity(lms, scene, example, rubrics[example.rubric])
        for learner in LEARNERS:
            if stop():
                return False
            _launch(lms, learner, example.title)
        for work in scene.works:
            if stop():
                return False
            _hand_in(lms, example, work)
        say(f"{len(scene.works)} learners handed in their evidence")
        assessed = [work for work in scene.works if work.levels]
        for work in assessed:
            if stop():
                return False
            _assess(lms, example, work, names[work.learner])
        say(f"{len(assessed)} were assessed; the others wait for you")
    return True


def _names(lms: str) -> dict[str, str]:
    """What the LMS calls its people, by their number."""
    found = re.findall(
        r'value="([\w-]+)">.*?<strong>(.*?)</strong>', Browser().open(lms).html, re.S
    )
    return {number: unescape(name) for number, name in found}


def _course(lms: str, person: str) -> Browser:
    browser = Browser().open(lms)
    browser.submit(browser.form(action="/login"), {"person": person})
    return browser.follow(COURSE)


def _launch(lms: str, person: str, title: str) -> Browser:
    return _course(lms, person).follow(title).follow("iframe").press_through()


def _add_activity(lms: str, scene: Scene, example: ExamplePack, rubric: str) -> None:
    browser = _course(lms, INSTRUCTOR)
    browser.follow(f"Add activity to {scene.section}").follow("iframe").press_through()
    if "/choose/new" not in browser.url:
        browser.follow("/choose/new")
    form = browser.form(having="title")
    browser.submit(
        form,
        {
            "title": example.title,
            "description": example.text,
            "method": example.method.value,
            "rubric": form.choice("rubric", rubric),
            "maximum": "100",
            "do": "keep",
        },
    )
    browser.submit(browser.form(action="/add")).press_through()


def _hand_in(lms: str, example: ExamplePack, work: Work) -> None:
    browser = _launch(lms, work.learner, example.title)
    browser.submit(
        browser.form(having="text"), {"text": work.text, "link": work.link, "do": "submit"}
    )


def _assess(lms: str, example: ExamplePack, work: Work, name: str) -> None:
    browser = _launch(lms, INSTRUCTOR, example.title)
    browser.follow(name)
    form = browser.form(having="version", action="/save")
    ratings = [name for name in form.choices if name.startswith("level-")]
    answers = {
        name: list(form.choices[name])[level - 1] if level else "not-observed"
        for name, level in zip(ratings, work.levels, strict=False)
    }
    notes = dict(zip((_note(name) for name in ratings), work.notes, strict=False))
    values = {**answers, **notes, "comment": work.comment}
    if not work.released:
        browser.submit(form, {**values, "do": "save"})
        return
    browser.submit(form, {**values, "do": "release"})
    browser.submit(browser.form(having="assessment"))


def _note(rating: str) -> str:
    return f"comment-{rating.removeprefix('level-')}"
