"""What the frames of an animation show, on paper and in the terminal: it adds up, and it fits."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import parse_boundary
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked, work
from convcli.drawing import layout, lettering, terminal, themes
from convcli.drawing.frames import Animation, Cell, Frame, Light, Panel, Piece, Role, Tone
from convcli.drawing.scenes import MOST_FRAMES, animate
from convcli.drawing.shapes import Box, Sheet, Text, Texture
from convcli.errors import ConvError, ShapeError

small = st.integers(-9, 9)
_MOST = {1: (4, 3, 3), 2: (3, 2, 2), 3: (2, 2, 1)}  # kernel, stride and dilation, by number of axes


def tensor(shape: tuple[int, ...], numbers: Iterator[int]) -> Tensor:
    return Tensor(shape, tuple(Fraction(next(numbers)) for _ in range(math.prod(shape))))


@st.composite
def convolutions(draw: st.DrawFn) -> Worked:
    """Convolutions, transposed ones and poolings of one to three axes, with channels and groups."""
    ndim = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["plain", "transposed", "max", "avg"]))
    transposed, pool = kind == "transposed", kind in ("max", "avg")
    axes = []
    for _ in range(ndim):
        kernel, stride, dilation = (draw(st.integers(1, most)) for most in _MOST[ndim])
        reach = (kernel - 1) * dilation
        most = kernel // 2 if pool and dilation == 1 else 0 if pool else reach
        before, after = draw(st.integers(0, most)), draw(st.integers(0, most))
        least = 1 + before + after if transposed else max(reach + 1 - before - after, 1)
        axes.append(
            Axis(
                size=draw(st.integers(least, least + 3 - ndim)),
                kernel=kernel,
                stride=stride,
                dilation=dilation,
                before=before,
                after=after,
                transposed=transposed,
                output_padding=draw(st.integers(0, stride - 1)) if transposed else 0,
                ceil=pool and draw(st.booleans()),
            )
        )
    groups, each, filters = (1, 1, 1) if pool else (draw(st.integers(1, 2)) for _ in range(3))
    channels = 2 if pool else groups * each
    lead = (channels, filters) if transposed else (groups * filters, each)
    numbers = itertools.cycle(draw(st.lists(small, min_size=5, max_size=40)))
    return Worked(
        input=tensor((channels, *(axis.size for axis in axes)), numbers),
        kernel=None if pool else tensor((*lead, *(axis.kernel for axis in axes)), numbers),
        axes=tuple(axes),
        groups=groups,
        correlate=draw(st.booleans()),
        pool=kind if pool else None,  # type: ignore[arg-type]
        count_padding=draw(st.booleans()),
        layered=channels > 1 or groups * filters > 1,
    )


def number(text: str) -> Fraction:
    return Fraction(text)


def lit(frame: Frame, *roles: Role) -> list[Cell]:
    return [
        cell for panel in frame.panels for _, _, cell in panel.placed() if cell.light and cell.role in roles
    ]


def pairs(frame: Frame, *, flat: bool) -> list[tuple[Fraction, Fraction]]:
    """Numbers in the window, each with the weight that is drawn on it or under it."""
    if not flat:
        read = lit(frame, Role.INPUT, Role.PADDING, Role.INSERTED)
        return [(number(cell.text), number(cell.weight)) for cell in read]
    found = []
    for upper, lower in itertools.pairwise(frame.panels):
        for _, column, cell in upper.placed():
            if cell.light and cell.role in (Role.INPUT, Role.PADDING, Role.INSERTED):
                under = lower.cells[0][column]
                assert under is not None
                found.append((number(cell.text), number(under.text)))
    return found


@given(convolutions())
def test_what_is_drawn_adds_up_to_what_is_drawn(worked: Worked) -> None:
    for frame in animate(worked).frames:
        [written] = lit(frame, Role.OUTPUT)
        read = lit(frame, Role.INPUT, Role.PADDING, Role.INSERTED)
        if worked.pool == "max":
            inside = [cell for cell in read if cell.role is Role.INPUT]
            assert number(written.text) == max(number(cell.text) for cell in inside)
            assert [cell.text for cell in inside if cell.light is Light.CHOSEN] == [written.text]
        elif worked.pool == "avg":
            numbers = [number(cell.text) for cell in read if cell.text]
            assert number(written.text) == sum(numbers) / len(numbers)
            assert {cell.role for cell in read if cell.text} <= {Role.INPUT, Role.PADDING}
        else:
            products = [x * weight for x, weight in pairs(frame, flat=worked.ndim == 1)]
            assert number(written.text) == sum(products)


@given(convolutions())
def test_the_last_frame_holds_the_output_and_every_frame_one_cell_more(worked: Worked) -> None:
    animation = animate(worked)
    for count, frame in enumerate(animation.frames, start=1):
        cells = [cell for panel in frame.panels for _, _, cell in panel.placed()]
        outputs = [cell for cell in cells if cell.role is Role.OUTPUT]
        assert len(outputs) == count
        assert sum(cell.role is Role.PENDING for cell in cells) == worked.step_count - count
        assert [number(cell.text) for cell in outputs] == list(worked.output.values)[:count]


@given(convolutions())
def test_a_blank_animation_has_the_same_geometry_and_no_numbers(worked: Worked) -> None:
    frames = zip(animate(worked).frames, animate(worked, blank=True).frames, strict=True)
    for full, blank in frames:
        assert not blank.formula
        cells = [cell for panel in blank.panels for _, _, cell in panel.placed()]
        assert not any(cell.text or cell.weight for cell in cells)
        assert [(p.shape, p.window) for p in full.columns[0]] == [
            (p.shape, p.window) for p in blank.columns[0]
        ]
        assert not any(cell.light is Light.CHOSEN for cell in cells)


@pytest.mark.parametrize(
    ("mode", "name"),
    [("zeros", "constant"), ("replicate", "edge"), ("reflect", "reflect"), ("symmetric", "symmetric"),
     ("circular", "wrap"), ("constant:7", "constant")],
)  # fmt: skip
def test_the_padding_shows_what_stands_there(mode: str, name: str) -> None:
    x = np.arange(1, 13).reshape(3, 4)
    worked = work(
        Tensor.of(x.tolist()),
        Tensor.of([[1, 2], [3, 4]]),
        padding=((2, 1), (1, 2)),
        boundary=parse_boundary(mode),
    )
    values = {"constant_values": 7} if "7" in mode else {}
    padded = np.pad(x, ((2, 1), (1, 2)), mode=name, **values)  # type: ignore[call-overload]
    panel = animate(worked).frames[0].panels[0]
    assert [[int(cell.text) for cell in row if cell] for row in panel.cells] == padded.tolist()
    roles = [[cell.role is Role.INPUT for cell in row if cell] for row in panel.cells]
    assert roles == np.pad(np.ones((3, 4), bool), ((2, 1), (1, 2))).tolist()


def test_a_transposed_convolution_stands_on_its_stretched_input() -> None:
    axis = Axis(size=3, kernel=3, stride=2, before=1, after=1, output_padding=1, transposed=True)
    worked = Worked(
        input=Tensor.of([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]),
        kernel=Tensor.of([[[[1, 2, 0], [0, 3, 1], [2, 0, 1]]]]),
        axes=(axis, axis),
        correlate=True,
    )
    animation = animate(worked)
    signs = {Role.INPUT: "x", Role.INSERTED: "0", Role.PADDING: "."}
    panel = animation.frames[0].panels[0]
    drawn = ["".join(signs[cell.role] for cell in row if cell) for row in panel.cells]
    assert drawn == [
        "........",
        ".x0x0x..",
        ".00000..",
        ".x0x0x..",
        ".00000..",
        ".x0x0x..",
        *["........"] * 2,
    ]
    painted = np.zeros((8, 8), int)  # every sample adds the kernel, then the padding is cropped
    for row, column in itertools.product(range(3), repeat=2):
        painted[2 * row : 2 * row + 3, 2 * column : 2 * column + 3] += np.array(
            [[1, 2, 0], [0, 3, 1], [2, 0, 1]]
        ) * (1 + 3 * row + column)
    output = animation.frames[-1].panels[-1]
    assert [[int(cell.text) for cell in row if cell] for row in output.cells] == painted[1:7, 1:7].tolist()
    kernel = animation.frames[0].panels[1]
    assert (kernel.label, kernel.cells[0][0]) == ("kernel, reversed", Cell(Role.KERNEL, "1"))


@pytest.mark.parametrize(("stride", "label"), [(1, "input"), (2, "stretched input")])
def test_only_strides_stretch_an_input(stride: int, label: str) -> None:
    axis = Axis(size=3, kernel=3, stride=stride, transposed=True)
    worked = Worked(
        input=Tensor.of([[1, 2, 3]]), kernel=Tensor.of([[[1, 2, 3]]]), axes=(axis,), correlate=True
    )
    animation = animate(worked)
    assert animation.frames[0].panels[0].label == label
    assert f"moves over the {label}," in animation.description


@pytest.mark.parametrize(("correlate", "label"), [(True, "kernel"), (False, "kernel, reversed")])
def test_the_kernel_is_drawn_as_it_lies(correlate: bool, label: str) -> None:
    worked = work(
        Tensor.of([[1, 2], [3, 4]]), Tensor.of([[1, 2], [3, 4]]), padding="valid", correlate=correlate
    )
    [frame] = animate(worked).frames
    assert frame.panels[1].label == label
    first = frame.panels[1].cells[0][0]
    assert first is not None
    assert first.text == ("1" if correlate else "4")
    assert ("reversed" in frame.caption) is not correlate


def test_each_output_channel_has_its_kernel() -> None:
    worked = Worked(
        input=Tensor.of([[[1, 2], [3, 4]]] * 2),
        kernel=Tensor.of([[[[1]], [[2]]], [[[3]], [[4]]]]),
        axes=(Axis(size=2, kernel=1),) * 2,
        layered=True,
    )
    frames = animate(worked).frames
    shown = [
        [(p.label, [c.text for _, _, c in p.placed()]) for p in f.columns[1]] for f in (frames[3], frames[4])
    ]
    assert shown == [
        [("kernel 0, channel 0, reversed", ["1"]), ("kernel 0, channel 1, reversed", ["2"])],
        [("kernel 1, channel 0, reversed", ["3"]), ("kernel 1, channel 1, reversed", ["4"])],
    ]


def test_dilation_leaves_gaps_in_the_window() -> None:
    worked = work(Tensor.of([[1] * 5] * 5), Tensor.of([[1] * 3] * 3), padding="valid", dilation=(2, 2))
    panel = animate(worked).frames[0].panels[0]
    window = panel.window
    assert window is not None
    assert (window.rows, window.columns, window.spaced) == (5, 5, True)
    places = {(row, column) for row, column, cell in panel.placed() if cell.light}
    assert places == set(itertools.product((0, 2, 4), repeat=2))


def test_groups_keep_their_distance_and_read_their_own_channels() -> None:
    worked = Worked(
        input=Tensor.of([[1, 2, 3]] * 4),
        kernel=Tensor.of([[[1, 2]] * 2] * 4),
        axes=(Axis(size=3, kernel=2),),
        groups=2,
        correlate=True,
        layered=True,
    )
    frame = animate(worked).frames[-1]
    strips = {panel.label: panel for panel in frame.panels if panel.label}
    assert [label for label, panel in strips.items() if panel.apart and label.startswith("input")] == [
        "input, channel 0",
        "input, channel 2",
    ]
    assert [label for label, panel in strips.items() if panel.window] == [
        "input, channel 2",
        "input, channel 3",
    ]


def formula(worked: Worked, index: int) -> str:
    return "".join(piece.text for piece in animate(worked).frames[index].formula)


def test_formulas_have_the_numbers_put_in() -> None:
    worked = work(Tensor.of([1, -2, "1/3"]), Tensor.of([1, 2]), bias=Fraction(-1))
    assert formula(worked, 2) == "y[2] = (-2)·2 + (1/3)·1 + (-1) = -14/3"
    axis = Axis(size=4, kernel=2, stride=2)
    pool = Worked(input=Tensor.of([[3, 9, 4, 7]]), kernel=None, axes=(axis,), pool="avg", layered=True)
    assert formula(pool, 1) == "y[0,1] = (4 + 7) / 2 = 11/2"
    pool = dataclasses.replace(pool, pool="max")
    assert formula(pool, 0) == "y[0,0] = max(3, 9) = 9"
    strong = [piece.text for piece in animate(pool).frames[0].formula if piece.tone is Tone.STRONG]
    assert strong == ["9", "= 9"]
    pool = dataclasses.replace(pool, input=Tensor.of([[9, 3, 4, 7]]))
    assert formula(pool, 0) == "y[0,0] = max(9, 3) = 9"
    strong = [piece.text for piece in animate(pool).frames[0].formula if piece.tone is Tone.STRONG]
    assert strong == ["9", "= 9"]


def test_terms_that_come_from_the_padding_are_quiet() -> None:
    pieces = animate(work(Tensor.of([1, 2]), Tensor.of([3, 4]))).frames[0].formula
    assert [(piece.text, piece.tone) for piece in pieces if "·" in piece.text] == [
        ("0·4 + ", Tone.QUIET),
        ("1·3", Tone.PLAIN),
    ]


@pytest.mark.parametrize("mode", ["replicate", "constant:7", "circular"])
def test_terms_of_the_padding_that_count_are_not_quiet(mode: str) -> None:
    worked = work(Tensor.of([1, 2]), Tensor.of([3, 4]), boundary=parse_boundary(mode))
    assert Tone.QUIET not in {
        piece.tone for frame in animate(worked).frames for piece in frame.formula if "·" in piece.text
    }


def test_long_formulas_leave_out_their_middle() -> None:
    worked = work(Tensor.of([1] * 60), Tensor.of([1] * 60), padding="valid")
    text = formula(worked, 0)
    assert text.startswith("y[0] = 1·1 + ")
    assert text.endswith(" + … + 1·1 = 60")
    assert text.count("·") == 40


@pytest.mark.parametrize(
    ("value", "written"),
    [("1234567", "1234567"), ("12345678", "~1.2e7"), ("1234567/89", "~13872"), ("-1/9000000", "~-1.1e-7"),
     ("1/3", "1/3"), ("1000/7001", "~0.1428"), ("22222/7777", "~2.8574"), (10**400, "~1.0e400")],
)  # fmt: skip
def test_numbers_too_long_for_a_cell_are_rounded_and_say_so(value: str | int, written: str) -> None:
    worked = work(Tensor.of([value]), Tensor.of([1]))
    cell = animate(worked).frames[0].panels[0].cells[0][0]
    assert cell is not None
    assert cell.text == written


def test_the_description_tells_the_result() -> None:
    text = animate(work(Tensor.of([1, 2, 3, 4]), Tensor.of([1, 2, 3]))).description
    assert text == (
        "Convolution in 6 frames: input 4, kernel 3, padding 2, output 6. A window moves over the input, and "
        "each step fills one cell of the output: the kernel lies reversed. The output is "
        "1 4 10 16 17 12."
    )


def test_parameters_name_what_is_not_as_usual() -> None:
    worked = work(
        Tensor.of([[1] * 6] * 5),
        Tensor.of([[1, 1]]),
        padding=((0, 1), (2, 0)),
        stride=(1, 2),
        dilation=(1, 3),
        boundary=parse_boundary("reflect"),
    )
    assert animate(worked).subtitle == (
        "input 5x6, kernel 1x2, padding 0+1 x 2+0 (reflect), stride 1 x 2, dilation 1 x 3, output 6x3"
    )


def test_too_many_frames_are_refused_and_one_of_them_is_not() -> None:
    worked = work(Tensor.of([1] * (MOST_FRAMES + 1)), Tensor.of([1]))
    with pytest.raises(ConvError, match="1,001 frames is too long"):
        animate(worked)
    [frame] = animate(worked, numbers=[1_000]).frames
    assert frame.caption.startswith("step 1,001 of 1,001")


def test_an_empty_output_cannot_be_drawn() -> None:
    axis = Axis(size=1, kernel=2, empty=True)
    with pytest.raises(ShapeError, match="the output is empty: there is nothing to draw"):
        animate(Worked(input=Tensor.of([[1]]), kernel=Tensor.of([[[1, 2]]]), axes=(axis,)))


def test_frames_of_an_animation_have_one_geometry_and_captions_of_their_own() -> None:
    frame = Frame(((Panel("a", ((Cell(Role.INPUT),),)),),), (), "1")
    wider = Frame(((Panel("a", ((Cell(Role.INPUT),) * 2,)),),), (), "2")
    with pytest.raises(ValueError, match="one geometry"):
        Animation("t", "s", "d", (frame, wider))
    with pytest.raises(ValueError, match="the same caption"):
        Animation("t", "s", "d", (frame, frame))


# --- colours and letters ------------------------------------------------------------------------


@pytest.mark.parametrize("theme", [themes.LIGHT, themes.DARK], ids=lambda theme: theme.name)
def test_everything_written_can_be_read(theme: themes.Theme) -> None:
    """WCAG 2.2: 4.5 for text, 3 for lines that carry meaning."""
    for role, light in itertools.product(Role, Light):
        fill = f"{role}-{light}" if light else str(role)
        if fill in theme.colours:
            assert themes.contrast(theme["text"], theme[fill]) >= 4.5
    for ink in ("text", "quiet", "strong"):
        assert themes.contrast(theme[ink], theme["ground"]) >= 4.5
    assert themes.contrast(theme["accent"], theme["ground"]) >= 3


@pytest.mark.parametrize("theme", [themes.LIGHT, themes.DARK], ids=lambda theme: theme.name)
def test_lit_cells_stand_out_without_hues(theme: themes.Theme) -> None:
    for role in ("input", "padding", "inserted", "output"):
        assert themes.contrast(theme[role], theme[f"{role}-read"]) >= 1.3


def test_contrast_of_black_and_white() -> None:
    assert themes.contrast(themes.BLACK, themes.WHITE) == pytest.approx(21)
    assert themes.contrast((119, 119, 119), themes.WHITE) == pytest.approx(4.48, abs=0.01)


@given(
    st.text(alphabet="0123456789·-~…=+()[]/,.: abcdefghijklmnopqrstuvwxyzCITNHFAPM", max_size=20),
    st.integers(7, 60),
)
def test_widths_are_enough_for_the_font(text: str, size: int) -> None:
    font = ImageFont.load_default(size)
    # Hinting moves letters to whole pixels, up to half of one each.
    assert font.getlength(text) <= lettering.width(text, size) + 0.5 * len(text)


@given(convolutions())
def test_the_font_has_every_letter(worked: Worked) -> None:
    font = ImageFont.load_default(20)
    missing = bytes(font.getmask("\uffff"))
    sheet = layout.compose(animate(worked))
    letters = {
        letter
        for number in range(len(sheet.frames))
        for shape in sheet.shapes(number)
        if isinstance(shape, Text)
        for piece in shape.pieces
        for letter in piece.text
    }
    assert not {letter for letter in letters if letter != " " and bytes(font.getmask(letter)) == missing}


@given(st.lists(st.fractions(max_denominator=10**6) | st.integers(-(10**9), 10**9), min_size=1, max_size=6))
def test_numbers_stay_in_their_cells(values: list[Fraction]) -> None:
    sheet = layout.compose(animate(work(Tensor.of([values]), Tensor.of([[-3, "1/7"]]), padding="full")))
    for number in range(len(sheet.frames)):
        cells = [shape for shape in sheet.shapes(number) if isinstance(shape, Box) and shape.line]
        for text in sheet.shapes(number):
            if not isinstance(text, Text):
                continue
            [piece, *rest] = text.pieces
            left, top, right, bottom = ImageFont.load_default(text.size).getbbox(piece.text, anchor="ls")
            shift = {"start": 0.0, "middle": (right - left) / 2, "end": right - left}[text.anchor]
            edges = (text.x - shift, text.y + top, text.x - shift + right - left, text.y + bottom)
            if text.anchor == "start":
                assert edges[0] >= 0
                assert edges[2] <= sheet.width or rest
                continue
            assert any(
                box.x < edges[0] and box.y < edges[1] and edges[2] < box.x + box.width
                and edges[3] < box.y + box.height
                for box in cells
            )  # fmt: skip


@given(convolutions(), st.booleans())
def test_blocks_lie_beside_each_other_and_hold_their_shapes(worked: Worked, blank: bool) -> None:
    """What is drawn anew for a frame may not reach beyond the rectangle that is cleared for it."""
    animation = animate(worked, blank=blank)
    sheet = layout.compose(animation)
    for blocks in sheet.frames:
        places = [(block.x, block.y, block.width, block.height) for block in blocks]
        assert places == [(block.x, block.y, block.width, block.height) for block in sheet.frames[0]]
    for (x, y, width, height), (left, top, _, _) in itertools.permutations(places, 2):
        # Neighbours share a border of one pixel.
        assert not (x <= left < x + width - 1 and y <= top < y + height - 1)
    for block in sheet.blocks():
        assert 0 <= block.x < block.x + block.width <= sheet.width
        assert 0 <= block.y < block.y + block.height <= sheet.height
        for shape in block.shapes:
            if isinstance(shape, Text):
                font = ImageFont.load_default(shape.size)
                length = sum(font.getlength(piece.text.rstrip()) for piece in shape.pieces)
                start = {"start": 0.0, "middle": length / 2, "end": length}[shape.anchor]
                _, rise, _, fall = font.getbbox("".join(piece.text for piece in shape.pieces), anchor="ls")
                assert block.x <= shape.x - start
                assert shape.x - start + length <= block.x + block.width
                assert block.y <= shape.y + rise
                assert shape.y + fall <= block.y + block.height
            else:
                assert block.x <= shape.x
                assert block.y <= shape.y
                assert shape.x + shape.width <= block.x + block.width
                assert shape.y + shape.height <= block.y + block.height


def outlines(worked: Worked, frame: int = 0) -> list[tuple[int, int, int]]:
    """Column and row of what is outlined, in cells from the first of the panel, and the thickness."""
    sheet = layout.compose(animate(worked))
    left, top = min((block.x, block.y) for block in sheet.frames[0] if isinstance(block.shapes[0], Box))
    return [((each.x - left) // 40, (each.y - top) // 40, each.thickness) for each in sheet.outlines[frame]]


def test_taps_that_stand_apart_have_outlines_of_their_own() -> None:
    spread = work(Tensor.of([[1] * 3] * 3), Tensor.of([[1] * 2] * 2), padding="valid", dilation=(2, 2))
    *inner, window, _ = outlines(spread)
    assert inner == [(column, row, 2) for row in (0, 2) for column in (0, 2)]
    assert window == (-1, -1, 3)  # a pixel outside of its cells
    dense = work(Tensor.of([[1] * 3] * 3), Tensor.of([[1] * 3] * 3), padding="valid")
    assert [thickness for _, _, thickness in outlines(dense)] == [3, 3]


@pytest.mark.parametrize(("shape", "height"), [((3, 3), 41), ((2, 24), 33), ((25, 2), 33), ((60, 2), 19)])
def test_cells_get_smaller_where_there_are_many(shape: tuple[int, int], height: int) -> None:
    worked = work(Tensor.full(shape, 1), Tensor.of([[1, 2]]), padding="valid", stride=(100, 100))
    shapes = [*layout.compose(animate(worked)).shapes(0)]
    assert {box.height for box in shapes if isinstance(box, Box) and box.line} == {height}
    weights = [text for text in shapes if isinstance(text, Text) and text.anchor == "end"]
    assert len(weights) == (2 if height > 30 else 0)


def test_columns_are_centred_on_each_other() -> None:
    worked = work(Tensor.of([[1] * 5] * 5), Tensor.of([[1] * 3] * 3), padding="valid")
    cells = [block for block in layout.compose(animate(worked)).frames[0] if isinstance(block.shapes[0], Box)]
    columns: dict[int, list[int]] = {}
    for block in cells:
        columns.setdefault((block.x - layout.MARGIN) // 41 // 6, []).extend((block.y, block.y + block.height))
    # Their headings are as high.
    assert len({min(edges) + max(edges) for edges in columns.values()}) == 1


def test_long_formulas_take_four_lines() -> None:
    worked = work(Tensor.of([[-77] * 6] * 6), Tensor.of([[-88] * 6] * 6), padding="valid")
    footing = layout.compose(animate(worked)).frames[0][-1]
    lines = [
        "".join(piece.text for piece in text.pieces) for text in footing.shapes if isinstance(text, Text)
    ]
    assert [len(lines), lines[2], lines[3].endswith("= 243936")] == [5, "…", True]
    assert lines[4].startswith("step 1 of 1")


def test_the_footing_has_room_for_the_longest_formula() -> None:
    worked = work(Tensor.of([*[0] * 9, *[123456] * 9]), Tensor.of([654321] * 9), padding="valid", stride=(9,))
    sheet = layout.compose(animate(worked))
    texts = [[text.y for text in blocks[-1].shapes if isinstance(text, Text)] for blocks in sheet.frames]
    assert len(texts[0]) < len(texts[1])
    assert texts[0][-1] == texts[1][-1] < sheet.height
    assert max(texts[1][:-1]) < texts[1][-1]


def test_groups_stand_apart() -> None:
    worked = Worked(
        input=Tensor.of([[[1, 2]]] * 4),
        kernel=Tensor.of([[[[1]]] * 2] * 2),
        axes=(Axis(size=1, kernel=1), Axis(size=2, kernel=1)),
        groups=2,
        correlate=True,
        layered=True,
    )
    blocks = layout.compose(animate(worked)).frames[0]
    tops = sorted(
        {block.y for block in blocks if block.x == layout.MARGIN and isinstance(block.shapes[0], Box)}
    )
    assert [lower - upper for upper, lower in itertools.pairwise(tops)] == [75, 91, 75]


def test_the_greatest_of_a_window_has_an_outline() -> None:
    axis = Axis(size=3, kernel=2)
    pool = Worked(
        input=Tensor.of([[[1, 2, 0], [3, 9, 0], [0, 0, 0]]]), kernel=None, axes=(axis, axis), pool="max"
    )
    assert outlines(pool, 1)[0] == (1, 1, 2)
    assert len(outlines(pool, 1)) == 3


@given(convolutions())
def test_numbers_on_textures_have_a_plain_ground(worked: Worked) -> None:
    for block in layout.compose(animate(worked)).blocks():
        kinds = [type(shape) for shape in block.shapes]
        if Texture not in kinds:
            continue
        fill = block.shapes[0].fill  # type: ignore[union-attr]
        for patch, text in itertools.pairwise(block.shapes):
            if isinstance(text, Text):
                assert isinstance(patch, Box)
                assert (patch.fill, text.ground) == (fill, fill)
                left, top, right, bottom = ImageFont.load_default(text.size).getbbox(
                    text.pieces[0].text, anchor={"middle": "ms", "end": "rs"}[text.anchor]
                )
                assert patch.x <= text.x + left
                assert patch.y <= text.y + top
                assert text.x + right <= patch.x + patch.width
                assert text.y + bottom <= patch.y + patch.height


def test_headings_that_grow_stay_in_their_blocks() -> None:
    kernels = Worked(
        input=Tensor.of([[[1]]]),
        kernel=Tensor.of([[[[weight]]] for weight in range(11)]),
        axes=(Axis(size=1, kernel=1),) * 2,
        correlate=True,
        layered=True,
    )
    sheet = layout.compose(animate(kernels))
    [block] = [
        block
        for block in sheet.frames[-1]
        for shape in block.shapes
        if isinstance(shape, Text) and shape.pieces[0].text == "kernel 10, channel 0"
    ]
    assert block.width >= ImageFont.load_default(13).getlength("kernel 10, channel 0")
    assert block.width >= lettering.width("kernel 10, channel 0", 13)


def test_large_grids_have_small_cells_and_larger_ones_are_refused() -> None:
    def drawn(count: int) -> Sheet:
        corners = work(
            Tensor.full((count, count), 1),
            Tensor.of([[1, 1]] * 2),
            padding="valid",
            stride=(count - 2, count - 2),
        )
        return layout.compose(animate(corners, blank=True))

    assert drawn(5).width < drawn(50).width <= 1100
    with pytest.raises(ConvError, match="is too large"):
        drawn(150)


def test_texts_that_do_not_fit_end_in_dots() -> None:
    assert lettering.fit("12", 30, largest=16, smallest=8) == ("12", 16)
    assert lettering.fit("123456", 30, largest=16, smallest=8) == ("123456", 8)
    text, size = lettering.fit("123456789", 30, largest=16, smallest=8)
    assert (text[-1], size) == ("…", 8)
    assert lettering.width(text, size) <= 30


@given(st.lists(st.text(alphabet="12·+ (a", max_size=8).filter(str.strip), max_size=30), st.integers(60, 300))
def test_lines_are_broken_between_pieces_and_fit(texts: list[str], room: int) -> None:
    pieces = [Piece(text) for text in texts]
    lines = lettering.wrap(pieces, room, lambda text: lettering.width(text, 10))

    def width(line: Iterable[Piece]) -> float:
        return lettering.width("".join(piece.text for piece in line).rstrip(), 10)

    assert [piece for line in lines for piece in line] == pieces
    assert all(width(line) <= room + 1e-9 for line in lines)
    for upper, lower in itertools.pairwise(lines):
        assert width((*upper, lower[0])) > room - 1e-9


def test_commas_and_brackets_stay_with_what_is_before_them() -> None:
    pieces = [Piece(text) for text in ("max(", "1", ", ", "2", ")")]
    lines = lettering.wrap(pieces, 4, len)
    assert ["".join(piece.text for piece in line) for line in lines] == ["max(", "1, ", "2)"]


# --- the terminal -------------------------------------------------------------------------------


def plain(lines: list[terminal.Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_a_ribbon_in_the_terminal() -> None:
    animation = animate(work(Tensor.of([1, 2, 3, 4]), Tensor.of([1, 2, 3])))
    assert plain(list(terminal.frames(animation))[3]) == [
        "input",
        " ░0  ░0   1 [ 2][ 3][ 4] ░0  ░0",
        "              3   2   1",
        "",
        "output",
        "  1   4  10 [16]  ·   ·",
        "",
        "y[3] = 2·3 + 3·2 + 4·1 = 16",
        "step 4 of 6: convolution, the kernel lies reversed",
    ]


def test_grids_in_the_terminal_stand_side_by_side() -> None:
    axis = Axis(size=2, kernel=2, stride=2, transposed=True)
    worked = Worked(
        input=Tensor.of([[[1, 2], [3, 4]]]),
        kernel=Tensor.of([[[[1, 2], [3, 4]]]]),
        axes=(axis, axis),
        correlate=True,
    )
    frame = plain(list(terminal.frames(animate(worked), signs=terminal.ASCII))[5])
    assert frame[:6] == [
        "stretched input        kernel, reversed   output",
        " :0  :0  :0  :0  :0     4  3                1   2   2   4",
        " :0 [ 1][.0]  2  :0     2  1                3 [ 4]  .   .",
        " :0 [.0][.0] .0  :0                         .   .   .   .",
        " :0   3  .0   4  :0                         .   .   .   .",
        " :0  :0  :0  :0  :0",
    ]


def test_the_greatest_of_a_window_has_brackets_of_its_own() -> None:
    worked = Worked(input=Tensor.of([[3, 9, 4]]), kernel=None, axes=(Axis(size=3, kernel=2),), pool="max")
    assert plain(next(terminal.frames(animate(worked))))[1] == "[3]<9> 4"


@given(convolutions(), st.integers(40, 100))
def test_frames_keep_to_the_terminal(worked: Worked, width: int) -> None:
    animation = animate(worked)
    for lines in terminal.frames(animation, width=width):
        for line in plain(lines):
            assert len(line) <= max(width, *(len(p.label) for p in animation.frames[0].panels))
            assert line == line.rstrip()


def test_headings_are_broken_between_words() -> None:
    animation = animate(
        work(Tensor.of([1, 2]), Tensor.of([3, 4]), stride=[2], dilation=[2]), title="Two lists"
    )
    assert animation.subtitle == "input 2, kernel 2, padding 2, stride 2, dilation 2, output 2"
    assert plain(terminal.heading(animation, width=40)) == [
        "Two lists",
        "input 2, kernel 2, padding 2, stride 2,",
        "dilation 2, output 2",
    ]


def test_a_long_ribbon_shows_the_part_around_the_window() -> None:
    animation = animate(work(Tensor.of(list(range(100, 160))), Tensor.of([1, 2, 3]), padding="valid"))
    for number, lines in enumerate(terminal.frames(animation)):
        strip, kernel, outputs = (plain(lines)[at] for at in (1, 2, 5))
        assert max(map(len, (strip, kernel, outputs))) <= 80
        assert re.findall(r"\[ *(\d+)\]", strip) == [str(100 + number + at) for at in range(3)]
        assert kernel.split() == ["3", "2", "1"]
        assert (strip.startswith("…"), strip.endswith("…")) == (number > 6, number < 51)
        assert re.findall(r"\[ *(\d+)\]", outputs) == [str(6 * (100 + number) + 4)]


def test_signs_for_poor_encodings() -> None:
    terminal.ASCII.all.encode("ascii")
    animation = animate(work(Tensor.of([1, 2]), Tensor.of([1, 2])), blank=True)
    assert plain(next(terminal.frames(animation, signs=terminal.ASCII)))[1] == "[:][#] #  :"
    animation = animate(work(Tensor.of([1] * 99), Tensor.of([1] * 50)))
    "".join(
        itertools.chain.from_iterable(map(plain, terminal.frames(animation, signs=terminal.ASCII)))
    ).encode("ascii")
