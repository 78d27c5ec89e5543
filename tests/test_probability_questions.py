"""Questions about a distribution, against going through all its values."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.errors import UsageError
from convcli.probability import pmf
from convcli.probability.lattice import Pmf, from_weights
from convcli.probability.questions import (
    Answer,
    Asked,
    IntervalAnswer,
    QuantileAnswer,
    answer,
    number,
    point,
)

ONE, TWO = Fraction(1), Fraction(2)
laws = st.dictionaries(st.integers(-6, 6), st.integers(1, 9), min_size=1, max_size=6).map(
    lambda weights: from_weights({Fraction(value): weight for value, weight in weights.items()})
)
shares = st.fractions(Fraction(1, 40), 1, max_denominator=40)


def at_most(law: Pmf, value: Fraction) -> Fraction:
    return law.between(None, value)


@given(laws, shares)
def test_quantiles(law: Pmf, share: Fraction) -> None:
    [got] = answer(law, Asked(quantile=[share]).of_numbers())
    assert isinstance(got, QuantileAnswer)
    assert got.value == min(value for value, _ in law.items() if at_most(law, value) >= share)


@given(laws, shares)
def test_intervals_are_the_shortest_with_small_tails(law: Pmf, share: Fraction) -> None:
    [got] = answer(law, Asked(interval=[share]).of_numbers())
    assert isinstance(got, IntervalAnswer)
    values = [value for value, _ in law.items()]
    tail = (1 - share) / 2
    below = {value: 1 - law.between(value, None) for value in values}
    above = {value: 1 - at_most(law, value) for value in values}
    assert got.low == max(value for value in values if below[value] <= tail)
    assert got.high == min(value for value in values if above[value] <= tail)
    assert got.mass.probability == law.between(got.low, got.high) >= share


@given(laws, shares)
def test_intervals_do_not_know_left_from_right(law: Pmf, share: Fraction) -> None:
    asked = Asked(interval=[share]).of_numbers()
    [got], [mirrored] = answer(law, asked), answer(law.scaled(Fraction(-1)), asked)
    assert isinstance(got, IntervalAnswer)
    assert isinstance(mirrored, IntervalAnswer)
    assert (got.low, got.high) == (-mirrored.high, -mirrored.low)


def test_an_even_interval() -> None:
    [got] = answer(pmf("d20"), Asked(interval=[Fraction(9, 10)]).of_numbers())
    assert isinstance(got, IntervalAnswer)
    assert (got.low, got.high, got.mass.probability) == (2, 19, Fraction(9, 10))


def test_answers_come_in_the_order_of_the_options() -> None:
    asked = Asked(
        at_least=[TWO], at_most=[ONE], exactly=[(ONE,)], between=(ONE, TWO), quantile=[ONE], interval=[ONE]
    )
    answers = answer(pmf("d4"), asked.of_numbers())
    assert [each.name for each in answers] == [
        "at_least 2", "at_most 1", "exactly 1", "between 1 2", "quantile 1", "interval 1",
    ]  # fmt: skip
    plain = [each.probability for each in answers if isinstance(each, Answer)]
    assert plain == [Fraction(3, 4), Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)]


def test_ends_the_wrong_way_round() -> None:
    with pytest.raises(UsageError, match="--between 2 1"):
        Asked(between=(TWO, ONE)).of_numbers()


@pytest.mark.parametrize("option", ["at_least", "at_most", "between", "quantile", "interval"])
def test_points_have_no_order(option: str) -> None:
    with pytest.raises(UsageError, match="points have no order"):
        Asked(**{option: (ONE, TWO)}).of_points()


def test_numbers_and_points_are_told_apart() -> None:
    assert (number((ONE,), option="-x"), point((ONE, TWO), option="-x")) == (ONE, (ONE, TWO))
    with pytest.raises(UsageError, match="-x 1,2: the values are numbers"):
        number((ONE, TWO), option="-x")
    with pytest.raises(UsageError, match="-x 1: the values are points"):
        point((ONE,), option="-x")
    assert Asked(exactly=[(ONE, TWO)]).of_points() == [(ONE, TWO)]
