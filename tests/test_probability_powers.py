"""Products and powers of integer polynomials, against direct convolution."""

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.errors import ConvError
from convcli.probability import exact, powers, sums
from convcli.probability.lattice import Pmf, from_weights, uniform
from convcli.probability.powers import Factor, expand, merge, multiply, power, product, uniform_factors
from convcli.probability.sums import Draw, Sum, distribution, draw

coefficients = st.lists(st.integers(0, 10**20), min_size=1, max_size=12)


def direct(a: list[int], b: list[int]) -> list[int]:
    out = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def direct_power(base: list[int], exponent: int) -> list[int]:
    out = [1]
    for _ in range(exponent):
        out = direct(out, base)
    return out


@given(coefficients, coefficients, st.sampled_from([0, 10**9]))
def test_multiply_is_convolution(a: list[int], b: list[int], decimal_from: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(powers, "DECIMAL_FROM", decimal_from)
        assert multiply(a, b) == direct(a, b)


@pytest.mark.parametrize("bits", [1, 64, 20_000])
def test_both_layouts_agree_on_long_operands(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    rng = random.Random(5)
    a, b = ([rng.getrandbits(bits) for _ in range(length)] for length in (60, 41))
    products = []
    for decimal_from in (0, 10**9):
        monkeypatch.setattr(powers, "DECIMAL_FROM", decimal_from)
        products.append(multiply(a, b))
    assert products[0] == products[1]


def test_multiply_agrees_with_numpy() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 1000, 300), rng.integers(0, 1000, 77)
    assert multiply(a.tolist(), b.tolist()) == np.convolve(a, b).tolist()


@given(coefficients, st.integers(1, 9))
def test_power_is_repeated_convolution(base: list[int], exponent: int) -> None:
    assert power(base, exponent) == direct_power(base, exponent)


@given(st.lists(coefficients, max_size=5))
def test_product_of_many(polynomials: list[list[int]]) -> None:
    expected = [1]
    for polynomial in polynomials:
        expected = direct(expected, polynomial)
    assert product(polynomials) == expected


@given(st.lists(st.tuples(coefficients, st.integers(1, 6)), min_size=1, max_size=3))
def test_recurrence_gives_products_of_powers(parts: list[tuple[list[int], int]]) -> None:
    expected, factors = [1], []
    for base, exponent in parts:
        shifted = [base[0] + 1, *base[1:]]  # the recurrence needs a constant term
        factors.append(Factor(tuple(enumerate(shifted)), exponent))
        expected = direct(expected, direct_power(shifted, exponent))
    assert expand(factors, len(expected)) == expected


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 7))
def test_fair_dice_as_a_geometric_series(sides: int, stride: int, copies: int) -> None:
    base = [0] * ((sides - 1) * stride + 1)
    base[::stride] = [1] * sides
    expected = direct_power(base, copies)
    assert expand(uniform_factors(sides, stride=stride, copies=copies), len(expected)) == expected


def test_merge_joins_and_cancels() -> None:
    a, b = Factor(((0, 1), (1, -1)), 3), Factor(((0, 1), (1, -1)), -3)
    assert merge([a, a]) == [Factor(a.terms, 6)]
    assert merge([a, b]) == []


laws = st.dictionaries(
    st.fractions(-5, 5, max_denominator=4), st.integers(0, 50), min_size=1, max_size=5
).filter(lambda weights: any(weights.values()))


@given(st.lists(st.tuples(laws, st.integers(1, 4)), max_size=3), st.fractions(-3, 3, max_denominator=5))
def test_distribution_equals_the_sum_over_all_outcomes(
    parts: list[tuple[dict[Fraction, int], int]], constant: Fraction
) -> None:
    expected, total = {constant: Fraction(1)}, Sum(constant)
    for weights, copies in parts:
        total = total + draw(from_weights(weights), copies)
        whole = sum(weights.values())
        for _ in range(copies):
            after: dict[Fraction, Fraction] = {}
            for value, p in expected.items():
                for step, weight in weights.items():
                    after[value + step] = after.get(value + step, Fraction(0)) + p * Fraction(weight, whole)
            expected = after
    law = distribution(total)
    assert {v: Fraction(c, law.total) for v, c in law.items()} == {v: p for v, p in expected.items() if p}
    assert (law.mean, law.variance) == (total.mean, total.variance)


@pytest.mark.parametrize("copies", [1, 2, 7, 40])
@pytest.mark.parametrize("weights", [{0: 1, 1: 1}, {0: 3, 2: 5, 5: 2}, {i: i * i + 1 for i in range(200)}])
def test_every_method_gives_the_same_counts(
    monkeypatch: pytest.MonkeyPatch, weights: dict[int, int], copies: int
) -> None:
    law = from_weights({Fraction(v): w for v, w in weights.items()})
    tables = []
    for squaring in (True, False):
        monkeypatch.setattr(exact, "_squaring_is_faster", lambda *_, answer=squaring: answer)
        tables.append(distribution(draw(law, copies)))
    assert tables[0] == tables[1]


@pytest.mark.parametrize("limit", [1, 8, 10**9])
def test_the_size_of_batches_changes_nothing(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    dice = sum((draw(uniform(1, sides), sides) for sides in (4, 6, 8, 12, 20)), Sum())
    dice = dice + draw(from_weights({Fraction(0): 2, Fraction(1, 2): 3, Fraction(7): 1}), 9)
    expected = distribution(dice)
    monkeypatch.setattr(exact, "TAPS_LIMIT", limit)
    assert distribution(dice) == expected


def test_uniform_counts_need_not_be_one() -> None:
    doubled = Pmf(Fraction(1), Fraction(1), (2,) * 6, 12)
    law, fair = distribution(draw(doubled, 2)), distribution(draw(uniform(1, 6), 2))
    assert [Fraction(c, law.total) for c in law.counts] == [Fraction(c, fair.total) for c in fair.counts]


def test_without_undoes_adding() -> None:
    a, b = draw(uniform(1, 6), 3) + Sum(Fraction(2)), draw(uniform(1, 4))
    assert (a + b).without(b) == a
    assert (a + b).without(a) == b


def test_thousand_dice_are_exact() -> None:
    law = distribution(draw(uniform(1, 6), 1000))
    assert law.total == 6**1000
    assert law.count_at(Fraction(6000)) == 1
    assert law.count_at(Fraction(1001)) == 1000
    assert law.count_at(Fraction(1002)) == math.comb(1001, 2)


@pytest.mark.parametrize(
    "request_",
    [draw(uniform(1, 6), 10**6), draw(uniform(1, 10**6), 3), Sum(draws=(Draw(uniform(1, 6), 10**12),))],
)
def test_impossible_tables_are_refused_at_once(request_: Sum) -> None:
    with pytest.raises(ConvError, match="more than"):
        distribution(request_)


def test_slow_tables_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ragged = draw(from_weights({Fraction(i): 1 + i * i % 89 for i in range(1500)}), 20)
    monkeypatch.setattr(sums, "TIME_LIMIT", 1e-3)
    with pytest.raises(ConvError, match=r"would take about .* s, more than") as caught:
        distribution(ragged)
    assert "normal law" in (caught.value.hint or "")
