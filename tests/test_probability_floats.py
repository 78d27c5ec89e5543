"""Distributions in floats with exponents, against the same ones in exact integers."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.errors import ConvError
from convcli.probability import scaled
from convcli.probability.floats import FloatPmf, as_floats
from convcli.probability.lattice import Pmf, from_weights, uniform
from convcli.probability.law import Law, Ratio
from convcli.probability.sums import distribution, draw

# Integers so far apart that their ratios leave the range of floats, with zeros among them.
wide = st.lists(st.sampled_from([0, 1, 3, 10**40 + 7, 10**170, 10**330, 7 * 10**500]), min_size=1, max_size=9)


def entries(numbers: scaled.Scaled) -> list[Fraction]:
    return [Fraction(*ratio) for ratio in numbers.ratios()]


def assert_close(found: list[Fraction], expected: list[Fraction], tolerance: float = 1e-14) -> None:
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert a == b if b == 0 else abs(a / b - 1) < tolerance


@given(wide, st.sampled_from([1, 10**200, 10**900]))
def test_ratios_are_rounded_once(numbers: list[int], denominator: int) -> None:
    found = entries(scaled.from_ratios(numbers, denominator))
    assert_close(found, [Fraction(n, denominator) for n in numbers], 2.0**-52)


@given(wide, wide)
def test_convolution_keeps_every_entry(a: list[int], b: list[int]) -> None:
    expected = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            expected[i + j] += x * y
    left, right = scaled.from_ratios(a, 1), scaled.from_ratios(b, 1)
    assert_close(entries(scaled.convolve(left, right)), expected)


@given(wide)
def test_sums_keep_what_is_small(numbers: list[int]) -> None:
    of = scaled.from_ratios(numbers, 1)
    running = [Fraction(sum(numbers[: i + 1])) for i in range(len(numbers))]
    assert_close(entries(of.cumulated()), running)
    assert_close(entries(of.sum()), running[-1:])


@given(wide)
def test_blocks_cover_everything_within_their_range(numbers: list[int]) -> None:
    of = scaled.from_ratios(numbers, 1)
    cuts = scaled.blocks(of)
    assert [i for start, stop in cuts for i in range(start, stop)] == list(range(len(numbers)))
    for start, stop in cuts:
        exponents = of.exponents[start:stop][of.mantissas[start:stop] > 0]
        assert np.ptp(exponents) <= 2 * scaled.BLOCK_BITS if len(exponents) else True


def test_blocks_longer_than_the_first_look() -> None:
    falling = scaled.Scaled(np.full(5000, 0.5), -np.arange(5000, dtype=np.int64))
    assert [stop - start for start, stop in scaled.blocks(falling)] == [961] * 5 + [195]


def test_a_thousand_dice_in_every_cell() -> None:
    exact = distribution(draw(uniform(1, 6), 1000))
    assert isinstance(exact, Pmf)
    weights = scaled.power(as_floats(uniform(1, 6)).weights, 1000)
    law = FloatPmf(exact.origin, exact.step, weights)
    for found, expected in zip(law.rows(), exact.rows(), strict=True):
        assert found.value == expected.value
        assert_close(
            [Fraction(*ratio) for ratio in found[1:]], [Fraction(*ratio) for ratio in expected[1:]], 1e-12
        )
    assert float(law.count_at(Fraction(6000)) * 6**1000) == pytest.approx(1, rel=1e-12)


values = st.fractions(-9, 9, max_denominator=4)
tables = st.dictionaries(values, st.integers(0, 9), min_size=1, max_size=8).filter(
    lambda table: any(table.values())
)


@given(tables, st.fractions(0, 1, max_denominator=64), values)
def test_floats_answer_as_integers_do(table: dict[Fraction, int], p: Fraction, at: Fraction) -> None:
    whole = 2 ** sum(table.values()).bit_length()
    table = {**table, Fraction(10): whole - sum(table.values())}  # dyadic, so that no probability is rounded
    exact: Law = from_weights(table)
    law: Law = as_floats(from_weights(table))
    assert law.quantile(p) == exact.quantile(p)
    assert law.modes == exact.modes
    for low, high in ((at, None), (None, at), (at, at), (at, Fraction(5)), (None, None)):
        assert law.between(low, high) == exact.between(low, high)
    assert law.count_at(at) == Fraction(exact.count_at(at), exact.total)
    assert [(v, w) for v, w in law.items()] == [(v, Fraction(w, exact.total)) for v, w in exact.items()]
    assert [as_shares(row) for row in law.rows()] == [as_shares(row) for row in exact.rows()]
    assert law.mass == 1
    assert float(law.mean) == pytest.approx(float(exact.mean), abs=1e-12)
    assert float(law.variance) == pytest.approx(float(exact.variance), abs=1e-12)


def as_shares(row: tuple[Fraction, Ratio, Ratio, Ratio]) -> tuple[Fraction, ...]:
    return row[0], *(Fraction(*ratio) for ratio in row[1:])


def test_quantiles_far_in_the_right_tail() -> None:
    tail = Fraction(1, 10**400)
    law = as_floats(from_weights({Fraction(0): 1 - tail, Fraction(1): tail}))
    assert law.quantile(1 - 2 * tail) == 0
    assert law.quantile(1 - tail / 2) == 1


def test_the_mirror_image_swaps_the_cut_sides() -> None:
    law = FloatPmf(Fraction(1), Fraction(1, 2), scaled.from_ratios([1, 3], 4), cut=(0.0, 1e-9)).scaled(
        Fraction(-2)
    )
    assert (law.origin, law.step, law.cut, law.truncated_mass) == (-3, 1, (1e-9, 0.0), 1e-9)
    assert [w for _, w in law.items()] == [Fraction(3, 4), Fraction(1, 4)]


def test_contradictory_fields_are_refused() -> None:
    half = scaled.from_ratios([1, 1], 2)
    with pytest.raises(ValueError, match="both ends"):
        FloatPmf(Fraction(0), Fraction(1), scaled.from_ratios([0, 1], 1))
    with pytest.raises(ValueError, match="add up"):
        FloatPmf(Fraction(0), Fraction(1), half[:1])
    with pytest.raises(ConvError, match="1e150"):
        FloatPmf(Fraction(0), Fraction(10**160), half)
