"""From the options of an echo to its taps, and which of them contradict each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from convcli.errors import UsageError

from . import notes
from .echo import Echo
from .mixing import gains
from .taps import Delay, Tap, parse_delay, parse_gain, parse_tail, parse_tap

MOST_REPEATS = 1000

DEFAULT_DELAY = Delay(Fraction(300), "ms")
DEFAULT_GAIN = 0.5


def arrange(
    *,
    delay: str | None = None,
    gain: str | None = None,
    taps: Sequence[str] = (),
    repeats: int | None = None,
    feedback: str | None = None,
    ping_pong: bool = False,
    tempo: str | None = None,
    dry: str | None = None,
    mix: str | None = None,
    tail: str = "keep",
) -> Echo:
    """Return the echo that options describe.

    Parameters
    ----------
    delay, gain : str or None
        The echo's distance and factor; None: 300 ms and 0.5.
    taps : sequence of str
        Echoes written one by one; they replace the one of `delay` and `gain`.
    repeats : int or None
        How often the echo comes back, each time `delay` later and `gain` times as loud; None: once.
    feedback : str or None
        Gain of each further echo relative to the one before, without end.
    ping_pong : bool
        Echoes on the left and on the right by turns.
    tempo : str or None
        Beats a minute, for delays written as notes.
    dry, mix : str or None
        Gain of the sound itself, or the share of the echoes; None: 1.
    tail : str
        As for `parse_tail`.

    Raises
    ------
    UsageError
        A text cannot be read, or the options contradict each other.
    """
    beat = None if tempo is None else notes.parse_tempo(tempo)
    given: dict[str, object] = {"--delay": delay, "--gain": gain, "--repeats": repeats}
    if taps:
        _exclude(
            given | {"--feedback": feedback},
            "--tap",
            "every --tap has its own delay and gain; write one for each echo",
        )
        arranged = tuple(parse_tap(text, tempo=beat) for text in taps)
    else:
        if feedback is not None:
            _exclude({"--repeats": repeats}, "--feedback", "--repeats ends, --feedback fades; choose one")
        arranged = _repeated(delay, gain, repeats, beat)
    if ping_pong and any(tap.pan is not None for tap in arranged):
        raise UsageError(
            "--ping-pong: has no meaning together with a PAN in --tap",
            hint="leave the third part of every --tap away, or --ping-pong",
        )
    if beat is not None and not any(tap.delay.tempo for tap in arranged):
        raise UsageError("--tempo: no delay is a note", hint="write e.g. --delay 1/8 or --tap 1/4:0.5")
    wet, direct = gains(mix=mix, dry=dry, usual_dry=1.0)
    return Echo(
        taps=tuple(Tap(tap.delay, wet * tap.gain, tap.pan) for tap in arranged),
        dry=direct,
        feedback=None if feedback is None else _fading(feedback),
        ping_pong=ping_pong,
        tail=parse_tail(tail),
    )


def _repeated(
    delay: str | None, gain: str | None, repeats: int | None, tempo: Fraction | None
) -> tuple[Tap, ...]:
    count = 1 if repeats is None else repeats
    if not 1 <= count <= MOST_REPEATS:
        raise UsageError(
            f"--repeats: {count} is not a whole number from 1 to {MOST_REPEATS}",
            hint="for echoes that fade without end, use --feedback",
        )
    span = DEFAULT_DELAY
    if delay is not None:
        span = parse_delay(delay, option="--delay", tempo=tempo, musical=True)
    factor = DEFAULT_GAIN if gain is None else parse_gain(gain, option="--gain")
    return tuple(Tap(span.times(number), factor**number) for number in range(1, count + 1))


def _fading(text: str) -> float:
    factor = parse_gain(text, option="--feedback")
    if not -1 < factor < 1:
        raise UsageError(
            f"--feedback: {text!r} is not between -1 and 1",
            hint="echoes as loud as the one before never fade; try 0.6 or -4dB",
        )
    return factor


def _exclude(given: Mapping[str, object], other: str, hint: str) -> None:
    """Refuse options that another one leaves without a meaning."""
    for name, value in given.items():
        if value is not None:
            raise UsageError(f"{name}: has no meaning together with {other}", hint=hint)
