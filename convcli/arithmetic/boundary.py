"""What stands beyond the ends of an array, as arithmetic on indices.

The rules are drawn on the array ``abcd``; every rule is defined any distance away from it, so a kernel may be
many times larger than the array.

=============  =====================  ==========================================================
name           extension              elsewhere
=============  =====================  ==========================================================
zeros          ``000|abcd|000``       numpy.pad constant, scipy.ndimage constant
replicate      ``aaa|abcd|ddd``       numpy.pad edge, scipy.ndimage nearest
reflect        ``dcb|abcd|cba``       numpy.pad reflect, scipy.ndimage mirror, OpenCV REFLECT_101
symmetric      ``cba|abcd|dcb``       numpy.pad symmetric, scipy.ndimage reflect, OpenCV REFLECT
circular       ``bcd|abcd|abc``       numpy.pad wrap, scipy.ndimage wrap
constant:V     ``VVV|abcd|VVV``       numpy.pad constant
=============  =====================  ==========================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from convcli.arithmetic.literals import parse_number
from convcli.arithmetic.notation import format_number
from convcli.errors import UsageError, shortened

_NAMES = ("zeros", "replicate", "reflect", "symmetric", "circular")
_ALIASES = {"edge": "replicate", "nearest": "replicate", "wrap": "circular"}
_HINT = f"choose one of {', '.join(_NAMES)}, constant:V"


@dataclass(frozen=True, slots=True)
class Boundary:
    """A rule for what stands outside of an array.

    Parameters
    ----------
    name : {"zeros", "replicate", "reflect", "symmetric", "circular", "constant"}
        As in the table above, without the value.
    value : Fraction
        The constant; 0 for the other rules.
    """

    name: str
    value: Fraction = Fraction(0)

    @property
    def constant(self) -> bool:
        """Whether one value stands everywhere outside, zero included."""
        return self.name in ("zeros", "constant")

    @property
    def number(self) -> int | float:
        """The constant as a plain number: a whole one stays exact at any size."""
        return self.value.numerator if self.value.denominator == 1 else float(self.value)

    def source(self, position: int, size: int) -> int | None:
        """Index of the input sample that a position inside or outside of the input shows.

        Parameters
        ----------
        position : int
            Index relative to the first sample; negative before it, >= `size` after the last.
        size : int
            Input samples, >= 1.

        Returns
        -------
        int or None
            None where `value` stands. Every rule is defined any distance away from the input.
        """
        if 0 <= position < size:
            return position
        match self.name:
            case "replicate":
                return 0 if position < 0 else size - 1
            case "circular":
                return position % size
            case "symmetric":
                folded = position % (2 * size)
                return min(folded, 2 * size - 1 - folded)
            case "reflect":
                # The ends are not repeated, so the period is two samples shorter; one sample repeats itself.
                period = max(2 * size - 2, 1)
                folded = position % period
                return min(folded, period - folded)
            case _:
                return None

    def __str__(self) -> str:
        if self.name != "constant":
            return self.name
        return f"constant:{format_number(self.value, decimals=True)}"


def parse_boundary(text: str) -> Boundary:
    """Read the name of a boundary, or ``constant:V``.

    Raises
    ------
    UsageError
        If it is none of them, or a name that means opposite things in different tools.
    """
    name, colon, value = text.strip().lower().partition(":")
    if name == "constant" and colon:
        return Boundary(name, _constant(value, text))
    name = _ALIASES.get(name, name)
    if name in _NAMES and not colon:
        return Boundary(name)
    if name == "mirror":
        raise UsageError(
            "padding mode 'mirror' means opposite things in different tools",
            hint="use reflect for dcb|abcd|cba, or symmetric for cba|abcd|dcb",
        )
    raise UsageError(f"{shortened(text)!r} is not a padding mode", hint=_HINT)


def check_boundary(boundary: Boundary, *, transposed: bool, pools: bool) -> None:
    """Refuse a boundary where a layer does not read what is outside of its input.

    Parameters
    ----------
    boundary : Boundary
    transposed, pools : bool
        Whether the layer is a transposed convolution, or a pooling.

    Raises
    ------
    UsageError
        If it is one of them, and something else than zeros is to stand outside.
    """
    if (boundary.constant and not boundary.value) or not (transposed or pools):
        return
    reason = (
        "around the input of a transposed convolution there are zeros, which it crops"
        if transposed
        else "the padding of a pooling is never the largest, and 0 in averages"
    )
    raise UsageError(f"--padding-mode {boundary}: {reason}", hint="leave --padding-mode out")


def _constant(value: str, text: str) -> Fraction:
    try:
        return parse_number(value)
    except UsageError as error:
        problem = error.message if value.strip() else "the value is missing"
        raise UsageError(
            f"padding mode {shortened(text)!r}: {problem}",
            hint="write constant:V with a number V, e.g. constant:128",
        ) from None
