"""The text of delays, gains and taps, and the taps of an echo in samples.

Exact decimals all the way: a delay is rounded once, to the nearest sample of the sound it is applied to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError

Unit = Literal["ms", "s", "samples"]

LONGEST = 3600  # seconds: a slip of the unit should not fill the disk with silence
MOST_REPEATS = 1000

_UNITS: dict[str, Unit] = {"ms": "ms", "s": "s", "S": "samples", "sample": "samples", "samples": "samples"}
_DELAY = re.compile(r"(?P<amount>.*?)\s*(?P<unit>ms|s|S|samples?)?")
_DECIBELS = re.compile(r"(?P<amount>.*?)\s*dB", re.IGNORECASE)
_DELAY_HINT = "write e.g. 300ms, 0.3s or 13230samples"
_GAIN_HINT = "write a factor, e.g. 0.5 or -0.5, or decibels, e.g. -6dB"


@dataclass(frozen=True, slots=True)
class Delay:
    """A span of time, exact.

    Parameters
    ----------
    amount : Fraction
        Above 0, in `unit`.
    unit : "ms", "s" or "samples"
    """

    amount: Fraction
    unit: Unit

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
        return Delay(self.amount * factor, self.unit)

    def __str__(self) -> str:
        space = " " if self.unit == "samples" else ""
        return f"{float(self.amount):.10g}{space}{self.unit}"


@dataclass(frozen=True, slots=True)
class Tap:
    """One echo: the sound again after `delay`, multiplied by `gain`."""

    delay: Delay
    gain: float


Tail = Literal["keep", "cut"] | Delay

DEFAULT_DELAY = Delay(Fraction(300), "ms")
DEFAULT_GAIN = 0.5


def parse_delay(text: str, *, option: str, bare: Unit = "ms") -> Delay:
    """Read ``300ms``, ``0.3s``, ``13230samples`` (also ``13230S``) or a bare number.

    Parameters
    ----------
    text : str
    option : str
        Name of the option the text was given to, for messages.
    bare : "ms", "s" or "samples"
        Unit of a bare number.

    Raises
    ------
    UsageError
        The text is no such delay, or not above 0.
    """
    match = _DELAY.fullmatch(text.strip())
    written, unit = (match["amount"], match["unit"]) if match else (text, None)
    if unit is None and "/" in written:
        raise UsageError(f"{option}: {text!r} has no unit", hint=_DELAY_HINT)
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


def parse_tap(text: str) -> Tap:
    """Read ``DELAY:GAIN``, e.g. ``300ms:0.5`` or ``0.6s:-12dB``.

    Raises
    ------
    UsageError
        The text is not a delay and a gain with one colon between them.
    """
    delay, colon, gain = text.partition(":")
    if not colon or ":" in gain:
        raise UsageError(f"--tap: {text!r} is not DELAY:GAIN", hint="write e.g. --tap 300ms:0.5")
    return Tap(parse_delay(delay, option="--tap"), parse_gain(gain, option="--tap"))


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
        raise UsageError(
            f"--tail: {text!r} is not keep, cut or a time above 0", hint="write e.g. --tail 2.5 for seconds"
        ) from None


def arrange(
    *, delay: str | None, gain: str | None, taps: Sequence[str], repeats: int | None
) -> tuple[Tap, ...]:
    """Return the taps that the options of an echo describe.

    Parameters
    ----------
    delay, gain : str or None
        The echo's distance and factor; None: 300 ms and 0.5.
    taps : sequence of str
        Echoes written one by one; they replace the one of `delay` and `gain`.
    repeats : int or None
        How often the echo comes back, each time `delay` later and `gain` times as loud; None: once.

    Raises
    ------
    UsageError
        A text cannot be read, or the options contradict each other.
    """
    if taps:
        given = {"--delay": delay, "--gain": gain, "--repeats": repeats}
        for name, value in given.items():
            if value is not None:
                raise UsageError(
                    f"{name}: has no meaning together with --tap",
                    hint="every --tap has its own delay and gain; write one for each echo",
                )
        return tuple(parse_tap(text) for text in taps)
    count = 1 if repeats is None else repeats
    if not 1 <= count <= MOST_REPEATS:
        raise UsageError(f"--repeats: {count} is not a whole number from 1 to {MOST_REPEATS}")
    span = DEFAULT_DELAY if delay is None else parse_delay(delay, option="--delay")
    factor = DEFAULT_GAIN if gain is None else parse_gain(gain, option="--gain")
    return tuple(Tap(span.times(number), factor**number) for number in range(1, count + 1))


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
        _check_length(count, f"delay {tap.delay}", rate)
    return frames


def tail_frames(span: Delay, rate: int) -> int:
    """Return a tail in samples at `rate` samples a second.

    Raises
    ------
    UsageError
        It is longer than an hour.
    """
    frames = span.frames(rate)
    _check_length(frames, f"--tail {span}", rate)
    return frames


def _check_length(frames: int, what: str, rate: int) -> None:
    if frames > LONGEST * rate:
        raise UsageError(f"{what}: is longer than an hour at {rate} Hz", hint=_DELAY_HINT)


def _number(written: str, text: str, *, option: str, hint: str) -> Fraction:
    try:
        return parse_number(written)
    except UsageError:
        raise UsageError(f"{option}: {text!r} cannot be read", hint=hint) from None
