"""Distributions of points: sums against enumeration and closed forms, posteriors against Bayes' rule."""

from collections import Counter
from fractions import Fraction
from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.errors import ConvError, UsageError
from convcli.probability import pmf
from convcli.probability.lattice2 import Pmf2, Point, correlation, from_weights2
from convcli.probability.posterior2 import Split2, posterior2, split2
from convcli.probability.sums2 import BALL2_METRE, Problem2, Term2, distribution2

coordinates = st.fractions(-4, 4, max_denominator=3)
laws = st.dictionaries(st.tuples(coordinates, coordinates), st.integers(1, 9), min_size=1, max_size=5)


def shares(law: Pmf2) -> dict[Point, Fraction]:
    return {point: Fraction(count, law.total) for point, count in law.items()}


def enumerated(*weights: dict[Point, int]) -> dict[Point, Fraction]:
    """The law of a sum by going through all cases."""
    sums: Counter[Point] = Counter()
    for points in product(*weights):
        count = 1
        for point, law in zip(points, weights, strict=True):
            count *= law[point]
        sums[sum(p[0] for p in points), sum(p[1] for p in points)] += count  # type: ignore[index]
    return {point: Fraction(count, sums.total()) for point, count in sums.items()}


@given(laws)
def test_a_law_holds_what_it_was_made_of(weights: dict[Point, int]) -> None:
    law = from_weights2(weights)
    assert shares(law) == enumerated(weights)
    assert list(law.items()) == sorted(law.items())
    for point, weight in weights.items():
        assert Fraction(law.count_at(point), law.total) == Fraction(weight, sum(weights.values()))
    assert law.low == (min(x for x, _ in weights), min(y for _, y in weights))
    assert law.high == (max(x for x, _ in weights), max(y for _, y in weights))


@given(laws)
def test_moments(weights: dict[Point, int]) -> None:
    law, expected = from_weights2(weights), enumerated(weights)
    x, y = (sum(p * point[axis] for point, p in expected.items()) for axis in (0, 1))
    assert law.mean == (x, y)
    assert law.variance == tuple(
        sum(p * (point[axis] - mean) ** 2 for point, p in expected.items())
        for axis, mean in enumerate((x, y))
    )
    assert law.covariance == sum(p * (a - x) * (b - y) for (a, b), p in expected.items())
    assert all(expected[mode] == max(expected.values()) for mode in law.modes)


@given(laws, laws, st.integers(1, 3))
def test_sums_equal_enumeration(f: dict[Point, int], g: dict[Point, int], copies: int) -> None:
    terms = [Term2("f", from_weights2(f), copies), Term2("g", from_weights2(g))]
    assert shares(distribution2(terms)) == enumerated(*[f] * copies, g)


