"""The view of what each sample paints: rows and patches add up to the result, the overlap is counted."""

from collections.abc import Callable
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
from convcli.arithmetic.sheet.scatter import scatter_view
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked, work
from convcli.errors import UsageError

STYLE = Style()
LINEAR = ("forward", "transposed", "avg")


def worked(x: str, kernel: str, **options: Any) -> Worked:
    return work(Tensor.of(parse_array(x)), Tensor.of(parse_array(kernel)), **options)


def transposed(kernel: int, stride: int, *, ndim: int = 1, **geometry: int) -> Worked:
    axis = Axis(size=3, kernel=kernel, stride=stride, transposed=True, **geometry)
    x, weights = Tensor.full((1, *(3,) * ndim), 2), Tensor.full((1, 1, *(kernel,) * ndim), 3)
    return Worked(input=x, kernel=weights, axes=(axis,) * ndim, correlate=True)


def test_a_list_paints_the_kernel_row_by_row() -> None:
    assert scatter_view(worked("1,2,3,4", "1,2,3"), STYLE) == [
        "each sample adds the kernel as it is, times itself, to the outputs it reaches",
        ". is an output out of reach",
        "",
        "x[0] = 1  1 2  3  .  .  .",
        "x[1] = 2  . 2  4  6  .  .",
        "x[2] = 3  . .  3  6  9  .",
        "x[3] = 4  . .  .  4  8 12",
        "─────────────────────────",
        "y         1 4 10 16 17 12",
        "overlap   1 2  3  3  2  1",
    ]


def test_what_is_added_besides_has_rows_of_its_own() -> None:
    lines = scatter_view(
        worked(
            "1,2",
            "1,10",
            padding=((1, 0),),
            boundary=Boundary("constant", Fraction(4)),
            bias=Fraction(1),
            correlate=True,
        ),
        STYLE,
    )
    assert lines[0].startswith("each sample adds the reversed kernel")
    assert lines[3:] == [
        "x[0] = 1  10  1",
        "x[1] = 2   . 20",
        "padding    4  0",
        "bias       1  1",
        "───────────────",
        "y         15 22",
        "overlap    1  2",
    ]


def test_tables_paint_patches() -> None:
    axis = Axis(size=2, kernel=2, stride=2, transposed=True)
    layer = Worked(
        input=Tensor.of([[[1, 2], [0, 3]]]),
        kernel=Tensor.of([[[[1, 2], [3, 4]]]]),
        bias=(Fraction(10),),
        axes=(axis, axis),
        correlate=True,
    )
    assert scatter_view(layer, STYLE)[3:] == [
        "x[0,0] = 1    x[0,1] = 2",
        " 1  2  .  .    .  .  2  4",
        " 3  4  .  .    .  .  6  8",
        " .  .  .  .    .  .  .  .",
        " .  .  .  .    .  .  .  .",
        "",
        "x[1,0] = 0    x[1,1] = 3",
        " .  .  .  .    .  .  .  .",
        " .  .  .  .    .  .  .  .",
        " 0  0  .  .    .  .  3  6",
        " 0  0  .  .    .  .  9 12",
        "",
        "y with bias 10   overlap",
        "11 12 12 14       1  1  1  1",
        "13 14 16 18       1  1  1  1",
        "10 10 13 16       1  1  1  1",
        "10 10 19 22       1  1  1  1",
    ]


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation", "counts"),
    [(3, 2, 1, "2 and 1"), (2, 3, 1, "1, 1 and 0"), (2, 2, 2, "2 and 0"), (4, 2, 1, None), (2, 2, 3, None)],
)
def test_uneven_overlap_is_said(kernel: int, stride: int, dilation: int, counts: str | None) -> None:
    example = transposed(kernel, stride, dilation=dilation)
    said = [line for line in scatter_view(example, STYLE) if "in turn" in line]
    assert said == ([f"{counts} samples in turn: the stripes of transposed convolutions"] if counts else [])
    # As counted: far from the ends.
    overlap = [int(count) for count in scatter_view(example, Style(width=300))[-1].split()[1:]]
    reach = (kernel - 1) * dilation
    inside = overlap[reach : len(overlap) - reach]
    if counts and len(inside) >= stride:
        assert sorted(map(int, counts.replace(" and", ",").split(", "))) == sorted(inside[:stride])


def test_the_counts_begin_at_the_first_output() -> None:
    example = transposed(3, 2, before=1)
    assert "1 and 2 samples in turn: the stripes of transposed convolutions" in scatter_view(example, STYLE)


