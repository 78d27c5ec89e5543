"""Numbers as comma-separated values, none left out."""

from __future__ import annotations

from convcli.arithmetic.layers import AXIS_NAMES
from convcli.arithmetic.notation import plain_number
from convcli.arithmetic.tensors import Tensor


def comma_separated(tensor: Tensor) -> list[str]:
    """Write a list as one line, a table as its rows, and more axes as a line for each number.

    Parameters
    ----------
    tensor : Tensor
        With more than two axes the first is of channels; then a heading names the columns.

    Returns
    -------
    list of str
        Whole numbers, and the nearest double of any other.
    """
    if tensor.ndim <= 2:
        return [",".join(str(plain_number(value)) for value in row) for row in tensor.rows]
    names = ("channel", *AXIS_NAMES[tensor.ndim - 1], "value")
    cells = zip(tensor.indices(), tensor.values, strict=True)
    return [
        ",".join(names),
        *(",".join(map(str, (*index, plain_number(value)))) for index, value in cells),
    ]
