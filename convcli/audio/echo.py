"""Echoes: a sound plus delayed copies of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, log10
from typing import Any

import numpy as np

from convcli.engine.streams import Route, RoutedTaps, Stream, TapStream
from convcli.errors import UsageError

from . import precision, taps
from .effects import KernelFacts, Prepared
from .feedback import EchoLoop
from .formats import Encoding
from .pan import CENTRE, LEFT, RIGHT, pan_gains
from .taps import Tail, Tap

LONGEST_FADE = 30  # seconds: feedback of almost 1 fades for hours

_TOLD = 4  # delays that are told one by one
_PLACES = {LEFT: "left", CENTRE: "centre", RIGHT: "right"}
# Measured on 21 minutes of stereo sound with 2 to 33 spikes, on one core of a 2-core server in 2026.
_SECONDS_A_SPIKE = 0.32e-9
_LOOP = 4  # multiply-adds for a sample of feedback

# Sums of few products cost the same in double precision; it is transforms that do not.
_EXACT = np.dtype(np.float64)


@dataclass(frozen=True, slots=True)
class Echo:
    """What is done to a sound: ``y[n] = dry x[n] + gain_1 x[n - delay_1] + ...``.

    Parameters
    ----------
    taps : tuple of Tap
        Delays and gains of the echoes, and where they are heard. A sound of one channel becomes stereo if any
        of them has a place.
    dry : float
        Gain of the sound itself, in all channels.
    feedback : float or None
        Gain of each further echo relative to the one before, of the only tap.
    ping_pong : bool
        The echoes are of the mean of the channels, and are heard on the left and on the right by turns.
    tail : "keep", "cut" or Delay
        How long the result goes on after the sound has ended: until the last echo has, not at all, or
        exactly so long.
    """

    taps: tuple[Tap, ...]
    dry: float = 1.0
    feedback: float | None = None
    ping_pong: bool = False
    tail: Tail = "keep"

    def prepare(self, sound: Encoding, frames: int | None, *, dtype: np.dtype[Any]) -> Prepared:
        """Return the echo in samples of a sound.

        Raises
        ------
        UsageError
            A delay or tail makes no sense at its rate, or there is no left and right in it.
        """
        delays = taps.offsets(self.taps, sound.rate)
        channels = self._channels(sound)
        if self.feedback is None:
            return self._with_taps(delays, sound, channels, dtype)
        return self._with_feedback(self.feedback, delays[0], sound, channels)

    @property
    def _placed(self) -> bool:
        """Whether left and right differ."""
        return self.ping_pong or any(tap.pan is not None for tap in self.taps)

    def _channels(self, sound: Encoding) -> int:
        """Channels of the result."""
        if self._placed and sound.channels > 2:
            option = "--ping-pong" if self.ping_pong else "--tap with a PAN"
            raise UsageError(
                f"{option}: a sound of {sound.channels} channels has more than left and right",
                hint="it works on mono and stereo sounds",
            )
        return 2 if self._placed else sound.channels

    def _with_taps(
        self, delays: Sequence[int], sound: Encoding, channels: int, dtype: np.dtype[Any]
    ) -> Prepared:
        gains = [tap.gain for tap in self.taps]
        pairs = [(0, self.dry), *zip(delays, gains, strict=True)]
        spikes = [(delay, gain) for delay, gain in pairs if gain]
        reach = max((delay for delay, _ in spikes), default=0)
        routes = self._routes(delays, sound.channels) if self._placed else []
        exact = _EXACT if routes else precision.for_taps(dtype, [gain for _, gain in spikes], sound)

        def stream() -> Stream:
            if routes:
                return RoutedTaps(routes, outputs=channels, dtype=exact)
            offsets, factors = zip(*spikes, strict=True) if spikes else ((), ())
            return TapStream(offsets, factors, channels=channels, dtype=exact)

        weights = sum(len(route.offsets) for route in routes) or len(spikes) * channels
        return Prepared(
            kernel=KernelFacts(
                name="1 spike" if len(spikes) == 1 else f"{len(spikes)} spikes",
                length=reach + 1,
                sum=fsum(gain for _, gain in spikes),
            ),
            channels=channels,
            tail=taps.tail_frames(self.tail, sound.rate, reach=reach),
            stream=stream,
            dtype=exact,
            method="taps",
            reason=f"{reach + 1 - len(spikes)} of {reach + 1} weights are zero",
            seconds_per_frame=_SECONDS_A_SPIKE * weights,
            notes=self._told(delays, sound.rate),
            details={"delay_samples": list(delays)},
        )

    def _routes(self, delays: Sequence[int], inputs: int) -> list[Route]:
        """Taps from each channel of the sound to left and right."""
        spikes: dict[tuple[int, int], list[tuple[int, float]]] = {}

        def add(source: int, output: int, delay: int, gain: float) -> None:
            if gain:
                spikes.setdefault((source, output), []).append((delay, gain))

        ways = [(0, 0), (0, 1)] if inputs == 1 else [(0, 0), (1, 1)]
        for way in ways:
            add(*way, 0, self.dry)
        for number, (tap, delay) in enumerate(zip(self.taps, delays, strict=True)):
            if self.ping_pong:
                for source in range(inputs):
                    add(source, number % 2, delay, tap.gain / inputs)
                continue
            gains = (1.0, 1.0) if tap.pan is None else pan_gains(tap.pan, inputs)
            for way, gain in zip(ways, gains, strict=True):
                add(*way, delay, tap.gain * gain)
        return [Route(*way, *zip(*pairs, strict=True)) for way, pairs in spikes.items()]

    def _with_feedback(self, feedback: float, delay: int, sound: Encoding, channels: int) -> Prepared:
        gain = self.taps[0].gain

        def stream() -> EchoLoop:
            return EchoLoop(
                delay,
                gain=gain,
                feedback=feedback,
                dry=self.dry,
                channels=sound.channels,
                bounce=self.ping_pong,
            )

        fading = stream().echoes
        echoes = max(1, min(fading, LONGEST_FADE * sound.rate // delay))
        reach = echoes * delay
        notes = self._told([delay], sound.rate)
        if self.tail == "keep":
            notes = (*notes, _fade(feedback, echoes, cut=echoes < fading))
        return Prepared(
            kernel=KernelFacts(
                name=f"feedback {feedback:.6g}", length=reach + 1, sum=self.dry + gain / (1 - feedback)
            ),
            channels=channels,
            tail=taps.tail_frames(self.tail, sound.rate, reach=reach),
            stream=stream,
            dtype=_EXACT,
            method="feedback",
            reason=f"each echo is made from the one before: {delay} samples at a time",
            seconds_per_frame=_SECONDS_A_SPIKE * _LOOP * channels,
            notes=notes,
            details={"delay_samples": [delay]},
        )

    def _told(self, delays: Sequence[int], rate: int) -> tuple[str, ...]:
        """Say what the delays became, a line each; of many, the first and the last."""
        lines = [
            f"delay {tap.delay} = {delay} samples at {rate} Hz, gain {tap.gain:.6g}{self._place(number)}"
            for number, (tap, delay) in enumerate(zip(self.taps, delays, strict=True))
        ]
        if len(lines) <= _TOLD:
            return tuple(lines)
        return (*lines[: _TOLD - 1], f"... {len(lines) - _TOLD} more", lines[-1])

    def _place(self, number: int) -> str:
        if self.ping_pong and self.feedback is not None:
            return ", left, then right and left by turns"
        place = (LEFT, RIGHT)[number % 2] if self.ping_pong else self.taps[number].pan
        if place is None:
            return ""
        return f", {_PLACES.get(place) or f'pan {place:.6g}'}"


def _fade(feedback: float, echoes: int, *, cut: bool) -> str:
    """Say how long the tail of an echo that is fed back is, and why."""
    count = "1 echo" if echoes == 1 else f"{echoes} echoes"
    if not feedback:
        return f"feedback 0: the tail has {count}, no other follows"
    if not cut:
        return f"feedback {feedback:.6g}: the tail has {count}, the next would be 60 dB below the first"
    softer = -20 * log10(abs(feedback)) * echoes
    return (
        f"feedback {feedback:.6g}: the tail is cut after {count}, {LONGEST_FADE} s at most, where they are"
        f" {softer:.1f} dB below the first; --tail SECONDS sets another length"
    )
