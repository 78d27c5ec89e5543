"""A kernel with its name and origin, and the rules for dividing one by a sum of its weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convcli.arithmetic.normalization import Normalization, divisor
from convcli.errors import UsageError

Weights = NDArray[np.float64]

_ROUNDING = 1e-12  # of the absolute sum: what thousands of weights, each rounded, may leave

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

    Raises
    ------
    UsageError
        If a weight or the sum of their absolute values is not finite.
    """

    name: str
    array: Weights
    description: str = ""
    citation: str = ""

    def __post_init__(self) -> None:
        with np.errstate(over="ignore"):
            finite = np.isfinite(np.abs(self.array).sum())
        if not finite:
            raise UsageError(
                "weights and their absolute sum must be finite numbers",
                hint="very large and very small numbers overflow: choose them nearer to 1",
            )
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
        Of any other type as well: floats keep it, whole numbers become float64.
    how : {'none', 'sum', 'abs', 'positive'}
        As in `convcli.arithmetic.normalization.divisor`.

    Returns
    -------
    ndarray
        Same shape.

    Raises
    ------
    ConvError
        If that sum is zero, or next to the absolute sum almost zero.
    UsageError
        If `how` is none of the four.
    """
    by = divisor(
        how,
        total=float(array.sum()),
        absolute=float(np.abs(array).sum()),
        positive=float(array[array > 0].sum()),
    )
    return array / by
