"""GIF and PNG files: what their pixels show, how long, and that they are the same every time."""

from __future__ import annotations

import dataclasses
import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageFont, ImageSequence

from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import work
from convcli.drawing import layout, raster
from convcli.drawing.frames import Animation
from convcli.drawing.scenes import animate
from convcli.drawing.shapes import Box, Text, Texture
from convcli.drawing.themes import DARK, LIGHT, Theme, mix
from convcli.errors import UsageError


@pytest.fixture(scope="module")
def animation() -> Animation:
    worked = work(
        Tensor.of([[3, 1, 0, 2], [0, 2, "1/3", 1], [1, -7, 2, 3]]),
        Tensor.of([[0, 1], [2, 3]]),
        padding=((1, 0), (1, 1)),
        stride=(1, 2),
    )
    return animate(worked)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def frames(data: bytes) -> list[Image.Image]:
    return [frame.convert("RGB") for frame in ImageSequence.Iterator(opened(data))]


@pytest.mark.parametrize("fps", [0.01, 0.5, 1, 3, 7, 24, 30, 50])
def test_durations_never_run_away_from_the_true_time(animation: Animation, fps: float) -> None:
    picture = opened(raster.gif(dataclasses.replace(animation, fps=fps)))
    assert picture.info["loop"] == 0
    elapsed = 0.0
    durations = [frame.info["duration"] for frame in ImageSequence.Iterator(picture)]
    assert len(durations) == len(animation.frames) == 9
    for number, duration in enumerate(durations, start=1):
        elapsed += duration
        assert elapsed == pytest.approx(1000 * number / fps, abs=5)


def test_the_work_can_be_watched(animation: Animation) -> None:
    seen: list[float] = []
    raster.gif(animation, watch=seen.append)
    assert seen == list(range(2, 10))


def test_more_frames_a_second_than_a_gif_can_have(animation: Animation) -> None:
    with pytest.raises(UsageError, match="51 frames a second are too many"):
        raster.gif(dataclasses.replace(animation, fps=51))


@pytest.mark.parametrize("scale", [1, 2])
def test_every_frame_of_a_gif_is_the_picture_of_that_step(animation: Animation, scale: int) -> None:
    data = raster.gif(animation, scale=scale)
    shown = frames(data)
    pictures = [
        opened(raster.png(animation, frame=number, scale=scale)).convert("RGB") for number in range(9)
    ]
    for frame, picture in zip(shown, pictures, strict=True):
        assert ImageChops.difference(frame, picture).getbbox() is None
    sheet = layout.compose(animation)
    assert {picture.size for picture in pictures} == {(scale * sheet.width, scale * sheet.height)}
    assert all(ImageChops.difference(first, second).getbbox() for first, second in pairwise(shown))


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_same_request_is_the_same_bytes(animation: Animation, name: str) -> None:
    for draw in (raster.gif, raster.png):
        drawn = {draw(animation, theme_name=name, scale=2) for _ in range(2)}  # type: ignore[operator]
        assert len(drawn) == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_colours_are_those_of_the_theme_and_steps_between_two(animation: Animation, theme: Theme) -> None:
    picture = opened(raster.png(animation, theme_name=theme.name)).convert("RGB")  # type: ignore[arg-type]
    found = {colour for _, colour in picture.getcolors(1 << 16) or []}
    pure = set(theme.colours.values())
    steps = {mix(ink, ground, share / 4) for ink in pure for ground in pure for share in (1, 2, 3)}
    assert found <= pure | steps
    assert {
        theme[name] for name in ("ground", "input", "input-read", "padding-read", "kernel", "accent")
    } <= found
    assert picture.getpixel((0, 0)) == theme["ground"]


def test_auto_is_light(animation: Animation) -> None:
    assert len({raster.png(animation, theme_name="auto"), raster.png(animation, theme_name="light")}) == 1


