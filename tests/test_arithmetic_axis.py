"""What one output sees, by following indices; formulas, by evaluating them."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.arithmetic.axis import Axis
from convcli.errors import ShapeError


@st.composite
def any_axis(draw: st.DrawFn, transposed: bool | None = None) -> Axis:
    stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    is_transposed = draw(st.booleans()) if transposed is None else transposed
    return Axis(
        size=draw(st.integers(1, 40)),
        kernel=draw(st.integers(1, 6)),
        stride=stride,
        dilation=dilation,
        before=draw(st.integers(0, 4)),
        after=draw(st.integers(0, 4)),
        output_padding=draw(st.integers(0, max(stride, dilation) - 1)) if is_transposed else 0,
        transposed=is_transposed,
    )


def seen(axis: Axis, output: int) -> Sequence[int]:
    """Indices of the (endless) input that an output depends on."""
    taps = range(0, axis.kernel * axis.dilation, axis.dilation)
    if not axis.transposed:
        return [output * axis.stride - axis.before + tap for tap in taps]
    painted = [output + axis.before - tap for tap in taps]
    return [place // axis.stride for place in painted if place % axis.stride == 0]


@given(any_axis())
def test_receptive_field_is_the_widest_span(axis: Axis) -> None:
    spans = [seen(axis, output) for output in range(12)]  # more than any stride here has phases
    assert axis.receptive_field == max(max(span) - min(span) + 1 for span in spans if span)


@given(any_axis(transposed=False))
def test_start_and_jump_follow_the_centres(axis: Axis) -> None:
    for output in range(3):
        window = seen(axis, output)
        assert Fraction(window[0] + window[-1], 2) == axis.start + output * axis.jump


@given(any_axis(transposed=True))
def test_start_is_the_centre_of_what_the_first_output_sees(axis: Axis) -> None:
    window = seen(axis, 0)
    if not window:
        assert axis.start is None
        return
    assert axis.start == Fraction(window[0] + window[-1], 2)
    later = seen(axis, axis.stride)
    assert Fraction(later[0] + later[-1], 2) == axis.start + axis.stride * axis.jump


@given(any_axis())
def test_the_formula_holds(axis: Axis) -> None:
    try:
        output = axis.output
    except ShapeError:
        return
    text, _, result = axis.formula.rpartition(" = ")
    assert int(result) == output == eval(text)
    assert eval(axis.rule, {"input": axis.size}) == output


def test_formula_as_written() -> None:
    axis = Axis(size=4, kernel=3, before=2, after=2)
    assert axis.formula == "(4 + 2 + 2 - 3) // 1 + 1 = 6"
    assert Axis(size=7, kernel=3, dilation=2).rule == "(input + 0 + 0 - (2 * (3 - 1) + 1)) // 1 + 1"
    transposed = Axis(size=14, kernel=4, stride=2, before=1, after=1, transposed=True)
    assert transposed.formula == "(14 - 1) * 2 - 1 - 1 + 4 + 0 = 28"


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation", "expected"),
    [(3, 2, 1, 2), (4, 2, 1, 2), (2, 3, 1, 1), (3, 2, 2, 3), (3, 4, 2, 2), (5, 1, 1, 5)],
)
def test_transposed_receptive_field(kernel: int, stride: int, dilation: int, expected: int) -> None:
    axis = Axis(size=9, kernel=kernel, stride=stride, dilation=dilation, transposed=True)
    assert axis.receptive_field == expected
