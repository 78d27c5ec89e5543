"""Gradients against finite differences, which are exact for sums, and against the convolutions they are."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary
from convcli.arithmetic.literals import parse_array
from convcli.arithmetic.sheet import Style
from convcli.arithmetic.sheet.gradients import gradients_view
from convcli.arithmetic.tensors import Tensor, total
from convcli.arithmetic.worked import Worked, work
from convcli.arithmetic.worked.gradients import Gradients, gradients
from convcli.arithmetic.worked.matrix import matrix
from convcli.errors import UsageError

LINEAR = ("forward", "transposed", "avg")
WEIGHTED = ("forward", "transposed")
Layouts = Callable[..., Any]


def worked(x: str, kernel: str, **options: Any) -> Worked:
    return work(Tensor.of(parse_array(x)), Tensor.of(parse_array(kernel)), **options)


def loss(example: Worked, upstream: Tensor) -> Fraction:
    return total(y * share for y, share in zip(example.output.values, upstream.values, strict=True))


def nudged(tensor: Tensor) -> Iterator[Tensor]:
    for at in range(len(tensor.values)):
        values = list(tensor.values)
        values[at] += Fraction(1, 7)
        yield Tensor(tensor.shape, tuple(values))


def differences(example: Worked, upstream: Tensor, name: str) -> Tensor:
    """The gradient of one argument, from the change of L when each of its numbers is increased."""
    tensor = getattr(example, name)
    listed = tensor if isinstance(tensor, Tensor) else Tensor((len(tensor),), tensor)
    before = loss(example, upstream)
    after = (
        replace(example, **{name: moved if isinstance(tensor, Tensor) else moved.values})
        for moved in nudged(listed)
    )
    return Tensor(listed.shape, tuple((loss(one, upstream) - before) * 7 for one in after))


@st.composite
def upstreams(draw: st.DrawFn, example: Worked) -> Tensor:
    shape = example.output.shape
    numbers = st.lists(st.integers(-5, 5), min_size=math.prod(shape), max_size=math.prod(shape))
    return Tensor(shape, tuple(map(Fraction, draw(numbers))))


@given(st.data())
def test_gradients_are_finite_differences(layouts: Layouts, data: st.DataObject) -> None:
    example = data.draw(layouts(kinds=LINEAR))
    upstream = data.draw(upstreams(example))
    found = gradients(example, upstream)
    assert found.input == differences(example, upstream, "input")
    if example.kernel is not None:
        assert found.kernel == differences(example, upstream, "kernel")
    if example.bias is not None:
        assert found.bias == differences(example, upstream, "bias")


@given(st.data())
def test_the_gradient_of_the_input_is_the_transposed_matrix_times_upstream(
    layouts: Layouts, data: st.DataObject
) -> None:
    example = data.draw(layouts(kinds=LINEAR))
    upstream = data.draw(upstreams(example))
    columns = zip(*matrix(example).values.rows, strict=True)
    products = (total(m * up for m, up in zip(column, upstream.values, strict=True)) for column in columns)
    assert gradients(example, upstream).input.values == tuple(products)


def folded(found: Gradients) -> Tensor:
    """What `input_as` gives, with the gradient of the padding added to the samples that it shows."""
    example = found.worked
    assert found.input_as is not None
    result = found.input_as.output
    if example.boundary.constant:
        return result
    sums = dict.fromkeys(example.input.indices(), Fraction(0))
    for (channel, *place), value in zip(result.indices(), result.values, strict=True):
        samples = (
            example.boundary.source(at - axis.before, axis.size)
            for at, axis in zip(place, example.axes, strict=True)
        )
        sums[channel, *(sample for sample in samples if sample is not None)] += value
    return Tensor(example.input.shape, tuple(sums.values()))


def arranged(found: Gradients) -> Tensor:
    """What `kernel_as` gives, in the order of the kernel as it was given."""
    example = found.worked
    assert found.kernel_as is not None
    assert example.kernel is not None
    short = found.upstream if not example.transposed else example.input
    long = example.input if not example.transposed else found.upstream
    each, read = short.shape[0] // example.groups, long.shape[0] // example.groups
    lain = found.kernel_as.output.gathered(
        example.kernel.shape,
        lambda index: ((index[0] // each * read + index[1]) * each + index[0] % each, *index[2:]),
    )
    return lain if example.correlate else lain.reversed(keep=2)


@given(st.data())
def test_the_gradient_of_the_input_is_a_convolution(layouts: Layouts, data: st.DataObject) -> None:
    example = data.draw(layouts(kinds=LINEAR))
    found = gradients(example, data.draw(upstreams(example)))
    assert not found.input_as or not found.input_as.transposed
    assert folded(found) == found.input


@given(st.data())
def test_the_gradient_of_the_kernel_is_a_correlation(layouts: Layouts, data: st.DataObject) -> None:
    example = data.draw(layouts(kinds=WEIGHTED))
    found = gradients(example, data.draw(upstreams(example)))
    assert found.kernel_as is not None
    assert found.kernel_as.operation == "correlation"
    assert arranged(found) == found.kernel


@given(st.data())
def test_a_maximum_passes_its_gradient_to_the_first_of_the_largest(
    layouts: Layouts, data: st.DataObject
) -> None:
    example = data.draw(layouts(kinds=["max"]))
    upstream = data.draw(upstreams(example))
    sums = dict.fromkeys(example.input.indices(), Fraction(0))
    for step, share in zip(example.steps(), upstream.values, strict=True):
        numbers = [example.input[term.source] for term in step.terms]
        sums[step.terms[numbers.index(max(numbers))].source] += share
    found = gradients(example, upstream)
    assert found.input.values == tuple(sums.values())
    assert (found.kernel, found.bias, found.input_as, found.kernel_as) == (None, None, None, None)


def test_equal_samples_of_a_maximum() -> None:
    axes = (Axis(size=4, kernel=3),)
    pooling = Worked(input=Tensor.of([[2, 5, 5, 1]]), kernel=None, axes=axes, pool="max")
    assert gradients(pooling).input == Tensor.of([[0, 2, 0, 0]])


def test_the_gradients_of_a_textbook_convolution() -> None:
    found = gradients(worked("1,2,3,4", "1,2,3", padding="valid", bias=Fraction(1)), Tensor.of([1, 10]))
    assert found.record() == {
        "upstream": [1, 10],
        "input": [3, 32, 21, 10],
        "kernel": [43, 32, 21],
        "bias": [11],
        "exact": {
            "upstream": ["1", "10"],
            "input": ["3", "32", "21", "10"],
            "kernel": ["43", "32", "21"],
            "bias": ["11"],
        },
    }
    assert found.input_as is not None
    assert found.input_as.operation == "correlation"
    assert [(axis.before, axis.after) for axis in found.input_as.axes] == [(2, 2)]


def test_a_stride_puts_zeros_into_the_upstream_and_between_the_taps() -> None:
    found = gradients(worked("1,2,3,4,5", "1,2,3", padding="valid", stride=(2,), correlate=True))
    assert found.input_as is not None
    assert found.kernel_as is not None
    assert found.input_as.input == Tensor.of([[1, 0, 1]])
    assert found.input_as.operation == "convolution"
    assert [axis.dilation for axis in found.kernel_as.axes] == [2]


def test_without_upstream_all_are_ones_and_without_bias_it_counts_as_zero() -> None:
    found = gradients(worked("1,2;3,4", "1,1;1,1", boundary=Boundary("replicate")))
    assert found.upstream == Tensor.full((1, 3, 3), 1)
    assert found.bias == Tensor.of([9])
    assert found.record()["input"] == [[9, 9], [9, 9]]


def test_an_upstream_of_another_shape_is_refused() -> None:
    example = worked("1,2,3", "1,2")
    assert gradients(example, Tensor.of([[1, 2, 3, 4]])).upstream.shape == (1, 4)
    with pytest.raises(UsageError, match="upstream gradient of shape 3: the output has shape 4"):
        gradients(example, Tensor.of([1, 2, 3]))


def test_what_no_window_reaches_may_still_be_seen_in_the_padding() -> None:
    example = worked(
        "1,2,3,4", "1,10", padding=((2, 0),), stride=(3,), boundary=Boundary("circular"), correlate=True
    )
    # The windows are (3, 4) and (2, 3): the last sample is stepped over, but stands in the padding.
    found = gradients(example)
    assert found.input == Tensor.of([[0, 1, 11, 10]])
    assert found.kernel == Tensor.of([[[5, 7]]])
    assert arranged(found) == found.kernel
    assert folded(found) == found.input


def test_a_transposed_convolution_of_which_nothing_is_left() -> None:
    axis = Axis(size=1, kernel=1, stride=3, before=2, output_padding=2, transposed=True)
    example = Worked(
        input=Tensor.of([[7]]), kernel=Tensor.of([[[5]]]), axes=(axis,), bias=(Fraction(1),), correlate=True
    )
    assert example.output == Tensor.of([[1]])
    found = gradients(example)
    assert (found.input, found.kernel, found.bias) == (Tensor.of([[0]]), Tensor.of([[[0]]]), Tensor.of([1]))
    assert (folded(found), arranged(found)) == (found.input, found.kernel)


def view(example: Worked, *upstream: int) -> list[str]:
    return gradients_view(gradients(example, Tensor.of(upstream) if upstream else None), Style())


def test_the_sheet_of_a_textbook_convolution() -> None:
    assert view(worked("1,2,3,4", "1,2,3", padding="valid", bias=Fraction(1)), 1, 10) == [
        "L = sum(u · y), where u = dL/dy is the upstream gradient",
        "",
        "u",
        "1 10",
        "",
        "dL/dx is the correlation of u with the kernel",
        "below, input is u, y is dL/dx",
        "padding 2+2 (zeros), stride 1, dilation 1",
        "",
        "input   0  0 │  1 10 │  0  0",
        "y[0]    1  2    3              1·3        = 3",
        "y[1]       1    2  3           1·2 + 10·3 = 32",
        "y[2]            1  2    3      1·1 + 10·2 = 21",
        "y[3]               1    2  3   10·1       = 10",
        "",
        "dL/dx",
        "3 32 21 10",
        "",
        "dL/dk is the correlation of the input with u",
        "below, y is dL/dk in opposite order, as the kernel lies",
        "padding 0+0, stride 1, dilation 1",
        "",
        "input   1  2  3  4",
        "y[0]    1 10         1·1 + 2·10 = 21",
        "y[1]       1 10      2·1 + 3·10 = 32",
        "y[2]          1 10   3·1 + 4·10 = 43",
        "",
        "dL/dk",
        "43 32 21",
        "",
        "dL/db is the sum of u",
        "",
        "dL/db",
        "11",
    ]


def test_the_sheet_says_what_stride_and_boundary_do() -> None:
    options = {"padding": "same", "boundary": Boundary("reflect"), "stride": (2,), "correlate": True}
    lines = view(worked("1,2,3,4,5", "1,2,3", **options))
    assert "dL/dx is the convolution of u with the kernel" in lines
    assert "below, input is u with 1 zero in between, y is dL/dx from -1 on" in lines
    assert "what falls on the padding (reflect) is added to the samples that it shows" in lines
    assert "stride and dilation exchange their parts" in lines
    assert lines[lines.index("dL/dk") + 1] == "8 9 10"


def test_the_sheet_of_poolings() -> None:
    pooling = Worked(
        input=Tensor.of([[1, 5, 5, 2, 7]]), kernel=None, axes=(Axis(size=5, kernel=3, stride=2),)
    )
    lines = view(replace(pooling, pool="max"), 3, 4)
    assert lines[5:] == [
        "dL/dx: each number of u goes to the largest sample of its window,",
        "to the first of equal ones as in PyTorch",
        "",
        "y[0] = x[1] = 5, which is given u = 3",
        "y[1] = x[4] = 7, which is given u = 4",
        "",
        "dL/dx",
        "0 3 0 0 4",
    ]
    assert "each number of u is first divided by what its window is divided by" in view(
        replace(pooling, pool="avg")
    )


def test_long_lists_of_maxima_lose_their_middle() -> None:
    pooling = Worked(input=Tensor.of([[1] * 100]), kernel=None, axes=(Axis(size=100, kernel=1),), pool="max")
    lines = view(pooling)
    listed = [line for line in lines if line.startswith("y[")]
    assert len(listed) == 64
    assert lines[lines.index(listed[59]) + 1] == "… 36 more outputs"
    assert listed[60].startswith("y[96] = x[96]")


@given(st.data(), st.integers(80, 120))
def test_the_sheet_keeps_to_the_width(layouts: Layouts, data: st.DataObject, width: int) -> None:
    found = gradients(data.draw(layouts()))
    assert all(len(line) <= width for line in gradients_view(found, Style(width=width)))
