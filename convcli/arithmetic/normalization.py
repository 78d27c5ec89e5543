"""What a kernel is divided by, so that its weights sum to 1 in one sense or another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from convcli.errors import ConvError, UsageError

if TYPE_CHECKING:
    from fractions import Fraction

Normalization = Literal["none", "sum", "abs", "positive"]
Number = TypeVar("Number", "Fraction", float)

# Below one part in this of the absolute sum, a sum is cancellation and rounding: dividing by it would only
# magnify noise.
_CANCELLATION = 10**9


def divisor(how: Normalization, *, total: Number, absolute: Number, positive: Number) -> Number | Literal[1]:
    """Choose what to divide a kernel by.

    Parameters
    ----------
    how : {'none', 'sum', 'abs', 'positive'}
        Nothing, the sum of all weights, of their absolute values, or of the positive ones.
    total, absolute, positive : Fraction or float
        These sums.

    Returns
    -------
    Fraction, float or 1
        The chosen sum; 1 for ``'none'``.

    Raises
    ------
    ConvError
        If it is zero or at most 1e-9 of the absolute sum, as for a derivative and ``'sum'``.
    UsageError
        If `how` is none of the four.

    Examples
    --------
    >>> divisor("positive", total=1.0, absolute=5.0, positive=3.0)
    3.0
    """
    if how == "none":
        return 1
    sums = {"sum": total, "abs": absolute, "positive": positive}
    if how not in sums:
        raise UsageError(f"normalization {how!r} is not one of {', '.join(get_args(Normalization))}")
    if absolute == 0:
        raise ConvError("kernel: cannot be divided by its sum, all of its weights are zero")
    chosen = sums[how]
    if abs(chosen) * _CANCELLATION <= absolute:
        which = "positive weights" if how == "positive" else "weights"
        raise ConvError(
            f"kernel: cannot be divided by {float(chosen):.3g}, the sum of its {which}",
            hint="--normalize abs divides by the sum of their absolute values",
        )
    return chosen
