"""What each output of a network sees of its input, followed as sets of indices.

Along one axis, output ``q * period + phase`` sees the set of its phase, moved by ``q * shift`` input samples.
The sets are bits of Python integers, so that a layer costs a few shifts. Intervals would not do: a transposed
convolution meets only every stride-th tap, and a dilated one leaves gaps, which may then fall together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcli.arithmetic.axis import Axis

MOST_PHASES = 4096


@dataclass(frozen=True, slots=True)
class View:
    """The input samples that the outputs along an axis see.

    Parameters
    ----------
    shift : int
        Input samples from an output to the one a period later.
    sets : tuple of int
        For each phase of the period a set of indices: bit b stands for input sample ``origin + b``.
    origin : int
    """

    shift: int = 1
    sets: tuple[int, ...] = (1,)
    origin: int = 0

    @property
    def receptive_field(self) -> int:
        """Input samples from the first to the last that an output sees, in the widest phase."""
        return max(_span(found) for found in self.sets)

    @property
    def jump(self) -> Fraction:
        """Input samples from one output to the next, on average."""
        return Fraction(self.shift, len(self.sets))

    @property
    def start(self) -> Fraction | None:
        """Centre of what the first output sees; 0 is the middle of the first sample, None is nothing seen."""
        found = self.sets[0]
        if not found:
            return None
        return self.origin + Fraction(_lowest(found) + found.bit_length() - 1, 2)

    def read(self, period: int, shift: int, sources: Callable[[int], Iterable[int]]) -> View | None:
        """Return the view of a layer whose output v reads the outputs `sources(v)` of this one.

        Parameters
        ----------
        period, shift : int
            Of the layer: outputs after which its pattern repeats, and input samples that this moves it by.
        sources : callable
            From an output, 0 to ``period - 1``, to indices, which may be negative.

        Returns
        -------
        View or None
            None where the pattern has more phases than is sensible.
        """
        if period > MOST_PHASES:
            return None
        own = len(self.sets)
        places = [[divmod(index, own) for index in sources(output)] for output in range(period)]
        least = min((turns for found in places for turns, _ in found), default=0)
        sets = tuple(
            _union(self.sets[phase] << ((turns - least) * self.shift) for turns, phase in found)
            for found in places
        )
        return View(shift, sets, self.origin + least * self.shift)

    def through(self, axis: Axis) -> View | None:
        """Return the view after a convolution, a transposed one or a pooling."""
        taps = range(0, axis.kernel * axis.dilation, axis.dilation)
        own = len(self.sets)
        if not axis.transposed:
            common = math.gcd(own, axis.stride)
            return self.read(
                own // common,
                self.shift * (axis.stride // common),
                lambda output: (output * axis.stride - axis.before + tap for tap in taps),
            )

        def met(output: int) -> list[int]:
            places = (output + axis.before - tap for tap in taps)
            return [place // axis.stride for place in places if place % axis.stride == 0]

        return self.read(own * axis.stride, self.shift, met)

    def repeated(self, factor: int) -> View | None:
        """Return the view after every output is repeated, as nearest-neighbour upsampling does."""
        return self.read(len(self.sets) * factor, self.shift, lambda output: (output // factor,))

    def moved(self, by: int) -> View | None:
        """Return the view of outputs that begin `by` later: after a crop, or with a minus after a padding."""
        return self.read(len(self.sets), self.shift, lambda output: (output + by,))

    def adapted(self, size: int, output: int) -> View | None:
        """Return the view after an adaptive pooling from `size` to `output` samples.

        Window j reaches from ``floor(j * size / output)`` to ``ceil((j + 1) * size / output)``.
        """
        own = len(self.sets)
        turns = own // math.gcd(own, size)

        def window(place: int) -> range:
            return range(place * size // output, -(-(place + 1) * size // output))

        return self.read(output * turns, self.shift * size * turns // own, window)


def merged(views: Sequence[View]) -> View | None:
    """Return the view of what reads several branches at once; None where their steps differ."""
    if len({view.jump for view in views}) > 1:
        return None
    period = math.lcm(*(len(view.sets) for view in views))
    if period > MOST_PHASES:
        return None
    spread = [_spread(view, period) for view in views]
    origin = min(view.origin for view in spread)
    sets = tuple(
        _union(view.sets[phase] << (view.origin - origin) for view in spread) for phase in range(period)
    )
    return View(spread[0].shift, sets, origin)


def _spread(view: View, period: int) -> View:
    """The same view, written with a longer period."""
    own = len(view.sets)
    sets = (view.sets[output % own] << (output // own * view.shift) for output in range(period))
    return View(view.shift * (period // own), tuple(sets), view.origin)


def _union(sets: Iterable[int]) -> int:
    union = 0
    for found in sets:
        union |= found
    return union


def _span(found: int) -> int:
    return found.bit_length() - _lowest(found) if found else 0


def _lowest(found: int) -> int:
    return (found & -found).bit_length() - 1
