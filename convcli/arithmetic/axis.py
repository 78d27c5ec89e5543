"""One axis of a convolution: its sizes, its formula with the numbers put in, what one output sees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from convcli.arithmetic import shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Geometry of a convolution, or of a transposed one, along one axis.

    Parameters
    ----------
    size : int
        Input samples.
    kernel, stride, dilation : int
        Taps, samples from one window to the next, samples from one tap to the next.
    before, after : int
        Padding at the two ends; of the convolution that is transposed, where `transposed` is set.
    output_padding : int
        Further outputs at the end of a transposed convolution.
    transposed : bool
        Whether each input paints a kernel instead of each output reading one.
    """

    size: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    output_padding: int = 0
    transposed: bool = False

    @property
    def output(self) -> int:
        """Output samples; raises what `shapes.output_size` and `shapes.transposed_size` raise."""
        if not self.transposed:
            return shapes.output_size(self.size, self.kernel, **self._window)
        return shapes.transposed_size(
            self.size, self.kernel, **self._window, output_padding=self.output_padding
        )

    @property
    def effective_kernel(self) -> int:
        """Samples from the first tap to the last."""
        return shapes.effective_kernel(self.kernel, self.dilation)

    @property
    def unread(self) -> int:
        """Samples at the end of the padded input that the stride steps over."""
        if self.transposed:
            return 0
        return shapes.unread(self.size, self.kernel, **self._window)

    @property
    def _window(self) -> dict[str, int]:
        """What the functions of `shapes` call the steps and the ends of an axis."""
        return {
            "stride": self.stride,
            "before": self.before,
            "after": self.after,
            "dilation": self.dilation,
        }

    @property
    def rule(self) -> str:
        """The size rule with every number put in but the input's."""
        return self._rule("input")

    @property
    def formula(self) -> str:
        """The size rule with every number put in, and its result."""
        return f"{self._rule(str(self.size))} = {self.output}"

    def _rule(self, size: str) -> str:
        kernel = str(self.kernel) if self.dilation == 1 else f"({self.dilation} * ({self.kernel} - 1) + 1)"
        if self.transposed:
            painted = f"({size} - 1) * {self.stride} - {self.before} - {self.after} + {kernel}"
            return f"{painted} + {self.output_padding}"
        return f"({size} + {self.before} + {self.after} - {kernel}) // {self.stride} + 1"

    @property
    def receptive_field(self) -> int:
        """Input samples from the first to the last that one output depends on, far from the ends.

        In a transposed convolution the taps that meet output u are those t for which
        ``u + before - t * dilation`` is a multiple of the stride. They repeat with a period in t, and the
        output with the widest span of them counts.
        """
        if not self.transposed:
            return self.effective_kernel
        period = self.stride // math.gcd(self.stride, self.dilation)
        spread = (self.kernel - 1) // period * period
        return spread * self.dilation // self.stride + 1

    @property
    def jump(self) -> Fraction:
        """Input samples between the centres of neighbouring outputs."""
        return Fraction(1, self.stride) if self.transposed else Fraction(self.stride)

    @property
    def start(self) -> Fraction:
        """Centre of what the first output sees, in input samples: 0 is the middle of the first.

        References
        ----------
        .. [1] A. Araujo, W. Norris and J. Sim, "Computing receptive fields of convolutional neural networks",
           Distill, 2019.
        """
        centre = Fraction(self.effective_kernel - 1, 2)
        return (self.before - centre) / self.stride if self.transposed else centre - self.before
