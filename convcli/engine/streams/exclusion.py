"""Samples of a stream that are infinite or not a number, kept out of Fourier transforms.

A transform would spread them over everything it reads. They are replaced by 0, and the outputs within their
response's length become NaN afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.streams.responses import Responses


@dataclass(frozen=True, slots=True)
class Span:
    """Frames ``start <= n < stop`` of one output that are not known."""

    output: int
    start: int
    stop: int


class Exclusion:
    """Remembers which outputs of a stream no finite samples determine.

    Parameters
    ----------
    responses : Responses
        They tell how far, and into which outputs, a sample reaches.
    """

    def __init__(self, responses: Responses) -> None:
        self._length = responses.length
        self._reach: list[list[int]] = [[] for _ in range(responses.inputs)]
        for source, output, _ in responses.routes():
            self._reach[source].append(output)
        self._spans: list[Span] = []

    def clear(self, block: NDArray[Any], start: int) -> None:
        """Replace what is not finite in a block by 0, in place.

        Parameters
        ----------
        block : ndarray, shape (channels, frames)
        start : int
            Frame of the stream at which the block begins.
        """
        for channel, samples in enumerate(block):
            bad = np.flatnonzero(~np.isfinite(samples))
            samples[bad] = 0
            # Samples whose reach overlaps are told as one.
            for run in np.split(bad, np.flatnonzero(np.diff(bad) > self._length) + 1):
                if len(run):
                    first, stop = start + int(run[0]), start + int(run[-1]) + self._length
                    self._spans += [Span(output, first, stop) for output in self._reach[channel]]

    def within(self, start: int, stop: int) -> tuple[Span, ...]:
        """Spans within frames ``start <= n < stop``, counted from `start`; earlier ones are forgotten."""
        self._spans = [span for span in self._spans if span.stop > start]
        return tuple(
            Span(span.output, max(span.start, start) - start, min(span.stop, stop) - start)
            for span in self._spans
            if span.start < stop
        )