def test_a_hundred_steps_of_a_walk() -> None:
    law = distribution2([Term2("ball2:100", BALL2_METRE, 100)])
    assert law.total == 4**100
    expected = {
        (Fraction(x), Fraction(y)): comb(100, (100 + x + y) // 2) * comb(100, (100 + x - y) // 2)
        for x, y in product(range(-100, 101), repeat=2)
        if abs(x) + abs(y) <= 100 and (x + y) % 2 == 0
    }
    assert dict(law.items()) == expected


@pytest.mark.parametrize("metres", [1, 2, 7])
def test_each_coordinate_of_the_ball_is_a_ball(metres: int) -> None:
    law = distribution2([Term2("", BALL2_METRE, metres)])
    alone = pmf(f"ball:{metres}")
    for axis in (0, 1):
        marginal = law.marginal(axis)
        assert (marginal.low, marginal.step) == (alone.low, alone.step)
        assert [Fraction(c, marginal.total) for c in marginal.counts] == [
            Fraction(c, alone.total) for c in alone.counts
        ]
    assert law.covariance == 0


def test_points_that_contradict_each_other_are_refused() -> None:
    one = (Fraction(1), Fraction(1))
    for shape, counts, total in (((2, 2), (1, 1), 2), ((1, 2), (1, -1), 0), ((1, 2), (1, 1), 3)):
        with pytest.raises(ValueError, match="counts"):
            Pmf2(one, one, shape, counts, total)


def test_correlation() -> None:
    line = from_weights2({(Fraction(i), Fraction(-2 * i)): 1 for i in range(4)})
    assert correlation(line) == pytest.approx(-1)
    assert correlation(from_weights2({(Fraction(1), Fraction(2)): 1})) is None


def test_too_large_a_plane_is_refused_at_once() -> None:
    with pytest.raises(ConvError, match="more than"):
        distribution2([Term2("", BALL2_METRE, 10_000)])


def test_too_long_a_table_is_refused_at_once() -> None:
    long = from_weights2({(Fraction(i), Fraction(i % 5)): 10**200 + i for i in range(9)})
    with pytest.raises(ConvError, match=r"801 x 401 points would take about .* MB and"):
        distribution2([Term2("", long, 100)])


@given(laws, laws)
def test_bayes_rule(f: dict[Point, int], g: dict[Point, int]) -> None:
    parts = Split2((Term2("f", from_weights2(f)),), (Term2("g", from_weights2(g)),), "f")
    ((a, b), (c, d)) = min(f), max(g)
    total = (a + c, b + d)
    joint = {p: f[p] * g[q] for p, q in product(f, g) if (p[0] + q[0], p[1] + q[1]) == total}
    result = posterior2(parts, total)
    assert shares(result.law) == {p: Fraction(w, sum(joint.values())) for p, w in joint.items()}
    assert sum(shares(result.law).values()) == 1
    assert result.evidence == Fraction(sum(joint.values()), sum(f.values()) * sum(g.values()))
    assert shares(result.prior) == enumerated(f)


def test_where_the_ball_was_on_its_way() -> None:
    ball = Term2("ball2:2", BALL2_METRE, 2)
    problem = Problem2((ball,), times=3)
    parts = split2(problem, after=2)
    assert (parts.label, [t.copies for t in parts.first], [t.copies for t in parts.rest]) == (
        "sum after 2", [4], [2],
    )  # fmt: skip
    result = posterior2(parts, (Fraction(6), Fraction(0)))
    assert shares(result.law) == {(Fraction(4), Fraction(0)): Fraction(1)}


def test_which_part_is_the_first() -> None:
    ball, other = Term2("ball2:2", BALL2_METRE, 2), Term2("f.csv", BALL2_METRE)
    for problem, label, first, rest in (
        (Problem2((ball,)), "first metre", [1], [1]),
        (Problem2((ball, other)), "first term ball2:2", [2], [1]),
        (Problem2((ball, other), times=3), "first term ball2:2", [2], [4, 3]),
    ):
        parts = split2(problem)
        assert parts.label == label
        assert [term.copies for term in parts.first] == first
        assert [term.copies for term in parts.rest] == rest
        assert distribution2((*parts.first, *parts.rest)) == distribution2(problem.total)


def test_what_cannot_be_split_or_reached() -> None:
    with pytest.raises(UsageError, match="two random parts"):
        split2(Problem2((Term2("f.csv", BALL2_METRE),)))
    with pytest.raises(UsageError, match="--after 3"):
        split2(Problem2((Term2("f.csv", BALL2_METRE),), times=3), after=3)
    parts = split2(Problem2((Term2("ball2:2", BALL2_METRE, 2),)))
    with pytest.raises(ConvError, match=r"total of 1,0 cannot occur: .* -2,-2 and 2,2, and skips it$"):
        posterior2(parts, (Fraction(1), Fraction(0)))
    with pytest.raises(ConvError, match=r"between -2,-2 and 2,2$"):
        posterior2(parts, (Fraction(3), Fraction(0)))
