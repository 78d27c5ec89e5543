"""A kernel with its name and origin, and the rules for dividing one by a sum of its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from convcli.errors import ConvError, UsageError

Weights = NDArray[np.float64]
Normalization = Literal["none", "sum", "abs", "positive"]

# Below this share of the absolute sum, a sum is cancellation and rounding: dividing by it would only
# magnify noise.
_SMALLEST_SHARE = 1e-9

_ROUNDING = 1e-14

# 134 MB of float64; as far as a Gaussian of sigma 511.
MOST_WEIGHTS = 2**24


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """Weights for a convolution.

    Parameters
    ----------
    name : str
        What the user would type to get it: ``"sobel-x"``, ``"gaussian:2"``, a literal or a path.
    array : ndarray of float64, shape (N,) or (H, W)
        The weights under convolution, which turns them round: ``array[0]`` meets the last sample of the
        window.
    description : str
        One line.
    citation : str
        Where it comes from; empty for the user's own numbers.
    """

    name: str
    array: Weights
    description: str = ""
    citation: str = ""

    def __post_init__(self) -> None:
        self.array.setflags(write=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes, height first."""
        return self.array.shape

    @property
    def sum(self) -> float:
        """Sum of the weights; 0 if all that is left of it is rounding."""
        total = float(self.array.sum())
        return 0.0 if abs(total) < _ROUNDING * np.abs(self.array).sum() else total

    @property
    def plane(self) -> Weights:
        """The weights as a table, shape (H, W): a list of numbers is one row."""
        return np.atleast_2d(self.array)

    @property
    def rank(self) -> int:
        """Rank of the table of weights; 1 means a column times a row, so two cheap passes."""
        return int(np.linalg.matrix_rank(self.plane))


def normalize(array: Weights, how: Normalization) -> Weights:
    """Divide a kernel by a sum of its weights.

    Parameters
    ----------
    array : ndarray of float64
    how : {'none', 'sum', 'abs', 'positive'}
        Divide by nothing, by the sum of all weights, of their absolute values, or of the positive ones.

    Returns
    -------
    ndarray of float64
        Same shape.

    Raises
    ------
    ConvError
        If the divisor is below 1e-9 of the absolute sum, as for a derivative and ``'sum'``.
    UsageError
        If `how` is none of the four.
    """
    if how not in get_args(Normalization):
        raise UsageError(f"normalization {how!r} is not one of {', '.join(get_args(Normalization))}")
    if how == "none":
        return array
    magnitude = float(np.abs(array).sum())
    divisor = {"sum": float(array.sum()), "abs": magnitude, "positive": float(array[array > 0].sum())}[how]
    if abs(divisor) <= _SMALLEST_SHARE * magnitude:
        raise ConvError(
            f"cannot divide the kernel by its {_DIVISORS[how]}: it is {divisor:.3g}",
            hint="normalize by abs, which is zero only for a kernel of zeros, or not at all",
        )
    return array / divisor


_DIVISORS = {"sum": "sum", "abs": "absolute sum", "positive": "sum of positive weights"}
