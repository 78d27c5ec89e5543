"""Tensors as text: a table for each channel, with the middle of long ones left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from convcli.arithmetic.layers import AXIS_NAMES
from convcli.arithmetic.notation import align_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_NUMBERS = 1_000
_EDGE = 3  # entries kept at each end of an axis, where some are left out


def is_elided(array: NDArray[Any]) -> bool:
    """Whether `lines` leaves anything out."""
    return array.size > MOST_NUMBERS


def lines(array: NDArray[Any], *, sizes: int, dots: str) -> Iterator[str]:
    """Write the numbers of a tensor, floats with six digits.

    Parameters
    ----------
    array : ndarray, shape ([batch,] [channels,] *sizes)
    sizes : int
        How many of the last axes are spatial.
    dots : str
        What stands for what is left out, if there are more than `MOST_NUMBERS`.

    Yields
    ------
    str
        A line a row, the tables of different channels with their place above and an empty line between.
    """
    elided = is_elided(array)
    names = (*("batch", "channel")[2 + sizes - array.ndim :], *AXIS_NAMES[sizes])
    outer = array.shape[: array.ndim - min(sizes, 2)]
    tables = array.reshape(-1, *((1,) if sizes == 1 else ()), *array.shape[len(outer) :])
    for number in _shown(len(tables), elided):
        if number != 0:
            yield ""
        if number is None:
            yield dots
            continue
        if outer:
            yield ", ".join(f"{name} {at}" for name, at in zip(names, _place(number, outer), strict=False))
        yield from _rows(tables[number], elided, dots)


def _place(number: int, shape: Sequence[int]) -> list[int]:
    """Indices of an element by its number in C order."""
    place: list[int] = []
    for size in reversed(shape):
        number, index = divmod(number, size)
        place.insert(0, index)
    return place


def _shown(size: int, elided: bool) -> list[int | None]:
    """Indices along an axis; None where some are left out."""
    if not elided or size <= 2 * _EDGE:
        return list(range(size))
    return [*range(_EDGE), None, *range(size - _EDGE, size)]


def _rows(table: NDArray[Any], elided: bool, dots: str) -> list[str]:
    whole = table.dtype.kind in "biu"
    columns = _shown(table.shape[1], elided)

    def cell(row: int | None, column: int | None) -> str:
        if row is None or column is None:
            return dots
        number = table[row, column]
        return str(number) if whole else f"{number:.6g}"

    return align_rows([[cell(row, column) for column in columns] for row in _shown(table.shape[0], elided)])
