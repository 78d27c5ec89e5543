"""A small convolution worked in full: every window, every product, every sum, in exact fractions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary
from convcli.arithmetic.notation import plain_number
from convcli.arithmetic.tensors import Index, Tensor, total
from convcli.errors import ShapeError

Pooling = Literal["max", "avg"]

ZEROS = Boundary("zeros")

# What one output reads along one axis: for each tap its number, its position, and the sample that stands
# there (None: a constant).
_Window = tuple[tuple[int, int, int | None], ...]

_POOLINGS = {"max": "max pooling", "avg": "average pooling"}


@dataclass(frozen=True, slots=True)
class Term:
    """One number that an output reads, and what it is multiplied by.

    Parameters
    ----------
    place : tuple of int
        Channel, then the position along each axis: 0 is the first sample, negative ones are padding.
    source : tuple of int or None
        The sample of the input that stands there; None if it is the padding's constant.
    x : Fraction
        The number there.
    weight : Fraction or None
        What it is multiplied by; None in a maximum.
    tap : tuple of int
        Index of the weight in the kernel as it was given; of poolings the place in the window.
    inside : bool
        Whether the position is in the input rather than in the padding.
    """

    place: Index
    source: Index | None
    x: Fraction
    weight: Fraction | None
    tap: Index
    inside: bool

    @property
    def product(self) -> Fraction:
        """The number times its weight."""
        return self.x if self.weight is None else self.x * self.weight


@dataclass(frozen=True, slots=True)
class Step:
    """One output, and the terms it is made of.

    Parameters
    ----------
    index : tuple of int
        Channel of the output, then its place along each axis.
    terms : tuple of Term
        Channel by channel, in the order in which the kernel lies on the input. A transposed convolution has
        those of its taps that meet a sample, a pooling those in the input.
    bias : Fraction
        What is added to them.
    value : Fraction
        Their sum, or their largest.
    """

    index: Index
    terms: tuple[Term, ...]
    bias: Fraction
    value: Fraction


# No slots: `cached_property` keeps what it computed in the instance's dictionary.
@dataclass(frozen=True, kw_only=True)
class Worked:
    """A convolution, a transposed one, or a pooling, ready to be read step by step.

    Parameters
    ----------
    input : Tensor
        Shape (channels, *sizes), with 1 to 3 sizes.
    kernel : Tensor or None
        Shape (outputs, channels / groups, *taps), or of a transposed one (channels, outputs / groups, *taps);
        None for poolings.
    bias : tuple of Fraction, optional
        One for each output channel.
    axes : tuple of Axis
        Geometry along each axis.
    groups : int
        Parts that the channels are divided into.
    boundary : Boundary
        What stands in the padding; zeros for transposed ones and poolings.
    correlate : bool
        Whether the kernel is slid (or, transposed, painted) as it is; else it is reversed first.
    pool : {"max", "avg"}, optional
        A pooling instead of a convolution.
    count_padding : bool
        Whether an average divides by the padding in its window, too.
    layered : bool
        Whether there are channels to speak of: shapes and indices of the record then have them.
    stretch : tuple of int, optional
        Where the input is another one with zeros put between its samples: samples from one true one to the
        next, along each axis.
    phase : tuple of int
        Along each axis, the position of a true sample.
    """

    input: Tensor
    kernel: Tensor | None
    bias: tuple[Fraction, ...] | None = None
    axes: tuple[Axis, ...]
    groups: int = 1
    boundary: Boundary = ZEROS
    correlate: bool = False
    pool: Pooling | None = None
    count_padding: bool = True
    layered: bool = False
    stretch: tuple[int, ...] | None = None
    phase: tuple[int, ...] = ()

    @property
    def transposed(self) -> bool:
        """Whether each input paints a kernel instead of each output reading one."""
        return self.axes[0].transposed

    @property
    def operation(self) -> str:
        """``"convolution"``, ``"correlation"``, either of them transposed, or a pooling."""
        if self.pool is not None:
            return _POOLINGS[self.pool]
        name = "correlation" if self.correlate else "convolution"
        return f"transposed {name}" if self.transposed else name

    @property
    def ndim(self) -> int:
        """Number of axes, channels not counted."""
        return len(self.axes)

    @property
    def linear(self) -> bool:
        """Whether each output is a weighted sum."""
        return self.pool != "max"

    @property
    def channels(self) -> int:
        """Channels of the input."""
        return self.input.shape[0]

    @property
    def outputs(self) -> int:
        """Channels of the output."""
        if self.kernel is None:
            return self.channels
        return self.kernel.shape[1] * self.groups if self.transposed else self.kernel.shape[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Size of the output along each axis, without channels."""
        return tuple(axis.output for axis in self.axes)

    @property
    def shown(self) -> slice:
        """Which entries of a shape or an index (channel, *sizes) are spoken of."""
        return slice(None) if self.layered else slice(1, None)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the input, with channels if there are any to speak of."""
        return self.input.shape[self.shown]

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """Shape of the kernel, with channels if there are any to speak of; of poolings the window."""
        taps = tuple(axis.kernel for axis in self.axes)
        return self.kernel.shape if self.kernel is not None and self.layered else taps

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the result, with channels if there are any to speak of."""
        return (self.outputs, *self.sizes)[self.shown]

    @cached_property
    def sliding(self) -> Tensor | None:
        """The kernel as it lies on the input, or as it is painted; None for poolings."""
        if self.kernel is None or self.correlate:
            return self.kernel
        return self.kernel.reversed(keep=2)

    def read_by(self, output: int) -> range:
        """Give the channels of the input that a channel of the output is made of."""
        if self.pool is not None:
            return range(output, output + 1)
        each = self.channels // self.groups
        group = output * self.groups // self.outputs
        return range(group * each, (group + 1) * each)

    def inserted(self, position: Index) -> bool:
        """Whether a position of the input (without the channel) holds a zero put between two samples."""
        return self.stretch is not None and any(
            (at - first) % step for at, first, step in zip(position, self.phase, self.stretch, strict=True)
        )

    def padded(self, place: Index) -> Fraction:
        """Return the number at a channel and position of the input, or of the padding around it."""
        source = self._source(place[0], [self._sample(at, axis) for at, axis in self._along(place[1:])])
        return self.boundary.value if source is None else self.input[source]

    def steps(self, numbers: Iterable[int] | None = None) -> Iterator[Step]:
        """Give each output in turn, the last axis running fastest, or those of the given numbers."""
        step = self._pooled if self.pool else self._gathered if self.transposed else self._slid
        windows = [[self._window(axis, at) for at in range(axis.output)] for axis in self.axes]
        places = list(itertools.product(range(self.outputs), *map(range, self.sizes)))
        for number in range(len(places)) if numbers is None else numbers:
            index = places[number]
            yield step(index, tuple(along[at] for along, at in zip(windows, index[1:], strict=True)))

    @property
    def step_count(self) -> int:
        """Number of outputs, channels included."""
        return self.outputs * math.prod(self.sizes)

    @cached_property
    def output(self) -> Tensor:
        """The result, shape (outputs, *sizes)."""
        return Tensor((self.outputs, *self.sizes), tuple(step.value for step in self.steps()))

    def result(self) -> Tensor:
        """Return the result, with channels if there are any to speak of."""
        return self.output.reshaped(self.output_shape)

    # --- one output -----------------------------------------------------------------------------

    def _along(self, position: Sequence[int]) -> Iterator[tuple[int, Axis]]:
        return zip(position, self.axes, strict=True)

    def _sample(self, position: int, axis: Axis) -> int | None:
        return self.boundary.source(position, axis.size)

    @staticmethod
    def _source(channel: int, samples: Sequence[int | None]) -> Index | None:
        found = tuple(sample for sample in samples if sample is not None)
        return (channel, *found) if len(found) == len(samples) else None

    def _window(self, axis: Axis, output: int) -> _Window:
        """What an output reads along an axis; of a transposed convolution the taps that meet a sample."""
        if axis.transposed:
            reach = output + axis.before
            met = ((tap, *divmod(reach - tap * axis.dilation, axis.stride)) for tap in range(axis.kernel))
            return tuple(
                (tap, source, source) for tap, source, rest in met if not rest and 0 <= source < axis.size
            )
        first = output * axis.stride - axis.before
        taps = ((tap, first + tap * axis.dilation) for tap in range(axis.kernel))
        return tuple((tap, at, self._sample(at, axis)) for tap, at in taps)

    def _terms(self, index: Index, windows: Sequence[_Window], channel: int, lead: Index) -> Iterator[Term]:
        """The products of one channel; `lead` are the first entries of the index into the kernel."""
        assert self.kernel is not None
        last = [axis.kernel - 1 for axis in self.axes]
        for reads in itertools.product(*windows):
            position = tuple(at for _, at, _ in reads)
            lain = tuple(tap for tap, _, _ in reads)
            tap = lain if self.correlate else tuple(end - at for end, at in zip(last, lain, strict=True))
            source = self._source(channel, [sample for _, _, sample in reads])
            yield Term(
                place=(channel, *position),
                source=source,
                x=self.boundary.value if source is None else self.input[source],
                weight=self.kernel[(*lead, *tap)],
                tap=(*lead, *tap),
                inside=all(0 <= at < axis.size for at, axis in self._along(position)),
            )

    def _summed(self, index: Index, terms: Iterable[Term]) -> Step:
        found = tuple(terms)
        bias = Fraction(0) if self.bias is None else self.bias[index[0]]
        return Step(index, found, bias, total(term.product for term in found) + bias)

    def _slid(self, index: Index, windows: Sequence[_Window]) -> Step:
        terms = (
            self._terms(index, windows, channel, (index[0], number))
            for number, channel in enumerate(self.read_by(index[0]))
        )
        return self._summed(index, itertools.chain.from_iterable(terms))

    def _gathered(self, index: Index, windows: Sequence[_Window]) -> Step:
        each = self.outputs // self.groups
        terms = (
            self._terms(index, windows, channel, (channel, index[0] % each))
            for channel in self.read_by(index[0])
        )
        return self._summed(index, itertools.chain.from_iterable(terms))

    def _pooled(self, index: Index, windows: Sequence[_Window]) -> Step:
        channel = index[0]
        reads = [
            read
            for read in itertools.product(*windows)
            if all(0 <= at < axis.size for at, axis in self._along([at for _, at, _ in read]))
        ]
        if not reads:
            raise ShapeError(
                f"window at {', '.join(map(str, index[1:]))}: lies in the padding alone: nothing to pool",
                hint="pad by less than the kernel",
            )
        weight = None if self.pool == "max" else Fraction(1, self._divisor(windows, len(reads)))
        terms = tuple(
            Term(
                place=(channel, *(at for _, at, _ in read)),
                source=(source := (channel, *(at for _, at, _ in read))),
                x=self.input[source],
                weight=weight,
                tap=tuple(tap for tap, _, _ in read),
                inside=True,
            )
            for read in reads
        )
        products = [term.product for term in terms]
        return Step(index, terms, Fraction(0), max(products) if self.pool == "max" else total(products))

    def _divisor(self, windows: Sequence[_Window], inside: int) -> int:
        """What an average divides by: padding counts or not, what a ceil mode adds at the end never."""
        if not self.count_padding:
            return inside
        counted = 1
        for window, axis in zip(windows, self.axes, strict=True):
            counted *= sum(at < axis.size + axis.after for _, at, _ in window)
        return counted

    # --- for JSON -------------------------------------------------------------------------------

    def record(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; a step has the terms of all its taps."""
        result = self.result()
        return {
            "operation": self.operation,
            "input_shape": list(self.input_shape),
            "kernel_shape": list(self.kernel_shape),
            "output_shape": list(self.output_shape),
            "output": result.nested(plain_number),
            "exact": result.nested(str),
            "steps": [self._step_record(step) for step in self.steps()],
            "matrix": None,
            "grad": None,
        }

    def _step_record(self, step: Step) -> dict[str, Any]:
        bias = {} if self.bias is None else {"bias": plain_number(step.bias)}
        return {
            "index": list(step.index[self.shown]),
            "terms": [
                [plain_number(term.x), None if term.weight is None else plain_number(term.weight)]
                for term in step.terms
            ],
            **bias,
            "value": plain_number(step.value),
        }
