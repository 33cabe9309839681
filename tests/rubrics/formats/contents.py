"""Contents of activity files: one to read, and every one that Hypothesis can think of."""

from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from rubrics.formats.activity_file import (
    ActivityContent,
    CriterionContent,
    LevelContent,
    RubricContent,
    SkillContent,
)
from rubrics.words import Counting, Method

LISTENING = UUID("5e4fd3c4-8b3d-4c27-9f5f-0d6b0e7a1101")
EXAMPLE = ActivityContent(
    title="Calm an upset client",
    text="Play the call.\n\nThen change places.",
    method=Method.ROLE_PLAY,
    maximum=Decimal("12.5"),
    address="https://example.org/call",
    counting=Counting.BEST,
    skills=(LISTENING,),
    rubric=RubricContent(
        identifier=UUID("5e4fd3c4-8b3d-4c27-9f5f-0d6b0e7a2201"),
        title="Calls",
        description="",
        criteria=(
            CriterionContent(
                identifier=UUID("5e4fd3c4-8b3d-4c27-9f5f-0d6b0e7a3301"),
                title="Listening",
                description="Lets the client finish.",
                weight=Decimal("1.5"),
                levels=(
                    LevelContent(UUID(int=1), Decimal(0), "Not yet", "Interrupts.", "Wait."),
                    LevelContent(UUID(int=2), Decimal("2.25"), "Well", "Waits.", ""),
                ),
                alignments=((LISTENING, Decimal(2)),),
            ),
        ),
    ),
    items=(SkillContent(LISTENING, "https://skills.example/listening", "Listening", "Listens."),),
    attempts=2,
    weights={"peer": Decimal("0.5")},
)

_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"))
_TYPED = st.characters(codec="utf-8", exclude_characters="\0\r")
_TEXTS = st.text(_TYPED, max_size=60)
_LINES = st.text(_CHARACTERS, min_size=1, max_size=40).map(lambda s: " ".join(s.split()))
_TITLES = _LINES.filter(bool)
_WEIGHTS = st.decimals("0.001", "1000", places=3)


@st.composite
def contents(draw: st.DrawFn) -> ActivityContent:
    """An activity as the database can hold it."""
    ids = draw(st.lists(st.uuids(), unique=True, max_size=4))
    items = tuple(
        SkillContent(each, draw(st.none() | _TITLES), draw(_TITLES), draw(_TEXTS))
        for each in sorted(ids)
    )
    some = st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])
    criteria = tuple(
        CriterionContent(
            identifier=identifier,
            title=draw(_TITLES),
            description=draw(_TEXTS),
            weight=draw(_WEIGHTS),
            levels=tuple(
                LevelContent(draw(st.uuids()), points, draw(_TITLES), draw(_TEXTS), draw(_TEXTS))
                for points in sorted(
                    draw(
                        st.lists(
                            st.decimals("0", "10000", places=3), min_size=2, max_size=5, unique=True
                        )
                    )
                )
            ),
            alignments=tuple((each, draw(_WEIGHTS)) for each in sorted(draw(some))),
        )
        for identifier in draw(st.lists(st.uuids(), unique=True, min_size=1, max_size=3))
    )
    return ActivityContent(
        title=draw(_TITLES),
        text=draw(_TEXTS).strip(),
        method=draw(st.sampled_from(Method)),
        maximum=draw(st.decimals("0.01", "1000", places=2)),
        address=draw(st.none() | st.just("https://example.org/a?b=ü")),
        counting=draw(st.sampled_from(Counting)),
        skills=tuple(sorted(draw(some))),
        rubric=RubricContent(draw(st.uuids()), draw(_TITLES), draw(_TEXTS), criteria),
        items=items,
        attempts=draw(st.integers(1, 100)),
        weights=draw(
            st.dictionaries(
                st.sampled_from(("mentor", "peer", "self")), st.decimals("0", "1", places=3)
            )
        ),
    )
