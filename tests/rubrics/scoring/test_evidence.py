"""Evidence values, and the one rule that combines assessors."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.scoring.evidence import (
    Aligned,
    AssessorFigure,
    AssessorWeights,
    combine,
    competency_value,
)
from rubrics.scoring.figures import ScoringError
from rubrics.words import AssessorRole
from tests.rubrics.scoring.making import rated

ROLES = st.sampled_from(AssessorRole)
FIGURES = st.lists(st.tuples(ROLES, st.none() | st.fractions(0, 4)), max_size=8)


def people(pairs: list[tuple[AssessorRole, Fraction | None]]) -> list[AssessorFigure]:
    return [AssessorFigure(f"p{i}", role, figure) for i, (role, figure) in enumerate(pairs)]


def test_weighted_alignments() -> None:
    result = competency_value([Aligned(rated(4, key="a"), 3), Aligned(rated(2, key="b"), 1)], 4)
    assert result.exact == 4 * Fraction(3 + Fraction(1, 3)) / 4
    assert result.value == Decimal("3.333333")


def test_the_weight_of_the_criterion_in_the_grade_is_not_in_the_evidence() -> None:
    heavy = [Aligned(rated(4, weight=9, key="a")), Aligned(rated(1, weight=1, key="b"))]
    assert competency_value(heavy, 4).value == 2


def test_not_observed_is_left_out_and_alone_is_no_evidence() -> None:
    seen, unseen = Aligned(rated(3, key="a")), Aligned(rated(None, key="b"), 5)
    assert competency_value([seen, unseen], 4).exact == competency_value([seen], 4).exact
    assert competency_value([unseen], 4).value is None
    assert competency_value([], 4).value is None


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5)), min_size=1, max_size=5))
def test_evidence_stays_on_the_scale(pairs: list[tuple[int, int]]) -> None:
    aligned = [Aligned(rated(p, key=str(i)), a) for i, (p, a) in enumerate(pairs)]
    value = competency_value(aligned, 4).exact
    assert value is not None
    assert 0 <= value <= 4


def test_only_the_instructor_counts_unless_switched_on() -> None:
    result = combine(
        [
            AssessorFigure("i", AssessorRole.INSTRUCTOR, Fraction(3)),
            AssessorFigure("m", AssessorRole.MENTOR, Fraction(1)),
            AssessorFigure("p", AssessorRole.PEER, Fraction(1)),
            AssessorFigure("s", AssessorRole.SELF, Fraction(4)),
            AssessorFigure("g", AssessorRole.GUEST, Fraction(4)),
        ]
    )
    assert result.value == 3
    assert [term.assessor for term in result.counted] == ["i"]
    assert [term.assessor for term in result.apart] == ["m", "p", "s", "g"]


def test_without_an_instructor_there_is_no_figure_by_default() -> None:
    result = combine([AssessorFigure("p", AssessorRole.PEER, Fraction(4))])
    assert result.exact is None
    assert result.counted == ()


def test_switched_on_weights() -> None:
    weights = AssessorWeights(mentor=Decimal("0.5"), self_=Decimal("0.5"))
    result = combine(
        people(
            [
                (AssessorRole.INSTRUCTOR, Fraction(4)),
                (AssessorRole.MENTOR, Fraction(2)),
                (AssessorRole.SELF, Fraction(0)),
            ]
        ),
        weights,
    )
    assert result.exact == Fraction(4 + 1, 2)


def test_the_line_says_who_counts_and_names_nobody() -> None:
    pairs: list[tuple[AssessorRole, Fraction | None]] = [
        (AssessorRole.INSTRUCTOR, Fraction(9, 10)),
        (AssessorRole.PEER, Fraction(4, 10)),
        (AssessorRole.SELF, Fraction(1)),
        (AssessorRole.MENTOR, None),
    ]
    assert combine(people(pairs), AssessorWeights(peer=Decimal("0.25"))).sentence == (
        "0.8 = (1 × 0.9 by instructor + 0.25 × 0.4 by peer) ÷ 1.25. Shown apart: 1 by self."
    )
    assert combine(people(pairs[2:])).sentence == (
        "No figure: nobody who counts has observed it. Shown apart: 1 by self."
    )


def test_peers_together_weigh_at_most_as_much_as_the_instructor() -> None:
    pairs: list[tuple[AssessorRole, Fraction | None]] = [
        (AssessorRole.INSTRUCTOR, Fraction(4)),
        *[(AssessorRole.PEER, Fraction(0))] * 10,
    ]
    assert combine(people(pairs), AssessorWeights(peer=Decimal("0.5"))).exact == 2
    assert combine(people(pairs[:2]), AssessorWeights(peer=Decimal("0.25"))).exact == Fraction(
        16, 5
    )


def test_a_peer_who_observed_nothing_takes_no_share() -> None:
    pairs: list[tuple[AssessorRole, Fraction | None]] = [
        (AssessorRole.PEER, Fraction(3)),
        (AssessorRole.PEER, None),
    ]
    result = combine(people(pairs), AssessorWeights(peer=1))
    assert result.terms[0].weight == 1
    assert result.value == 3


def test_the_record_says_who_counted_how_much() -> None:
    result = combine(people([(AssessorRole.INSTRUCTOR, Fraction(2, 3)), (AssessorRole.SELF, None)]))
    assert result.record() == [
        {"assessor": "p0", "role": "instructor", "weight": "1", "figure": "0.666667"},
        {"assessor": "p1", "role": "self", "weight": "0", "figure": None},
    ]


@given(FIGURES, st.fractions(0, 1), st.fractions(0, 1), st.fractions(0, 1))
def test_the_figure_lies_between_those_who_count(
    pairs: list[tuple[AssessorRole, Fraction | None]],
    mentor: Fraction,
    peer: Fraction,
    self_: Fraction,
) -> None:
    result = combine(people(pairs), AssessorWeights(mentor, peer, self_))
    figures = [term.figure for term in result.counted if term.figure is not None]
    assert (result.exact is None) == (not figures)
    if result.exact is not None:
        assert min(figures) <= result.exact <= max(figures)
    peers = [t.weight for t in result.counted if t.role is AssessorRole.PEER]
    assert sum(peers) <= 1


@given(FIGURES)
def test_the_order_of_assessors_does_not_matter(
    pairs: list[tuple[AssessorRole, Fraction | None]],
) -> None:
    weights = AssessorWeights(mentor=1, peer=1, self_=1)
    forwards, backwards = people(pairs), list(reversed(people(pairs)))
    assert combine(forwards, weights).exact == combine(backwards, weights).exact


def test_refusals() -> None:
    same = [AssessorFigure("i", AssessorRole.INSTRUCTOR, 1)] * 2
    cases: dict[str, Callable[[], object]] = {
        "scoring.assessor_weight": lambda: AssessorWeights(peer=2),
        "scoring.repeated": lambda: combine(same),
        "scoring.not_positive": lambda: competency_value([Aligned(rated(1), 0)], 4),
    }
    for code, wrong in cases.items():
        with pytest.raises(ScoringError) as refusal:
            wrong()
        assert refusal.value.code == code
