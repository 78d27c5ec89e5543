"""What stands beyond the ends of an array, as arithmetic on indices."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError

_NAMES = ("zeros", "replicate", "reflect", "symmetric", "circular")
_ALIASES = {"edge": "replicate", "nearest": "replicate", "wrap": "circular"}
_HINT = f"choose one of {', '.join(_NAMES)}, constant:V"


@dataclass(frozen=True, slots=True)
class Boundary:
    """A rule for what stands outside of an array.

    Parameters
    ----------
    name : {"zeros", "replicate", "reflect", "symmetric", "circular", "constant"}
        With abcd as the input: ``000|abcd|000``, ``aaa|abcd|ddd``, ``dcb|abcd|cba``, ``cba|abcd|dcb``,
        ``bcd|abcd|abc``; a constant stands outside like the zeros do.
    value : Fraction
        The constant; 0 for the other rules.
    """

    name: str
    value: Fraction = Fraction(0)

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
        return f"constant:{self.value}" if self.name == "constant" else self.name


def parse_boundary(text: str) -> Boundary:
    """Read the name of a boundary, or ``constant:V``.

    Raises
    ------
    UsageError
        If it is none of them, or a name that means opposite things in different tools.
    """
    name, colon, value = text.strip().lower().partition(":")
    if name == "constant" and colon:
        return Boundary(name, parse_number(value))
    name = _ALIASES.get(name, name)
    if name in _NAMES and not colon:
        return Boundary(name)
    if name == "mirror":
        raise UsageError(
            "padding mode 'mirror' means opposite things in different tools",
            hint="use reflect for dcb|abcd|cba, or symmetric for cba|abcd|dcb",
        )
    raise UsageError(f"{text!r} is not a padding mode", hint=_HINT)
