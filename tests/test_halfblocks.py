"""Pictures as characters: what stands where, and in which colours."""

import pytest

from convcli import halfblocks
from convcli.halfblocks import ASCII, BLOCKS, HALF, Cell

WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (255, 0, 0)


@pytest.mark.parametrize(
    ("columns", "lines", "expected"),
    [(80, 24, (39, 42)), (60, 10, (29, 14)), (59, 23, (59, 20)), (1, 1, (1, 2))],
)
def test_room(columns: int, lines: int, expected: tuple[int, int]) -> None:
    assert halfblocks.room(columns, lines) == expected


def test_half_blocks_hold_two_pixels() -> None:
    raster = [[RED, WHITE], [BLACK, RED], [WHITE, BLACK]]
    lines = halfblocks.compose(["a"], [raster], columns=50, ramp=None)
    assert lines == [
        [Cell("a")],
        [Cell(HALF, RED, BLACK), Cell(HALF, WHITE, RED)],
        [Cell(HALF, WHITE, None), Cell(HALF, BLACK, None)],
    ]


def test_density_grows_with_the_light() -> None:
    grays = [[(value,) * 3 for value in range(256)]] * 2
    for ramp in (BLOCKS, ASCII):
        [_, [cell]] = halfblocks.compose(["a"], [grays], columns=50, ramp=ramp)
        assert [ramp.index(character) for character in cell.text] == sorted(map(ramp.index, cell.text))
        assert set(cell.text) == set(ramp)
    [_, [cell]] = halfblocks.compose(["a"], [[[WHITE], [BLACK]]], columns=50, ramp=ASCII)
    assert cell.text == ASCII[len(ASCII) // 2 - 1]


def text(lines: list[list[Cell]]) -> list[str]:
    return ["".join(cell.text for cell in line).rstrip() for line in lines]


def test_side_by_side_or_above_each_other() -> None:
    tall, small = [[WHITE] * 3] * 4, [[WHITE]]
    wide = halfblocks.compose(["one", "two"], [tall, small], columns=80, ramp=ASCII)
    assert text(wide) == ["one  two", "@@@  @", "@@@"]
    narrow = halfblocks.compose(["one", "two"], [tall, small], columns=40, ramp=ASCII)
    assert text(narrow) == ["one", "@@@", "@@@", "two", "@"]
