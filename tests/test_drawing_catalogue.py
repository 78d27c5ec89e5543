"""The 19 animations of the guide to convolution arithmetic: parameters, frames and pixels."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from convcli.drawing import catalogue, layout, raster
from convcli.drawing.catalogue import CATALOGUE, Entry
from convcli.drawing.themes import LIGHT
from convcli.errors import CheckErrors, WriteError

# Name, side of the input, of the output, of the kernel; the window's step, its reach, and the padding and the
# spacing of the samples that are drawn (Dumoulin and Visin, 2016, and the names of their animations).
GUIDE = [
    ("no_padding_no_strides", 4, 2, 1, 3, 0, 1),
    ("arbitrary_padding_no_strides", 5, 6, 1, 4, 2, 1),
    ("same_padding_no_strides", 5, 5, 1, 3, 1, 1),
    ("full_padding_no_strides", 5, 7, 1, 3, 2, 1),
    ("no_padding_strides", 5, 2, 2, 3, 0, 1),
    ("padding_strides", 5, 3, 2, 3, 1, 1),
    ("padding_strides_odd", 6, 3, 2, 3, 1, 1),
    ("no_padding_no_strides_transposed", 2, 4, 1, 3, 2, 1),
    ("arbitrary_padding_no_strides_transposed", 6, 5, 1, 4, 1, 1),
    ("same_padding_no_strides_transposed", 5, 5, 1, 3, 1, 1),
    ("full_padding_no_strides_transposed", 7, 5, 1, 3, 0, 1),
    ("no_padding_strides_transposed", 2, 5, 1, 3, 2, 2),
    ("padding_strides_transposed", 3, 5, 1, 3, 1, 2),
    ("padding_strides_odd_transposed", 3, 6, 1, 3, 1, 2),
    ("dilation", 7, 3, 1, 5, 0, 1),
    ("numerical_no_padding_no_strides", 5, 3, 1, 3, 0, 1),
    ("numerical_padding_strides", 5, 3, 2, 3, 1, 1),
    ("numerical_average_pooling", 5, 3, 1, 3, 0, 1),
    ("numerical_max_pooling", 5, 3, 1, 3, 0, 1),
]
ODD = "padding_strides_odd_transposed"  # a row and a column more of zeros, below and to the right
CELL = 40  # pixels, in all of them

Row = tuple[str, int, int, int, int, int, int]


def entry(name: str) -> Entry:
    [found] = [each for each in CATALOGUE if each.name == name]
    return found


def extent(picture: Image.Image, colour: tuple[int, int, int], area: tuple[int, int, int, int]) -> list[int]:
    """First and last column and row, in an area, of the pixels of one colour."""
    rows, columns = np.nonzero((np.asarray(picture.crop(area)) == colour).all(axis=2))
    left, top, _, _ = area
    return [left + columns.min(), top + rows.min(), left + columns.max(), top + rows.max()]


def test_names_are_those_of_the_guide() -> None:
    assert [each.name for each in CATALOGUE] == [row[0] for row in GUIDE]


@pytest.mark.parametrize("row", GUIDE, ids=lambda row: row[0])
def test_geometry(row: Row) -> None:
    name, size, output, _, reach, padding, spacing = row
    animation = entry(name).animation()
    assert len(animation.frames) == output**2
    panels = animation.frames[0].panels
    drawn = spacing * (size - 1) + 1 + 2 * padding + (name == ODD)
    assert panels[0].shape == (drawn, drawn)
    assert panels[-1].shape == (output, output)
    window = panels[0].window
    assert window is not None
    assert (window.rows, window.columns, window.spaced) == (reach, reach, name == "dilation")
    roles = [cell.role for _, _, cell in panels[0].placed()]
    assert roles.count("input") == size**2
    assert roles.count("inserted") == (spacing * (size - 1) + 1) ** 2 - size**2
    assert bool(animation.frames[0].formula) is name.startswith("numerical")


@pytest.mark.parametrize("row", GUIDE, ids=lambda row: row[0])
def test_pixels_of_every_frame(row: Row) -> None:
    """The window and the cell of the output, found by their colour, move as the guide's do."""
    name, _, output, step, reach, _, _ = row
    animation = entry(name).animation()
    data = raster.gif(animation)
    picture = Image.open(io.BytesIO(data))
    assert picture.n_frames == output**2  # type: ignore[attr-defined]
    assert picture.info["loop"] == 0
    across = animation.frames[0].panels[0].shape[1] * CELL
    left = (0, 0, layout.MARGIN + across + 4, picture.height)
    right = (left[2], 0, picture.width, picture.height)
    first: list[list[int]] = []
    for number, frame in enumerate(ImageSequence.Iterator(picture)):
        assert frame.info["duration"] == 1000
        shown = frame.convert("RGB")
        window, cell = (extent(shown, LIGHT["accent"], area) for area in (left, right))
        first = first or [window, cell]
        down, along = divmod(number, output)
        moved = [step * CELL * along, step * CELL * down] * 2
        assert window == [start + by for start, by in zip(first[0], moved, strict=True)]
        assert cell == [
            start + by for start, by in zip(first[1], [CELL * along, CELL * down] * 2, strict=True)
        ]
    assert first[0][2] - first[0][0] == reach * CELL + 2  # the line is three pixels wide, and centred
    assert first[0][0] == layout.MARGIN - 1


def test_the_numbers_of_the_guide_are_integers_from_0_to_3_and_2() -> None:
    worked = entry("numerical_padding_strides").worked()
    assert worked.kernel is not None
    assert set(worked.input.values) == {0, 1, 2, 3}
    assert set(worked.kernel.values) == {0, 1, 2}
    assert worked.operation == "correlation"


def test_the_catalogue_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "CATALOGUE", CATALOGUE[:3])
    folder = tmp_path / "new" / "folder"
    paths = list(catalogue.write(str(folder), ("svg", "png")))
    assert [Path(path).name for path in paths[:2]] == [
        "no_padding_no_strides.svg",
        "no_padding_no_strides.png",
    ]
    assert len(paths) == 6
    assert sorted(path.name for path in folder.iterdir()) == sorted(Path(path).name for path in paths)
    before = {path: Path(path).read_bytes() for path in paths}
    Path(paths[0]).write_bytes(b"mine")
    with pytest.raises(CheckErrors) as caught:
        list(catalogue.write(str(folder), ("svg",)))
    assert [str(problem) for problem in caught.value.problems] == [
        f"{paths[0]}: exists already",
        f"{folder}: 2 more of these files exist already",
    ]
    assert Path(paths[0]).read_bytes() == b"mine"
    list(catalogue.write(str(folder), ("svg", "png"), force=True))
    assert [path for path in paths if Path(path).read_bytes() != before[path]] == []


def test_a_catalogue_cannot_be_written_into_a_file(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("")
    with pytest.raises(WriteError, match=r"file exists|not a directory"):
        list(catalogue.write(str(place / "below")))
