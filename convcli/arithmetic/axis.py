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
    ceil : bool
        Whether a last window that reaches beyond the end counts, as in the ceil mode of poolings.
    empty : bool
        Whether a kernel that does not fit gives no outputs, as in JAX, instead of an error.
    """

    size: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    output_padding: int = 0
    transposed: bool = False
    ceil: bool = False
    empty: bool = False

    @property
    def output(self) -> int:
        """Output samples; raises what `shapes.output_size` and `shapes.transposed_size` raise."""
        if self.is_empty:
            return 0
        if not self.transposed:
            return shapes.output_size(self.size, self.kernel, **self._window, ceil=self.ceil)
        return shapes.transposed_size(
            self.size, self.kernel, **self._window, output_padding=self.output_padding
        )

    @property
    def effective_kernel(self) -> int:
        """Samples from the first tap to the last."""
        return shapes.effective_kernel(self.kernel, self.dilation)

    @property
    def is_empty(self) -> bool:
        """Whether the kernel does not fit, and that gives no outputs instead of an error."""
        padded = self.size + self.before + self.after
        return self.empty and not self.transposed and padded < self.effective_kernel

    @property
    def unread(self) -> int:
        """Samples at the end of the padded input that the stride steps over."""
        if self.transposed or self.is_empty:
            return 0
        room = self.size + self.before + self.after - self.effective_kernel
        return max(room - (self.output - 1) * self.stride, 0)

    @property
    def overhang(self) -> int:
        """Samples by which the last window of a ceil mode reaches beyond the padded input."""
        if not self.ceil:
            return 0
        reach = (self.output - 1) * self.stride + self.effective_kernel
        return max(reach - self.size - self.before - self.after, 0)

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
            cropped = "".join(f" {'-' if end >= 0 else '+'} {abs(end)}" for end in (self.before, self.after))
            return f"({size} - 1) * {self.stride}{cropped} + {kernel} + {self.output_padding}"
        room = f"{size} + {self.before} + {self.after} - {kernel}"
        if self.ceil:
            # The second number counts the windows that begin in the input or in the padding before it.
            return f"min(ceil(({room}) / {self.stride}) + 1, ceil(({size} + {self.before}) / {self.stride}))"
        return f"max(({room}) // {self.stride} + 1, 0)" if self.empty else f"({room}) // {self.stride} + 1"

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
    def start(self) -> Fraction | None:
        """Centre of what the first output sees, in input samples: 0 is the middle of the first.

        None if it sees nothing, as where a transposed convolution has a kernel shorter than its stride.

        References
        ----------
        .. [1] A. Araujo, W. Norris and J. Sim, "Computing receptive fields of convolutional neural networks",
           Distill, 2019.
        """
        if not self.transposed:
            return Fraction(self.effective_kernel - 1, 2) - self.before
        taps = range(0, self.kernel * self.dilation, self.dilation)
        met = [(self.before - tap) // self.stride for tap in taps if (self.before - tap) % self.stride == 0]
        return Fraction(met[0] + met[-1], 2) if met else None