def test_long_lists_of_counts_lose_their_middle() -> None:
    lines = scatter_view(transposed(3, 40), Style(width=200))
    assert any(line.startswith("1, 1, 1, 0, 0, ") for line in lines)
    narrow = next(line for line in scatter_view(transposed(3, 40), STYLE) if "in turn" in line)
    assert len(narrow) <= 80
    assert narrow.startswith("1, 1, 1, 0, …, 0 and 0 samples")


def test_in_two_dimensions_it_is_a_checkerboard() -> None:
    lines = scatter_view(transposed(3, 2, ndim=2), STYLE)
    assert "2 and 1 samples in turn: the checkerboard of transposed convolutions" in lines
    axis, even = transposed(3, 2).axes[0], transposed(2, 2).axes[0]
    striped = replace(transposed(3, 2, ndim=2), axes=(axis, even), kernel=Tensor.full((1, 1, 3, 2), 1))
    assert "2 and 1 samples in turn: the stripes of transposed convolutions" in scatter_view(striped, STYLE)


def test_output_channels_have_parts_of_their_own() -> None:
    layer = Worked(
        input=Tensor.of([[1, 2], [3, 4]]),
        kernel=Tensor.of([[[5]], [[6]]]),
        axes=(Axis(size=2, kernel=1),),
        groups=2,
        correlate=True,
        layered=True,
    )
    assert scatter_view(layer, STYLE)[2:] == [
        "",
        "output channel 0",
        "",
        "x[0,0] = 1  5  .",
        "x[0,1] = 2  . 10",
        "────────────────",
        "y           5 10",
        "overlap     1  1",
        "",
        "output channel 1",
        "",
        "x[1,0] = 3  18  .",
        "x[1,1] = 4   . 24",
        "─────────────────",
        "y           18 24",
        "overlap      1  1",
    ]


@given(st.data())
def test_rows_add_up(layouts: Callable[..., Any], data: st.DataObject) -> None:
    example = data.draw(layouts(kinds=LINEAR, most_axes=1))
    sections = "\n".join(scatter_view(example, Style(width=1000))).split("\n\n")
    tables = [section.split("\n") for section in sections if "x[" in section]
    assert len(tables) == example.outputs
    for output, lines in enumerate(tables):
        size = example.sizes[0]
        cells = [line.split()[-size:] for line in lines]
        names = [line.split()[0] for line in lines]
        rule = next(number for number, line in enumerate(lines) if set(line) == {"─"})
        columns = zip(*cells[:rule], strict=True)
        sums = [sum((Fraction(cell) for cell in column if cell != "."), Fraction(0)) for column in columns]
        assert sums == list(map(Fraction, cells[rule + 1]))
        assert tuple(sums) == example.output.values[output * size : (output + 1) * size]
        samples = [row for row, name in zip(cells, names, strict=True) if name.startswith("x[")]
        counts = [sum(cell != "." for cell in column) for column in zip(*samples, strict=True)]
        assert counts == list(map(int, cells[rule + 2]))


@given(st.data(), st.integers(80, 120))
def test_lines_keep_to_the_width(layouts: Callable[..., Any], data: st.DataObject, width: int) -> None:
    example = data.draw(layouts(kinds=LINEAR))
    assert all(len(line) <= width for line in scatter_view(example, Style(width=width)))


def test_what_is_left_out_is_said() -> None:
    lines = scatter_view(work(Tensor.of(list(range(100))), Tensor.of([1, 2, 3])), STYLE)
    assert "… 36 more samples" in lines
    assert lines[-1] == "… in each row: columns 9 to 93 of 102 are left out"
    table = work(Tensor.of([[1] * 40, [2] * 40]), Tensor.of([[100]]))
    lines = scatter_view(table, STYLE)
    assert "… 16 more samples" in lines
    assert lines[-1] == "… in each row: columns 10 to 30 of 40 are left out"


def test_long_numbers_are_refused_when_they_do_not_fit() -> None:
    with pytest.raises(
        UsageError, match="--view scatter: these numbers take 81 columns of text, here are 80"
    ):
        scatter_view(worked(f"1,{10**33}", "1,1", padding="full"), STYLE)


def test_a_maximum_is_no_sum() -> None:
    pooling = Worked(input=Tensor.of([[1, 2]]), kernel=None, axes=(Axis(size=2, kernel=2),), pool="max")
    with pytest.raises(UsageError, match="--view scatter: the largest of a window"):
        scatter_view(pooling, STYLE)
