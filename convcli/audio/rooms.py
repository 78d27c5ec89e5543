"""From the options of a reverb to what is done."""

from __future__ import annotations

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError

from .mixing import gains
from .responses import Layout, Norm, Recording
from .reverb import Reverb
from .taps import parse_delay, parse_tail

_QUIETEST = 300  # dB: far below the rounding of any sample


def arrange(
    recording: Recording,
    *,
    wet: str | None = None,
    dry: str | None = None,
    mix: str | None = None,
    norm: Norm = "none",
    layout: Layout = "auto",
    trim: str | None = None,
    fade: str | None = None,
    reverse: bool = False,
    pre_delay: str | None = None,
    tail: str = "keep",
    workers: int | None = None,
) -> Reverb:
    """Return the reverb that options describe.

    Parameters
    ----------
    recording : Recording
        The impulse response.
    wet, dry, mix : str or None
        Gains of the convolved sound and of the sound itself, 1 and 0 unless given; or the share of the first.
    norm, layout, reverse, workers
        As for `Reverb`.
    trim : str or None
        As for `parse_threshold`.
    fade, pre_delay : str or None
        As for `parse_delay`.
    tail : str
        As for `parse_tail`.

    Raises
    ------
    UsageError
        A text cannot be read, or the options contradict each other.
    """
    loud, direct = gains(mix=mix, dry=dry, wet=wet, usual_dry=0.0)
    return Reverb(
        recording,
        wet=loud,
        dry=direct,
        norm=norm,
        layout=layout,
        trim_db=None if trim is None else parse_threshold(trim),
        fade=None if fade is None else parse_delay(fade, option="--ir-fade"),
        reverse=reverse,
        pre_delay=None if pre_delay is None else parse_delay(pre_delay, option="--pre-delay"),
        tail=parse_tail(tail),
        workers=workers,
    )


def parse_threshold(text: str) -> float:
    """Read decibels below the peak, ``60``, ``-60`` or ``-60dB``, as a number below 0.

    Raises
    ------
    UsageError
        The text is no such number.
    """
    written = text.strip()
    if written.lower().endswith("db"):
        written = written[:-2]
    try:
        below = -abs(float(parse_number(written)))
    except UsageError:
        below = 0.0
    if not -_QUIETEST <= below < 0:
        raise UsageError(
            f"--ir-trim: {text!r} is no number of decibels below the peak, up to {_QUIETEST}",
            hint="write e.g. -60",
        )
    return below
