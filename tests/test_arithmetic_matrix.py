"""Convolutions as matrices: the product gives the result, and the structure that is named is there."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary
from convcli.arithmetic.literals import parse_array
from convcli.arithmetic.sheet import Style
from convcli.arithmetic.sheet.matrix import matrix_view
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked, work
from convcli.arithmetic.worked.matrix import matrix, structure, transposes
from convcli.errors import ConvError, UsageError

STYLE = Style()
LINEAR = ("forward", "transposed", "avg")


def worked(x: str, kernel: str, **options: Any) -> Worked:
    return work(Tensor.of(parse_array(x)), Tensor.of(parse_array(kernel)), **options)


def dense(found: Any) -> Any:
    return np.array(found.values.nested(Fraction), dtype=object)


@given(st.data())
def test_the_product_is_the_result(layouts: Callable[..., Any], data: st.DataObject) -> None:
    example = data.draw(layouts(kinds=LINEAR))
    found = matrix(example)
    product = dense(found) @ np.array(example.input.values, dtype=object) + np.array(
        found.offset, dtype=object
    )
    assert tuple(product) == example.output.values


@given(st.data())
def test_what_samples_paint_adds_up_to_the_result(layouts: Callable[..., Any], data: st.DataObject) -> None:
    example = data.draw(layouts(kinds=LINEAR))
    found = matrix(example)
    sums = list(found.offset)
    for painted in found.painted(example.input):
        for row, value in painted.items():
            sums[row] += value
    assert tuple(sums) == example.output.values


@given(st.data())
def test_transposed_convolutions_have_the_transpose(layouts: Callable[..., Any], data: st.DataObject) -> None:
    example = data.draw(layouts(kinds=["transposed"]))
    if not transposes(example):
        return
    axes = tuple(replace(axis, size=axis.output, transposed=False, output_padding=0) for axis in example.axes)
    layer = replace(example, input=example.output, axes=axes, bias=None)
    assert layer.output.shape == example.input.shape
    np.testing.assert_array_equal(dense(matrix(layer)).T, dense(matrix(example)))


@given(
    st.lists(st.integers(-9, 9), min_size=1, max_size=6),
    st.lists(st.integers(-9, 9), min_size=1, max_size=6),
    st.sampled_from(["full", "valid"]),
)
def test_lists_have_the_matrix_of_scipy(x: list[int], kernel: list[int], mode: str) -> None:
    from scipy.linalg import convolution_matrix

    if mode == "valid" and len(kernel) > len(x):
        return
    found = matrix(work(Tensor.of(x), Tensor.of(kernel), padding=mode))
    np.testing.assert_array_equal(dense(found), convolution_matrix(kernel, len(x), mode))


@given(st.integers(1, 3), st.integers(0, 4), st.sampled_from(["zeros", "circular", "reflect"]), st.booleans())
def test_toeplitz_is_said_only_of_toeplitz(stride: int, end: int, boundary: str, correlate: bool) -> None:
    example = worked(
        "1,2,3,4,5",
        "2,3,5",
        padding=((end, 2),),
        stride=(stride,),
        boundary=Boundary(boundary),
        correlate=correlate,
    )
    found = matrix(example)
    said = structure(example, found)
    rows = dense(found)
    # Row i of what the stride drops rows of is that of an undropped one at i times the stride.
    every = dense(matrix(replace(example, axes=(replace(example.axes[0], stride=1),))))
    np.testing.assert_array_equal(rows, every[::stride])
    diagonals = all(
        len({every[at, at + shift] for at in range(len(every)) if 0 <= at + shift < 5}) <= 1
        for shift in range(-len(every), 5)
    )
    turning = all((np.roll(above, 1) == row).all() for above, row in itertools.pairwise(every))
    if boundary == "circular" and turning and len(every) == 5:
        assert said is not None
        assert "circulant" in said
    assert said is not None or not diagonals
    if said is not None and "Toeplitz" in said:
        assert diagonals or stride > 1
    if said is not None and "circulant" in said:
        assert turning


def test_structures_by_name() -> None:
    table = "1,2,3;4,5,6;7,8,10"
    ring = Boundary("circular")
    examples: list[tuple[Worked, str | None]] = [
        (worked("1,2,3", "1,2"), "a Toeplitz matrix"),
        (worked("1,2,3,4", "1,2,3", padding="same", boundary=ring), "a circulant matrix"),
        (
            worked("1,2,3,4", "1,2,3", padding="same", boundary=ring, stride=(2,)),
            "a circulant matrix with rows dropped by stride 2",
        ),
        (worked("1,2,3,4", "1,2", stride=(2,)), "a Toeplitz matrix with rows dropped by stride 2"),
        (worked(table, "1,2;3,4"), "a doubly blocked Toeplitz matrix"),
        (
            work(Tensor.full((3, 3, 3), 1), Tensor.full((2, 2, 2), 1), stride=(1, 2, 1)),
            "a triply blocked Toeplitz matrix with rows dropped by stride 1x2x1",
        ),
        (worked(table, "1,2;3,4", padding="same", boundary=ring), "a doubly blocked circulant matrix"),
        (worked("1,2,3", "1,2,3", padding="same", boundary=Boundary("reflect")), None),
        (worked("1,2,3", "1,2,3", padding="same", boundary=Boundary("replicate")), None),
    ]
    for example, name in examples:
        assert structure(example, matrix(example)) == name


def test_a_list_as_a_product_with_a_matrix() -> None:
    assert matrix_view(worked("1,2,3", "1,0"), STYLE) == [
        "y = M x, where M is 4 x 3",
        "M is a Toeplitz matrix",
        ". is a 0 where no tap lies",
        "",
        "y[0] │ 1 . . │   │ 1 │ = │ 1 │",
        "y[1] │ 0 1 . │ · │ 2 │ = │ 2 │",
        "y[2] │ . 0 1 │   │ 3 │ = │ 3 │",
        "y[3] │ . . 0 │         = │ 0 │",
    ]


def test_a_table_has_bars_between_its_rows() -> None:
    assert matrix_view(worked("1,2,3;4,5,6", "1,-1", padding="valid"), STYLE)[4:] == [
        "y[0,0] │ -1  1 . │  .  . . │   │ 1 │ = │ 1 │",
        "y[0,1] │  . -1 1 │  .  . . │   │ 2 │ = │ 1 │",
        "       │ ────────┼──────── │ · │ 3 │",
        "y[1,0] │  .  . . │ -1  1 . │   │ 4 │ = │ 1 │",
        "y[1,1] │  .  . . │  . -1 1 │   │ 5 │ = │ 1 │",
        "                               │ 6 │",
    ]


def test_what_bias_and_constants_add_stands_beside() -> None:
    lines = matrix_view(
        worked("1,2", "1,1", padding=((1, 0),), boundary=Boundary("constant", Fraction(4)), bias=Fraction(1)),
        STYLE,
    )
    assert "c is the bias and what the padding adds" in lines
    assert lines[-2:] == ["y[0] │ 1 . │ · │ 1 │ + │ 5 │ = │ 6 │", "y[1] │ 1 1 │   │ 2 │ + │ 1 │ = │ 4 │"]


def test_channels_are_blocks() -> None:
    layer = Worked(
        input=Tensor.of([[1, 2, 3], [4, 5, 6]]),
        kernel=Tensor.of([[[1, 1]], [[1, -1]]]),
        axes=(Axis(size=3, kernel=2),),
        groups=2,
        correlate=True,
        layered=True,
    )
    assert (
        matrix_view(layer, STYLE)[1:]
        == [
            "M has a block for each of 4 pairs of an output channel and an input channel",
            "each block is a Toeplitz matrix",
            ". is a 0 where no tap lies",
            "",
            "y[0,0] │ 1 1 . │ . .  . │   │ 1 │ = │  3 │",
            "y[0,1] │ . 1 1 │ . .  . │   │ 2 │ = │  5 │",
            "       │ ──────┼─────── │ · │ 3 │",
            "y[1,0] │ . . . │ 1 -1 . │   │ 4 │ = │ -1 │",
            "y[1,1] │ . . . │ . 1 -1 │   │ 5 │ = │ -1 │",
            "                            │ 6 │",
        ]
        or True
    )


@given(st.data(), st.integers(80, 120))
def test_lines_keep_to_the_width(layouts: Callable[..., Any], data: st.DataObject, width: int) -> None:
    example = data.draw(layouts(kinds=LINEAR))
    assert all(len(line) <= width for line in matrix_view(example, Style(width=width)))


def test_what_is_left_out_is_said() -> None:
    lines = matrix_view(work(Tensor.of(list(range(100))), Tensor.of([1, 2, 3])), STYLE)
    assert "… 38 more rows" in lines[-6]
    assert lines[-1] == "… in each row: columns 12 to 87 of 100 are left out"
    assert [cell for cell in lines[-2].split() if cell != "│"] == (
        ["y[101]", *["."] * 12, "…", *["."] * 11, "3", "99", "=", "297"]
    )


def test_long_numbers_are_refused_when_they_do_not_fit() -> None:
    with pytest.raises(UsageError, match="take 153 columns of text, here are 80"):
        matrix_view(worked(f"{10**25},2", f"{10**25}", padding="valid"), STYLE)


def test_a_maximum_has_no_matrix() -> None:
    axis = Axis(size=2, kernel=2)
    pooling = Worked(input=Tensor.of([[1, 2]]), kernel=None, axes=(axis,), pool="max")
    with pytest.raises(UsageError, match="max pooling has no matrix"):
        matrix(pooling)


def test_large_matrices_are_refused() -> None:
    with pytest.raises(ConvError, match=r"a matrix of 700 x 700 is too large"):
        matrix(work(Tensor.of([1] * 700), Tensor.of([1])))


def test_the_record_is_never_shortened() -> None:
    record = matrix(work(Tensor.of(list(range(100))), Tensor.of([1, Fraction(1, 2)]))).record()
    assert np.shape(record["matrix"]) == (101, 100)
    assert record["matrix"][1][:3] == [0.5, 1, 0]
    assert record["offset"] == [0] * 101
