"""Where the first term was, given the total: against Bayes' rule by enumeration, and known laws."""

import math
from fractions import Fraction
from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.errors import ConvError, UsageError
from convcli.probability.lattice import from_weights
from convcli.probability.posterior import Split, posterior, split
from convcli.probability.request import Result, examine
from convcli.probability.sums import distribution, draw
from convcli.probability.terms import read_terms

weights = st.dictionaries(st.integers(-6, 6), st.integers(1, 9), min_size=1, max_size=5)


def shares(*texts: str, total: int, times: int = 1) -> dict[Fraction, Fraction]:
    result = posterior(split(read_terms(texts, times=times)), Fraction(total)).law
    return {value: Fraction(count, result.total) for value, count in result.items()}


@given(weights, weights, st.integers(-12, 12))
def test_bayes_rule(f: dict[int, int], g: dict[int, int], total: int) -> None:
    joint = {a: f[a] * g[b] for a, b in product(f, g) if a + b == total}
    first, rest = (draw(from_weights({Fraction(v): w for v, w in law.items()})) for law in (f, g))
    parts = Split(first, rest, "a")
    if not joint:
        with pytest.raises(ConvError, match="cannot occur"):
            posterior(parts, Fraction(total))
        return
    result = posterior(parts, Fraction(total))
    whole = sum(joint.values())
    assert {v: Fraction(c, result.law.total) for v, c in result.law.items()} == {
        Fraction(a): Fraction(w, whole) for a, w in joint.items()
    }
    assert result.evidence == Fraction(whole, sum(f.values()) * sum(g.values()))


def test_dice_given_their_sum() -> None:
    assert shares("2d6", total=7) == {Fraction(i): Fraction(1, 6) for i in range(1, 7)}
    assert shares("2d6", total=3) == {Fraction(1): Fraction(1, 2), Fraction(2): Fraction(1, 2)}
    assert shares("d6", "d6", total=3) == shares("d6+d6", total=3) == shares("d6", times=2, total=3)


def test_the_evidence_is_the_probability_of_the_total() -> None:
    assert posterior(split(read_terms(["2d6"])), Fraction(7)).evidence == Fraction(1, 6)


@pytest.mark.parametrize("total", [-5, -1, 0, 2, 5])
def test_two_drops_are_hypergeometric(total: int) -> None:
    # Dropped from 2 and from 3 metres, the ball is knocked 4 + 6 times; 5 + total of these to the right.
    right = 5 + total
    expected = {
        Fraction(a): Fraction(comb(4, 2 + a) * comb(6, right - 2 - a), comb(10, right))
        for a in range(-2, 3)
        if 0 <= right - 2 - a <= 6
    }
    assert shares("ball:2", "ball:3", total=total) == expected


def test_two_drops_are_one_from_the_height_of_both() -> None:
    assert distribution(read_terms(["ball:2", "ball:3"]).total) == distribution(read_terms(["ball:5"]).total)
    law = distribution(read_terms(["ball:5"]).total)
    assert [Fraction(c, law.total) for c in law.counts] == [
        Fraction(comb(10, 5 + c), 4**5) for c in range(-5, 6)
    ]
    assert (law.mean, law.variance) == (0, Fraction(5, 2))


@pytest.mark.parametrize(
    ("texts", "times", "label"),
    [
        (["2d6", "d4"], 1, "first term 2d6"),
        (["3", "2d6", "d4"], 1, "first term 2d6"),
        (["2d6+d4"], 1, "first term 2d6"),
        (["2d6"], 1, "first die"),
        (["2d6+3"], 1, "first die"),
        (["ball:3"], 1, "first metre"),
        (["2d6"], 2, "first term 2d6"),
        (["2d6+d4"], 2, "first term 2d6+d4"),
        (["-2d6+d4"], 1, "first term -2d6"),
    ],
)
def test_which_part_is_the_first(texts: list[str], times: int, label: str) -> None:
    problem = read_terms(texts, times=times)
    parts = split(problem)
    assert parts.label == label
    assert distribution(parts.first + parts.rest) == distribution(problem.total)


@pytest.mark.parametrize("text", ["d6", "7", "4d6kh3", "d6+2", "0d6", "0:0.5,1:0.5"])
def test_one_part_cannot_be_split(text: str) -> None:
    with pytest.raises(UsageError, match="two random parts"):
        split(read_terms([text]))


def test_totals_that_are_skipped() -> None:
    with pytest.raises(ConvError, match=r"between 2\.5 and 12\.5, and skips it"):
        shares("2d6+0.5", total=7)
    with pytest.raises(ConvError, match=r"between 2 and 12$"):
        shares("2d6", total=13)


def test_two_equal_normal_laws() -> None:
    result = examine(["norm(0,1)", "norm(0,1)"], given=(Fraction("1.234"),))
    assert isinstance(result, Result)
    law = result.law
    # Of two normal laws, the first is normal around half of the total, with half of the variance.
    assert result.description.endswith("given a total of 1.23 (within 0.005)")
    assert float(law.mean) == pytest.approx(0.615, abs=1e-9)
    assert law.sd == pytest.approx(0.5**0.5, rel=1e-4)
    assert law.mass == pytest.approx(1, abs=1e-12)
    assert math.isnan(law.grid_error)


def test_the_first_of_two_poisson_laws_is_binomial() -> None:
    result = examine(["poisson(3)", "poisson(4)"], given=(Fraction(5),))
    assert isinstance(result, Result)
    for value, probability, *_ in result.law.rows():
        k = int(value)
        assert float(Fraction(*probability)) == pytest.approx(comb(5, k) * (3 / 7) ** k * (4 / 7) ** (5 - k))
    assert result.law.truncated_mass < 1e-12


def test_the_sum_after_some_repetitions() -> None:
    parts = split(read_terms(["d6"], times=5), after=2)
    assert parts.label == "sum after 2"
    result = posterior(parts, Fraction(9))
    ways = {a: sum(a == x + y for x, y in product(range(1, 7), repeat=2)) for a in range(2, 13)}
    rest = {b: sum(b == sum(r) for r in product(range(1, 7), repeat=3)) for b in range(3, 19)}
    joint = {a: n * rest.get(9 - a, 0) for a, n in ways.items() if rest.get(9 - a, 0)}
    assert {int(v): Fraction(c, result.law.total) for v, c in result.law.items()} == {
        a: Fraction(n, sum(joint.values())) for a, n in joint.items()
    }
    for after in (5, 6):
        with pytest.raises(UsageError, match=f"--after {after}: there are 5 repetitions"):
            split(read_terms(["d6"], times=5), after=after)


def test_a_step_is_for_continuous_laws() -> None:
    with pytest.raises(UsageError, match=r"--step 0\.5: it is for continuous laws"):
        examine(["2d6"], step=(Fraction(1, 2),))
