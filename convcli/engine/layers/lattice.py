"""Which samples the taps of a layer read, and where its results go, axis by axis.

Both directions come down to one picture: *positions* follow each other along an axis, each reads samples at
fixed distances from its first one, and makes one output, or in a transposed convolution a run of `stride`
outputs, each with taps of its own. No zeros are inserted and nothing is painted twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convcli.arithmetic.axis import Axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The positions of a layer along one axis.

    Attributes
    ----------
    count : int
        Positions.
    step : int
        Samples from one position to the next.
    first : int
        Input coordinate of the first sample that position 0 reads; it may lie outside the input.
    extent : int
        Samples from the first to the last that a position reads.
    run : int
        Outputs that a position makes.
    taps : mapping of int to tuple of (int, int)
        For each of these outputs that has any, its taps: index into the kernel, and distance in samples from
        the position's first one.
    outputs : int
        Outputs along the axis.
    cut : int
        Outputs of position 0 that lie before the first one that counts.
    """

    count: int
    step: int
    first: int
    extent: int
    run: int
    taps: Mapping[int, tuple[tuple[int, int], ...]]
    outputs: int
    cut: int

    @property
    def reach(self) -> int:
        """Positions beyond its own over which the samples of one position spread."""
        return (self.extent - 1) // self.step

    def reads(self, start: int, stop: int) -> tuple[int, int]:
        """Half-open range of input coordinates that positions start ... stop - 1 read."""
        begin = self.first + start * self.step
        return begin, begin + (stop - 1 - start) * self.step + self.extent

    def writes(self, start: int, stop: int, output: int) -> tuple[slice, slice]:
        """Which of the positions start ... stop - 1 have this output of theirs in the result, and where."""
        first = start * self.run + output - self.cut
        low = 1 if first < 0 else 0
        high = max(min(stop - start, -(-(self.outputs - first) // self.run)), low)
        begin = first + low * self.run
        return slice(low, high), slice(begin, begin + (high - low) * self.run, self.run)


def along(axis: Axis) -> Line:
    """Lay out one axis of a convolution, a pooling or a transposed convolution."""
    distances = range(0, axis.kernel * axis.dilation, axis.dilation)
    if not axis.transposed:
        return Line(
            count=axis.output,
            step=axis.stride,
            first=-axis.before,
            extent=axis.effective_kernel,
            run=1,
            taps={0: tuple(enumerate(distances))},
            outputs=axis.output,
            cut=0,
        )
    # Tap t paints output u from sample (u + before - t dilation) / stride, where that is whole. So with
    # u + before = q stride + r, position q makes the outputs r = 0 ... stride - 1 of the samples
    # q - t dilation // stride, for those taps whose t dilation % stride is r.
    reach = distances[-1] // axis.stride
    taps: dict[int, tuple[tuple[int, int], ...]] = {}
    for tap, distance in enumerate(distances):
        back, output = divmod(distance, axis.stride)
        taps[output] = (*taps.get(output, ()), (tap, reach - back))
    first = axis.before // axis.stride
    return Line(
        count=(axis.before + axis.output - 1) // axis.stride - first + 1,
        step=1,
        first=first - reach,
        extent=reach + 1,
        run=axis.stride,
        taps=taps,
        outputs=axis.output,
        cut=axis.before - first * axis.stride,
    )


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap of a kernel over all axes.

    Attributes
    ----------
    index : tuple of int
        Into the kernel.
    phase, offset : tuple of int
        Its distance from a position's first sample: remainder and quotient of the step.
    """

    index: tuple[int, ...]
    phase: tuple[int, ...]
    offset: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The outputs, one for each position, that have the same taps.

    Attributes
    ----------
    output : tuple of int
        Which of a position's outputs, along each axis.
    taps : tuple of Tap
        In the order of the kernel.
    """

    output: tuple[int, ...]
    taps: tuple[Tap, ...]


def parts(lines: Sequence[Line]) -> Iterator[Part]:
    """Give the parts that have taps: one, or several where a transposed convolution has a stride."""
    for output in itertools.product(*(line.taps for line in lines)):
        chosen = itertools.product(*(line.taps[at] for line, at in zip(lines, output, strict=True)))
        yield Part(output, tuple(_tap(each, lines) for each in chosen))


def _tap(chosen: Sequence[tuple[int, int]], lines: Sequence[Line]) -> Tap:
    index, distances = zip(*chosen, strict=True)
    splits = (divmod(distance, line.step) for distance, line in zip(distances, lines, strict=True))
    offset, phase = zip(*splits, strict=True)
    return Tap(index, phase, offset)


def reads_all(lines: Sequence[Line]) -> bool:
    """Whether every output has a tap: not where a transposed kernel is shorter than its stride."""
    return all(len(line.taps) == line.run for line in lines)
