"""How much of a sound itself and of its effect there is in the result."""

from __future__ import annotations

from fractions import Fraction

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError

from .taps import parse_gain


def gains(
    *, mix: str | None, dry: str | None, usual_dry: float, wet: str | None = None
) -> tuple[float, float]:
    """Return the gains of the effect and of the sound itself.

    Parameters
    ----------
    mix : str or None
        Share of the effect, M: its gain is M, and that of the sound itself 1 - M.
    dry, wet : str or None
        The gains one by one; None: `usual_dry`, and 1.

    Returns
    -------
    wet, dry : float

    Raises
    ------
    UsageError
        A text cannot be read, or a mix and a gain are given.
    """
    if mix is not None:
        for name, text in (("--dry", dry), ("--wet", wet)):
            if text is not None:
                raise UsageError(
                    f"{name}: has no meaning together with --mix",
                    hint="--mix M takes M of the effect and 1 - M of the sound itself; give one of the two",
                )
        share = parse_mix(mix)
        return float(share), float(1 - share)
    return (
        1.0 if wet is None else parse_gain(wet, option="--wet"),
        usual_dry if dry is None else parse_gain(dry, option="--dry"),
    )


def parse_mix(text: str) -> Fraction:
    """Read a share of the effect: ``0.3`` or ``30%``.

    Raises
    ------
    UsageError
        The text is no number from 0 to 1.
    """
    written = text.strip()
    try:
        share = parse_number(written.removesuffix("%")) / (100 if written.endswith("%") else 1)
    except UsageError:
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise UsageError(
            f"--mix: {text!r} is not a share from 0 to 1", hint="write e.g. 0.3 or 30%; 0 is the sound alone"
        )
    return share
