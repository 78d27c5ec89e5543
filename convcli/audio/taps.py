"""The text of delays, gains and taps, and taps in samples.

Exact decimals all the way: a delay is rounded once, to the nearest sample of the sound it is applied to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError

from . import notes
from .pan import parse_pan

Unit = Literal["ms", "s", "samples"]

LONGEST = 3600  # seconds: a slip of the unit should not fill the disk with silence

_UNITS: dict[str, Unit] = {"ms": "ms", "s": "s", "S": "samples", "sample": "samples", "samples": "samples"}
_DELAY = re.compile(r"(?P<amount>.*?)\s*(?P<unit>ms|s|S|samples?)?")
_DECIBELS = re.compile(r"(?P<amount>.*?)\s*dB", re.IGNORECASE)
_DELAY_HINT = "write e.g. 300ms, 0.3s or 13230samples"
_TAP_HINT = "write e.g. --tap 300ms:0.5, or --tap 300ms:0.5:L"
_TAIL_HINT = "write e.g. --tail 2.5 for seconds"
_GAIN_HINT = "write a factor, e.g. 0.5 or -0.5, or decibels, e.g. -6dB"


@dataclass(frozen=True, slots=True)
class Delay:
    """A span of time, exact.

    Parameters
    ----------
    amount : Fraction
        Above 0, in `unit`.
    unit : "ms", "s" or "samples"
    tempo : Fraction or None
        Beats a minute, of a delay that was written as a note.
    """

    amount: Fraction
    unit: Unit
    tempo: Fraction | None = None

    def frames(self, rate: int) -> int:
        """Return the nearest whole number of samples at `rate` samples a second, halves to even."""
        match self.unit:
            case "ms":
                return round(self.amount * rate / 1000)
            case "s":
                return round(self.amount * rate)
            case _:
                return round(self.amount)

    def times(self, factor: int) -> Delay:
        """Return the delay `factor` times as long."""
        return replace(self, amount=self.amount * factor)

    def __str__(self) -> str:
        if self.tempo is not None:
            note = notes.format_note(self.amount / notes.seconds(Fraction(1), self.tempo))
            return f"{note} at {float(self.tempo):.6g} BPM"
        space = " " if self.unit == "samples" else ""
        return f"{float(self.amount):.10g}{space}{self.unit}"


@dataclass(frozen=True, slots=True)
class Tap:
    """One echo: the sound again after `delay`, multiplied by `gain`.

    It is heard at `pan` between left (-1) and right (1); None: in the channels that it comes from.
    """

    delay: Delay
    gain: float
    pan: float | None = None


Tail = Literal["keep", "cut"] | Delay


def parse_delay(
    text: str, *, option: str, bare: Unit = "ms", tempo: Fraction | None = None, musical: bool = False
) -> Delay:
    """Read ``300ms``, ``0.3s``, ``13230samples`` (also ``13230S``), a bare number, or a note.

    Parameters
    ----------
    text : str
    option : str
        Name of the option the text was given to, for messages.
    bare : "ms", "s" or "samples"
        Unit of a bare number.
    tempo : Fraction or None
        Beats a minute, which notes need.
    musical : bool
        Whether notes such as ``1/8`` can be written here.

    Raises
    ------
    UsageError
        The text is no such delay, or not above 0, or a note without a tempo.
    """
    if musical and (note := notes.parse_note(text)) is not None:
        if tempo is None:
            raise UsageError(
                f"{option}: {text!r} is a note, which needs a tempo",
                hint="add e.g. --tempo 120 for beats a minute, or write a time: 300ms, 0.3s",
            )
        return Delay(notes.seconds(note, tempo), "s", tempo)
    match = _DELAY.fullmatch(text.strip())
    written, unit = (match["amount"], match["unit"]) if match else (text, None)
    if unit is None and "/" in written:
        hint = f"of notes, {notes.HINT}" if musical else _DELAY_HINT
        raise UsageError(f"{option}: {text!r} has no unit", hint=hint)
    amount = _number(written, text, option=option, hint=_DELAY_HINT)
    if amount <= 0:
        raise UsageError(f"{option}: {text!r} is not above 0", hint=_DELAY_HINT)
    return Delay(amount, bare if unit is None else _UNITS[unit])


def parse_gain(text: str, *, option: str) -> float:
    """Read a factor (``0.5``, ``-0.5``, ``1/3``) or decibels (``-6dB``).

    Raises
    ------
    UsageError
        The text is neither, or out of the range of numbers.
    """
    match = _DECIBELS.fullmatch(text.strip())
    amount = _number(match["amount"] if match else text, text, option=option, hint=_GAIN_HINT)
    if not match:
        return float(amount)
    if abs(amount) > 300:
        raise UsageError(f"{option}: {text!r} is beyond 300 dB", hint=_GAIN_HINT)
    return float(10 ** (float(amount) / 20))


def parse_tap(text: str, *, tempo: Fraction | None = None) -> Tap:
    """Read ``DELAY:GAIN`` or ``DELAY:GAIN:PAN``, e.g. ``300ms:0.5``, ``0.6s:-12dB:L`` or ``1/8:0.5:0.25``.

    Raises
    ------
    UsageError
        The text is not a delay, a gain and perhaps a place, with colons between them.
    """
    delay, *rest = text.split(":")
    if len(rest) not in (1, 2):
        raise UsageError(f"--tap: {text!r} is not DELAY:GAIN or DELAY:GAIN:PAN", hint=_TAP_HINT)
    return Tap(
        parse_delay(delay, option="--tap", tempo=tempo, musical=True),
        parse_gain(rest[0], option="--tap"),
        parse_pan(rest[1], option="--tap") if len(rest) == 2 else None,
    )


def parse_tail(text: str) -> Tail:
    """Read ``keep``, ``cut`` (also ``0``) or a time, a bare number of which is in seconds.

    Raises
    ------
    UsageError
        The text is none of these.
    """
    match text.strip().lower():
        case "keep":
            return "keep"
        case "cut" | "0":
            return "cut"
    try:
        return parse_delay(text, option="--tail", bare="s")
    except UsageError:
        raise UsageError(f"--tail: {text!r} is not keep, cut or a time above 0", hint=_TAIL_HINT) from None


def offsets(taps: Sequence[Tap], rate: int) -> tuple[int, ...]:
    """Return the delays of taps in samples at `rate` samples a second.

    Raises
    ------
    UsageError
        A delay is less than half a sample, or longer than an hour.
    """
    frames = tuple(tap.delay.frames(rate) for tap in taps)
    for tap, count in zip(taps, frames, strict=True):
        if count == 0:
            raise UsageError(
                f"delay {tap.delay}: is no whole sample at {rate} Hz",
                hint="the undelayed sound is set by --dry",
            )
        _check_length(count, f"delay {tap.delay}", rate, hint=_DELAY_HINT)
    return frames


def tail_frames(tail: Tail, rate: int, *, reach: int) -> int:
    """Return a tail in samples at `rate` samples a second.

    Parameters
    ----------
    tail : "keep", "cut" or Delay
    rate : int
        In Hz.
    reach : int
        Samples from the end of the sound to the last thing that is heard of it: what ``"keep"`` keeps.

    Raises
    ------
    UsageError
        It is longer than an hour.
    """
    match tail:
        case "keep":
            return reach
        case "cut":
            return 0
        case span:
            frames = span.frames(rate)
            _check_length(frames, f"--tail {span}", rate, hint=_TAIL_HINT)
            return frames


def _check_length(frames: int, what: str, rate: int, *, hint: str) -> None:
    if frames > LONGEST * rate:
        raise UsageError(f"{what}: is longer than an hour at {rate} Hz", hint=hint)


def _number(written: str, text: str, *, option: str, hint: str) -> Fraction:
    try:
        return parse_number(written)
    except UsageError:
        raise UsageError(f"{option}: {text!r} cannot be read", hint=hint) from None
