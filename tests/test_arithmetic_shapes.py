"""Output sizes against a count of windows, and against published tables."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.arithmetic import shapes
from convcli.errors import ShapeError, UsageError

SMALL = st.integers(1, 12)
AMOUNT = st.integers(0, 5)


def count_windows(size: int, taps: range, stride: int) -> int:
    """Slide the taps over cells 0 ... size - 1 and count the positions where all of them are inside."""
    return sum(start + taps[-1] < size for start in range(0, size, stride))


@given(size=SMALL, kernel=SMALL, stride=SMALL, dilation=st.integers(1, 4), before=AMOUNT, after=AMOUNT)
def test_output_size_counts_windows(
    size: int, kernel: int, stride: int, dilation: int, before: int, after: int
) -> None:
    taps = range(0, kernel * dilation, dilation)
    padded = before + size + after
    options = {"stride": stride, "dilation": dilation, "before": before, "after": after}
    expected = count_windows(padded, taps, stride)
    if expected == 0:
        with pytest.raises(ShapeError, match=f"input {size} "):
            shapes.output_size(size, kernel, **options)
    else:
        assert shapes.output_size(size, kernel, **options) == expected
        last_read = (expected - 1) * stride + taps[-1]
        assert shapes.unread(size, kernel, **options) == min(padded - 1 - last_read, stride - 1)
        assert padded - 1 - last_read < stride


@given(
    size=SMALL,
    kernel=SMALL,
    stride=st.integers(1, 5),
    dilation=st.integers(1, 4),
    before=AMOUNT,
    after=AMOUNT,
)
def test_transposed_size_counts_painted_cells(
    size: int, kernel: int, stride: int, dilation: int, before: int, after: int
) -> None:
    painted = {place * stride + tap * dilation for place in range(size) for tap in range(kernel)}
    kept = max(painted) + 1 - before - after
    options = {"stride": stride, "dilation": dilation, "before": before, "after": after}
    if kept < 1:
        with pytest.raises(ShapeError, match="crops all"):
            shapes.transposed_size(size, kernel, **options)
        return
    for extra in range(max(stride, dilation)):
        assert shapes.transposed_size(size, kernel, output_padding=extra, **options) == kept + extra


@given(size=SMALL, kernel=SMALL, stride=st.integers(1, 5), dilation=st.integers(1, 4), pad=AMOUNT)
def test_transposed_undoes_the_size_of_a_convolution(
    size: int, kernel: int, stride: int, dilation: int, pad: int
) -> None:
    options = {"stride": stride, "dilation": dilation, "before": pad, "after": pad}
    try:
        output = shapes.output_size(size, kernel, **options)
    except ShapeError:
        return
    left_over = shapes.unread(size, kernel, **options)
    assert shapes.transposed_size(output, kernel, output_padding=left_over, **options) == size


# The convolution arithmetic guide's animations: input, output, padding, kernel, stride, dilation.
CATALOGUE = [
    (4, 2, 0, 3, 1, 1),
    (5, 6, 2, 4, 1, 1),
    (5, 5, 1, 3, 1, 1),
    (5, 7, 2, 3, 1, 1),
    (5, 2, 0, 3, 2, 1),
    (5, 3, 1, 3, 2, 1),
    (6, 3, 1, 3, 2, 1),
    (7, 3, 0, 3, 1, 2),
]


@pytest.mark.parametrize(("size", "output", "pad", "kernel", "stride", "dilation"), CATALOGUE)
def test_catalogue(size: int, output: int, pad: int, kernel: int, stride: int, dilation: int) -> None:
    options = {"stride": stride, "dilation": dilation, "before": pad, "after": pad}
    assert shapes.output_size(size, kernel, **options) == output
    extra = shapes.unread(size, kernel, **options)
    assert shapes.transposed_size(output, kernel, output_padding=extra, **options) == size


@given(size=st.integers(7, 40), kernel=st.integers(1, 7), pad=AMOUNT, stride=st.integers(1, 4))
def test_relationships_of_the_guide(size: int, kernel: int, pad: int, stride: int) -> None:
    def forward(**options: int) -> int:
        return shapes.output_size(size, kernel, **options)

    assert forward() == size - kernel + 1
    assert forward(before=pad, after=pad) == size - kernel + 2 * pad + 1
    before, after = shapes.full_padding(kernel)
    assert forward(before=before, after=after) == size + kernel - 1
    before, after = shapes.half_padding(kernel)
    assert forward(before=before, after=after) == size + (kernel % 2 == 0)
    assert forward(stride=stride) == (size - kernel) // stride + 1
    assert shapes.transposed_size(size, kernel) == size + kernel - 1
    assert shapes.transposed_size(size, kernel, stride=stride) == stride * (size - 1) + kernel


@given(size=SMALL, kernel=SMALL, dilation=st.integers(1, 4))
def test_same_paddings_keep_the_size(size: int, kernel: int, dilation: int) -> None:
    for rule in (shapes.same_padding, shapes.torch_same_padding):
        before, after = rule(kernel, dilation)
        assert shapes.output_size(size, kernel, before=before, after=after, dilation=dilation) == size
    assert shapes.same_padding(kernel, dilation) == shapes.torch_same_padding(kernel, dilation)[::-1]


def test_same_padding_of_an_even_kernel() -> None:
    assert shapes.same_padding(2) == (1, 0)  # centre tap (2 - 1) // 2 = 0
    assert shapes.torch_same_padding(2) == (0, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stride": 0}, "stride 0: must be at least 1"),
        ({"dilation": 0}, "dilation 0: must be at least 1"),
        ({"before": -1}, "padding -1: must be 0 or more"),
        ({"after": -2}, "padding -2: must be 0 or more"),
    ],
)
def test_options_out_of_range_are_usage_errors(options: dict[str, Any], message: str) -> None:
    for function in (shapes.output_size, shapes.unread):
        with pytest.raises(UsageError, match=message):
            function(9, 3, **options)
    if "padding" not in message:
        with pytest.raises(UsageError, match=message):
            shapes.transposed_size(9, 3, **options)


def test_a_negative_crop_of_a_transposed_convolution_adds_positions() -> None:
    assert shapes.transposed_size(9, 3, before=-1, after=-2) == shapes.transposed_size(9, 3) + 3


def test_sizes_out_of_range() -> None:
    with pytest.raises(UsageError, match="kernel size 0"):
        shapes.effective_kernel(0)
    with pytest.raises(ShapeError, match="input size 0"):
        shapes.output_size(0, 1)
    with pytest.raises(ShapeError, match="2 taps spread over 5 by dilation 4, does not fit in 3") as caught:
        shapes.output_size(1, 2, dilation=4, before=1, after=1)
    assert "pad by 2 more" in str(caught.value.hint)
    for extra in (-1, 3):
        with pytest.raises(UsageError, match=f"output padding {extra}: must be from 0 to 2"):
            shapes.transposed_size(4, 3, stride=2, dilation=3, output_padding=extra)
