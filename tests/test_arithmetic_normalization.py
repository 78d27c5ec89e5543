"""What a kernel may be divided by, in exact numbers and in floats."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convcli.arithmetic.normalization import divisor
from convcli.errors import ConvError, UsageError

SUMS = {"total": Fraction(3), "absolute": Fraction(9), "positive": Fraction(6)}


@pytest.mark.parametrize(("how", "expected"), [("none", 1), ("sum", 3), ("abs", 9), ("positive", 6)])
@pytest.mark.parametrize("kind", [Fraction, float])
def test_the_sum_that_was_asked_for(how: str, expected: int, kind: type) -> None:
    found = divisor(how, **{name: kind(value) for name, value in SUMS.items()})
    assert found == expected
    assert isinstance(found, int if how == "none" else kind)


@pytest.mark.parametrize("how", ["sum", "abs", "positive"])
@pytest.mark.parametrize("zero", [Fraction(0), 0.0])
def test_zeros_have_no_divisor(how: str, zero: Fraction | float) -> None:
    with pytest.raises(ConvError, match="kernel: cannot be divided by its sum, all of its weights are zero"):
        divisor(how, total=zero, absolute=zero, positive=zero)
    assert divisor("none", total=zero, absolute=zero, positive=zero) == 1


@example(absolute=10**9, kind=Fraction)
@given(absolute=st.integers(1, 10**12), kind=st.sampled_from([Fraction, float]))
def test_a_sum_of_one_part_in_a_thousand_million_is_cancellation(absolute: int, kind: type) -> None:
    sums = {"total": kind(-1), "absolute": kind(absolute), "positive": kind(1)}
    if absolute < 10**9:
        assert divisor("sum", **sums) == -1
        return
    with pytest.raises(ConvError, match="divided by -1, the sum of its weights") as caught:
        divisor("sum", **sums)
    assert caught.value.hint == "--normalize abs divides by the sum of their absolute values"
    with pytest.raises(ConvError, match="divided by 1, the sum of its positive weights"):
        divisor("positive", **sums)
    assert divisor("abs", **sums) == absolute


def test_an_unknown_rule() -> None:
    with pytest.raises(UsageError, match="'max' is not one of none, sum, abs, positive"):
        divisor("max", **SUMS)  # type: ignore[call-overload]