def test_padding_is_hatched_and_inserted_zeros_are_dotted() -> None:
    def texture(kind: str) -> list[str]:
        mask = raster._texture_mask(kind, (16, 8), (0, 0), 1)
        return ["".join("x" if mask.getpixel((x, y)) else "." for x in range(16)) for y in range(8)]

    assert texture("hatch")[:3] == ["x.......x.......", ".......x.......x", "......x.......x."]
    assert texture("dots")[2:6] == ["." * 16, "...xx......xx...", "...xx......xx...", "." * 16]


def test_hatching_goes_on_from_cell_to_cell() -> None:
    sheet = layout.compose(animate(work(Tensor.of([[1]]), Tensor.of([[1, 1], [1, 1]])), blank=True))
    picture = raster._Canvas(sheet, LIGHT, 1).draw(3).convert("RGB")
    boxes = [shape for shape in sheet.shapes(3) if isinstance(shape, Texture)]
    assert len(boxes) == 8
    for box in boxes:
        for x, y in ((box.x + across, box.y + 1) for across in range(16)):
            assert (picture.getpixel((x, y)) == LIGHT["texture"]) == ((x + y) % 8 == 0)


def test_the_kernel_slides_under_a_list() -> None:
    ribbon = animate(work(Tensor.of([1, 2, 3, 4]), Tensor.of([1, 2]), padding="valid", dilation=(2,)))
    for number, shown in enumerate(frames(raster.gif(ribbon))):
        cells = (np.asarray(shown) == LIGHT["kernel"]).all(axis=2)
        columns = np.flatnonzero(cells.any(axis=0))
        first = layout.MARGIN + 40 * number
        inside = {first + 80 * tap + pixel for tap in range(2) for pixel in range(1, 40)}
        assert set(columns) == inside


def test_numbers_stand_in_the_middle_of_their_cells() -> None:
    one = animate(work(Tensor.of([[0, 88]]), Tensor.of([[0]])))
    picture = np.asarray(opened(raster.png(one, scale=2)).convert("RGB"))
    sheet = layout.compose(one)
    boxes = [shape for shape in sheet.shapes(-1) if isinstance(shape, Box) and shape.fill == "input"]
    assert len(boxes) == 1
    for box in boxes:
        x, y = 2 * box.x + 6, 2 * box.y + 6
        inside = picture[y : y + 2 * box.height - 12, x : x + 2 * box.width - 12]
        rows, columns = np.nonzero((inside != LIGHT["input"]).any(axis=2))
        assert abs(rows.min() - (len(inside) - 1 - rows.max())) <= 4
        assert abs(columns.min() - (inside.shape[1] - 1 - columns.max())) <= 4


def test_pieces_of_a_line_follow_each_other(animation: Animation) -> None:
    picture = np.asarray(opened(raster.png(animation)).convert("RGB"))
    formula = layout.compose(animation).frames[-1][-1].shapes[0]
    assert isinstance(formula, Text)
    ink = (picture[formula.y - 12 : formula.y + 4] != LIGHT["ground"]).any(axis=(0, 2))
    length = ImageFont.load_default(formula.size).getlength("".join(piece.text for piece in formula.pieces))
    assert np.flatnonzero(ink).max() == pytest.approx(formula.x + length, abs=4)


def test_what_does_not_change_takes_no_room() -> None:
    worked = work(Tensor.full((8, 8), 1), Tensor.full((3, 3), 1), padding="same")
    blank = animate(worked, blank=True)
    still = len(raster.gif(dataclasses.replace(blank, frames=blank.frames[:1])))
    assert len(raster.gif(blank)) < 0.3 * len(blank.frames) * still


def test_files_say_what_they_show(animation: Animation) -> None:
    texts = opened(raster.png(animation, frame=2)).info
    assert texts["Title"] == "Convolution"
    assert texts["Description"].startswith(animation.description)
    assert "step 3 of 9" in texts["Description"]
    # A comment in a GIF is made of parts of 255 bytes.
    long = dataclasses.replace(animation, description="words " * 50)
    assert opened(raster.gif(long)).info["comment"].decode() == f"Convolution. {long.description}"
