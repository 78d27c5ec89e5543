"""The distribution itself: moments, tails, quantiles, lattices."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcli
from convcli.errors import ConvError, ReadError, UsageError
from convcli.probability import pmf
from convcli.probability.lattice import Pmf, certain, common_step, from_weights, uniform
from convcli.probability.law import Law

weights = st.dictionaries(
    st.fractions(-20, 20, max_denominator=6), st.integers(0, 30), min_size=1, max_size=8
).filter(lambda table: any(table.values()))


@given(weights)
def test_from_weights_keeps_the_proportions(table: dict[Fraction, int]) -> None:
    law, whole = from_weights(table), sum(table.values())
    assert {v: Fraction(c, law.total) for v, c in law.items()} == {
        v: Fraction(w, whole) for v, w in table.items() if w
    }
    assert np.gcd.reduce(law.counts) == 1


@given(weights, st.fractions(-25, 25, max_denominator=6))
def test_moments_and_tails_by_definition(table: dict[Fraction, int], at: Fraction) -> None:
    law, whole = from_weights(table), sum(table.values())
    mean = sum((v * w for v, w in table.items()), Fraction(0)) / whole
    assert law.mean == mean
    assert law.variance == sum((w * (v - mean) ** 2 for v, w in table.items()), Fraction(0)) / whole
    assert law.between(at, None) == Fraction(sum(w for v, w in table.items() if v >= at), whole)
    assert law.between(None, at) == Fraction(sum(w for v, w in table.items() if v <= at), whole)
    assert law.between(at, at) == Fraction(table.get(at, 0), whole)
    assert Fraction(law.count_at(at), law.total) == law.between(at, at)


@given(weights, st.fractions(0, 1))
def test_quantiles_by_definition(table: dict[Fraction, int], p: Fraction) -> None:
    law = from_weights(table)
    possible = sorted(v for v, w in table.items() if w)
    assert law.quantile(p) == next(v for v in possible if law.between(None, v) >= p)


@given(weights)
def test_rows_and_sums_by_definition(table: dict[Fraction, int]) -> None:
    law: Law = from_weights(table)
    assert [row.value for row in law.rows()] == sorted(v for v, w in table.items() if w)
    for row in law.rows():
        shares = [Fraction(*ratio) for ratio in row[1:]]
        v = row.value
        assert shares == [law.between(v, v), law.between(None, v), law.between(v, None)]
    ranges = [(i, j) for i in range(min(law.points, 9)) for j in range(i, law.points, 97)]
    for (i, j), ratio in zip(ranges, law.sums(ranges), strict=True):
        assert Fraction(*ratio) == law.between(law.value(i), law.value(j))
    assert (law.mass, law.exact, law.method) == (1, True, "exact")


@given(weights)
def test_median_and_modes_by_definition(table: dict[Fraction, int]) -> None:
    law = from_weights(table)
    half = Fraction(1, 2)
    assert law.between(None, law.median) >= half
    assert all(law.between(None, v) < half for v in table if v < law.median)
    peak = max(table.values())
    assert law.modes == tuple(sorted(v for v, w in table.items() if w == peak))


@given(weights, st.fractions(-3, 3, max_denominator=3))
def test_scaling_and_shifting_the_values(table: dict[Fraction, int], factor: Fraction) -> None:
    law = from_weights(table)
    expected: dict[Fraction, int] = {}
    for value, weight in table.items():
        expected[value * factor] = expected.get(value * factor, 0) + weight
    assert dict(law.scaled(factor).items()) == dict(from_weights(expected).items())
    assert law.shifted(factor).mean == law.mean + factor


def test_known_dice() -> None:
    two = pmf("2d6")
    assert two.between(Fraction(7), Fraction(7)) == Fraction(1, 6)
    assert (two.mean, two.variance, two.median, two.modes) == (7, Fraction(35, 6), 7, (7,))
    assert pmf("4d6kh3").mean == Fraction(15869, 1296)
    assert float(pmf("100d6").between(Fraction(450), None)) == 1.5190164986798825e-09
    assert pmf("1000d6").between(Fraction(6000), None) == Fraction(1, 6**1000)


def test_the_public_name_is_this_one() -> None:
    assert convcli.pmf is pmf
    assert convcli.pmf("0d6") == certain(Fraction(0))


def test_fair_and_symmetric() -> None:
    assert uniform(1, 6).fair
    assert from_weights({Fraction(1): 3, Fraction(4): 3}).fair
    assert not pmf("2d6").fair
    assert not Pmf(Fraction(0), Fraction(1), (1, 0, 2), 3).fair
    assert pmf("2d6").symmetric
    assert not pmf("4d6kh3").symmetric


def test_common_step() -> None:
    assert common_step([]) == 1
    assert common_step([Fraction(1, 10), Fraction(1, 4)]) == Fraction(1, 20)
    assert common_step([Fraction(6), Fraction(4)]) == 2


@pytest.mark.parametrize(
    ("counts", "total", "step"),
    [((), 0, 1), ((0, 1), 1, 1), ((1, 0), 1, 1), ((1, -1, 1), 1, 1), ((1, 1), 3, 1), ((1,), 1, 0)],
)
def test_contradictory_fields_are_refused(counts: tuple[int, ...], total: int, step: int) -> None:
    with pytest.raises(ValueError, match="counts"):
        Pmf(Fraction(0), Fraction(step), counts, total)


def test_values_too_far_apart_or_too_large() -> None:
    with pytest.raises(ConvError, match="steps of 1e-06"):
        from_weights({Fraction(0): 1, Fraction(10**6): 1, Fraction(1, 10**6): 1})
    with pytest.raises(ConvError, match="1e150"):
        certain(Fraction(10**151))
    with pytest.raises(ConvError, match="more than the"):
        uniform(1, 10**9)


def test_the_library_warns_of_scaling_and_raises_our_errors(tmp_path: pytest.TempPathFactory) -> None:
    with pytest.warns(UserWarning, match=r"add up to 0\.9999999"):
        law = pmf("0:0.3333333,1:0.6666666")
    assert law.between(None, None) == 1
    with pytest.raises(UsageError):
        pmf("2d")
    with pytest.raises(ReadError):
        pmf(f"{tmp_path}/none.csv")
