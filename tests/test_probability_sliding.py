"""The sliding picture: f(a), g(c - a) and their product against enumeration and known laws; what is shown."""

import math
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.probability import pmf, sliding
from convcli.probability.request import Result, examine
from convcli.probability.sliding import Row, Slide

weights = st.dictionaries(st.integers(-4, 4), st.integers(1, 9), min_size=1, max_size=5)


def slide(*texts: str, total: int | Fraction, log: bool = False, **options: Any) -> Slide:
    result = examine(texts, given=(Fraction(total),), **options)
    assert isinstance(result, Result)
    assert result.pair is not None
    return sliding.slide(result.pair, result.law, result.description, log=log)


def literal(law: dict[int, int]) -> str:
    whole = sum(law.values())
    return ",".join(f"{value}:{weight}/{whole}" for value, weight in law.items())


def heights(row: Row) -> dict[float, float]:
    return {float(value): float(height) for value, height in row.heights}


@given(weights, weights, st.data())
def test_every_product_and_their_sum(f: dict[int, int], g: dict[int, int], data: st.DataObject) -> None:
    if len(f) == 1 or len(g) == 1:  # one of them is certain: nothing to split
        return
    total = data.draw(st.sampled_from(sorted({a + b for a, b in product(f, g)})))
    first, rest, ways, shares = (dict(row.heights) for row in slide(literal(f), literal(g), total=total).rows)
    f_sum, g_sum = sum(f.values()), sum(g.values())
    assert first == {Fraction(a): Fraction(weight, f_sum) for a, weight in f.items()}
    assert rest == {Fraction(total - b): Fraction(weight, g_sum) for b, weight in g.items()}
    assert ways == {a: height * rest[a] for a, height in first.items() if a in rest}
    evidence = sum(ways.values())
    assert shares == {a: way / evidence for a, way in ways.items()}


def test_values_are_ascending_and_the_formula_has_its_value() -> None:
    picture = slide("ball:2", "ball:3", total=1)
    for row in picture.rows:
        values = [value for value, _ in row.heights]
        assert values == sorted(values)
    assert picture.formula == "P(1) = Σ f(a) g(1 − a) = 0.205078 = 105/512"
    assert picture.rows[1].title == "g: second term ball:3, reversed and moved to c = 1"
    assert picture.notes == (
        "first term ball:2 of ball:2 + ball:3, given a total of 1",
        "known total: mean 0.4 (else 0), sd 0.8 (else 1)",
    )
    assert (picture.low, picture.high) == (-2, 4)
    assert picture.prior is picture.rows[0]


def test_two_normal_laws() -> None:
    picture = slide("norm:0,1", "norm:1,2", total=3)
    rows = list(map(heights, picture.rows))
    means, deviations = (0, 2, 0.4), (1, 2, math.sqrt(0.8))
    for row, mean, sd in zip((rows[0], rows[1], rows[3]), means, deviations, strict=True):
        for a in (-1, 0, 1, 2):
            density = math.exp(-(((a - mean) / sd) ** 2) / 2) / sd / math.sqrt(2 * math.pi)
            assert row[a] == pytest.approx(density, rel=1e-3)
    whole = math.exp(-((3 - 1) ** 2) / 10) / math.sqrt(10 * math.pi)
    assert rows[2][1] == pytest.approx(rows[0][1] * rows[1][1])
    step = float(picture.rows[2].step)
    assert sum(rows[2].values()) * step == pytest.approx(whole, rel=1e-3)
    assert sum(rows[3].values()) * step == pytest.approx(1, rel=1e-3)
    head, value = picture.formula.rsplit(" = ", 1)
    assert head == "p(3) = ∫ f(a) g(3 − a) da"
    assert float(value) == pytest.approx(whole, rel=1e-3)


@pytest.mark.parametrize("texts", [("d6", "norm:0,1"), ("norm:0,1", "d6")])
def test_a_density_times_probabilities_stands_on_single_values(texts: tuple[str, str]) -> None:
    picture = slide(*texts, total=5)
    first, rest, ways, shares = map(heights, picture.rows)
    assert ways == pytest.approx({a: first[a] * rest[a] for a in ways})
    assert len(ways) == 6
    assert [row.smooth for row in picture.rows[2:]] == [False, False]
    assert sum(shares.values()) == pytest.approx(1)
    density = sum(math.exp(-((5 - k) ** 2) / 2) / math.sqrt(2 * math.pi) / 6 for k in range(1, 7))
    assert picture.formula.startswith("p(5) = Σ f(a) g(5 − a) = ")
    assert float(picture.formula.rsplit(" = ", 1)[1]) == pytest.approx(density, rel=1e-4)
    assert (picture.prior is None) == (texts[0] != "d6")


def test_the_sum_of_the_first_repetitions() -> None:
    picture = slide("d6", total=42, times=10, after=3)
    assert [row.title for row in picture.rows[:2]] == [
        "f: sum after 3",
        "g: sum of the other 7, reversed and moved to c = 42",
    ]
    assert dict(picture.rows[0].heights)[Fraction(10)] == Fraction(27, 216)
    assert slide("d6", total=4, times=2, after=1).rows[1].title.startswith("g: the last one, ")


def test_a_narrow_product_is_zoomed_in_on() -> None:
    picture = slide("1000d6", total=3600)
    assert (picture.low, picture.high) == (-4, 11)
    first, rest, ways, _ = picture.rows
    assert len(first.heights) == len(ways.heights) == 6
    assert len(rest.heights) == 16
    # What is shown of g runs on beyond the product, which sets the scale.
    assert rest.peak == dict(rest.heights)[Fraction(6)] < max(height for _, height in rest.heights)
    inside = float(pmf("999d6").between(Fraction(3600 - 11), Fraction(3600 + 4)))
    assert picture.notes[-1] == f"beyond the edges: {100 * (1 - inside):.3g} % of g"


def test_a_few_values_are_shown_whole() -> None:
    picture = slide("ball:5", "ball:6", total=11)
    assert (picture.low, picture.high) == (-5, 17)
    assert len(picture.notes) == 2


def test_a_logarithmic_scale_shows_the_tails() -> None:
    near, far = (slide("norm:0,1", "norm:0,1", total=0, log=log) for log in (False, True))
    assert -5 < near.low < -3.5
    assert far.low < -11
    assert near.notes[-1].startswith("beyond the edges: 0.0")
    assert not far.notes[-1].startswith("beyond")


def test_heights_below_the_range_of_floats_have_a_unit() -> None:
    first, rest, ways, shares = slide("1000d6", total=6000).rows
    assert [row.decade for row in (first, rest, ways, shares)] == [0, -778, -779, 0]
    assert ways.peak == Fraction(1, 6**1000)


def test_the_total_has_to_be_known() -> None:
    result = examine(["2d6"], paired="--html")
    assert isinstance(result, Result)
    assert result.pair is not None
    assert result.prior is None
    with pytest.raises(ValueError, match="needs a total"):
        sliding.slide(result.pair, result.law, "2d6", log=False)
