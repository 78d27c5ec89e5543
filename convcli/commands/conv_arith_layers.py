"""What the options of conv-arith say of the operation, and what they make of its operands."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import typer

from convcli.commands.conv_arith_operands import Given, exact, read
from convcli.commands.shape_options import LayerPadding, dilation_of, operation_of, padding_of
from convcli.errors import UsageError, shortened
from convcli.options import ONE, Sizes, parse_sizes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

    from convcli.arithmetic.boundary import Boundary
    from convcli.arithmetic.dialects import Framework
    from convcli.arithmetic.normalization import Normalization
    from convcli.arithmetic.operands import Operand, Pair
    from convcli.arithmetic.specs import LayerSpec
    from convcli.arithmetic.worked import Worked


# Options that are not called as their fields are.
_NAMES = {"count_padding": "--count-include-pad", "normalization": "--normalize"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The operation as asked for, before it meets numbers; the options of their names."""

    mode: str | None = None
    padding: LayerPadding | None = None
    pad_begin: Sizes | None = None
    pad_end: Sizes | None = None
    padding_mode: str = "zeros"
    stride: Sizes | None = None
    dilation: Sizes | None = None
    dilation_gap: Sizes | None = None
    groups: int = 1
    transposed: bool = False
    output_padding: Sizes | None = None
    pool: Literal["max", "avg"] | None = None
    ceil_mode: bool = False
    correlate: bool = False
    convolve: bool = False
    count_padding: Literal["yes", "no"] | None = None
    framework: Framework = "torch"
    normalization: Normalization = "none"

    def check(self) -> None:
        """Refuse options that contradict each other."""
        given = self.padding or self.pad_begin or self.pad_end
        if self.mode is not None and given:
            raise UsageError(
                f"--mode {self.mode} and --padding {given}: both say how far to pad", hint="give one of them"
            )
        if self.correlate and self.convolve:
            raise UsageError("--correlate contradicts --convolve", hint="give one of the two")
        if self.pool and (self.correlate or self.convolve or self.normalization != "none"):
            raise UsageError("a pooling has no kernel to turn round or to normalize", hint="leave it out")
        if self.count_padding is not None and self.pool != "avg":
            raise UsageError("--count-include-pad belongs to averages", hint="add --pool avg")

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options that say something else than their defaults."""
        return tuple(
            _NAMES.get(field.name, f"--{field.name.replace('_', '-')}")
            for field in fields(self)
            if getattr(self, field.name) != field.default
        )

    def check_plain(self, *, bias: bool) -> None:
        """Refuse what the laws of convolution say nothing about; `bias`: whether there is one."""
        of_laws = ("--correlate", "--convolve")
        for option in (*self.options, *(["--bias"] if bias else [])):
            if option not in of_laws:
                raise UsageError(
                    f"{option}: the laws are those of full convolution of lists and tables, as they are",
                    hint=f"leave {option} out",
                )

    @property
    def spacing(self) -> Sizes:
        """Samples from one tap to the next."""
        return dilation_of(self.dilation, self.dilation_gap) or ONE

    @property
    def boundary(self) -> Boundary:
        """What stands in the padding."""
        from convcli.arithmetic.boundary import parse_boundary

        return parse_boundary(self.padding_mode)

    @property
    def counts_padding(self) -> bool:
        """Whether averages divide by padding, too."""
        from convcli.arithmetic.dialects.pooling import counts_padding

        name = self.padding.value if self.padding and isinstance(self.padding.value, str) else None
        return (
            counts_padding(name, self.framework)
            if self.count_padding is None
            else self.count_padding == "yes"
        )

    def correlates(self, *, layered: bool) -> bool:
        """Whether the kernel is taken as it is: layers do, and all else is convolved."""
        return self.correlate or ((layered or self.transposed) and not self.convolve)

    def window(self, text: str) -> Sizes:
        """Read the size of a pooling's window."""
        try:
            return parse_sizes(text)
        except typer.BadParameter:
            raise UsageError(
                f"--kernel {shortened(text)}: of a pooling it is the size of the window",
                hint="e.g. --kernel 2 or 2x2",
            ) from None

    def spec(self, taps: Sequence[int], *, layered: bool) -> LayerSpec:
        """Return the layer, for a kernel or a window of a size.

        Lists and tables are padded fully unless something else is asked for, layers not at all.
        """
        from convcli.arithmetic.specs import LayerSpec
        from convcli.arithmetic.worked.building import named_padding

        ndim = len(taps)
        spacing = self.spacing.values
        before, after = padding_of(self.padding, self.pad_begin, self.pad_end)
        mode = self.mode or (None if layered or self.transposed or self.pool or self._padded else "full")
        if mode is not None:
            ends = named_padding(mode, taps, self.spacing.per_axis(ndim, option="--dilation"))
            before, after = tuple(first for first, _ in ends), tuple(last for _, last in ends)
        return LayerSpec(
            operation=operation_of(transposed=self.transposed, pool=self.pool),
            kernel=tuple(taps),
            stride=self.stride.values if self.stride else None,
            padding=before,
            padding_after=after,
            dilation=spacing,
            output_padding=self.output_padding.values if self.output_padding else None,
            ceil=self.ceil_mode,
            groups=self.groups,
            framework=self.framework,
        )

    @property
    def _padded(self) -> bool:
        return bool(self.padding or self.pad_begin or self.pad_end)

    def given(
        self,
        numbers: str | None,
        weights: str | None,
        bias: str | None,
        *,
        upstream: str | None = None,
        third: str | None = None,
    ) -> Given:
        """Read the operands, and what the question adds to them."""
        for option, text in (("--input", numbers), ("--kernel", weights)):
            if text is None:
                raise UsageError(f"missing option '{option}'", hint="convcli conv-arith --help has examples")
        assert numbers is not None
        assert weights is not None
        if self.pool and bias is not None:
            raise UsageError("--bias: a pooling adds nothing", hint="leave it out")
        return Given(
            read(numbers, name="--input"),
            self.window(weights) if self.pool else read(weights, name="--kernel"),
            None if bias is None else read(bias, name="--bias"),
            *(
                read(text, name=name)
                for name, text in (("--upstream", upstream), ("--third", third))
                if text is not None
            ),
        )

    def worked(self, given: Given) -> Worked:
        """Lay the operation out on numbers."""
        from convcli.arithmetic.operands import paired, pooled

        x, bias = exact(given.x), None if given.bias is None else exact(given.bias)
        if isinstance(given.kernel, Sizes):
            window = given.kernel
            pair = pooled(x, len(window.values) if len(window.values) > 1 else 0)
            return self._layer(pair, window.per_axis(pair.input.ndim - 1, option="--kernel"), bias)
        pair = paired(x, exact(given.kernel))
        simple = not (pair.layered or self.transposed or self.groups > 1 or self.output_padding)
        # What a layer cannot be, or what a framework refuses, is known to layers alone.
        simple = simple and not self.ceil_mode and self.framework == "torch"
        named = self.padding is not None and isinstance(self.padding.value, str)
        if simple and not (named or self.pad_begin or self.pad_end):
            return self._plain(pair, bias)
        assert pair.kernel is not None
        return self._layer(pair, pair.kernel.shape[2:], bias)

    def normalized(self, weights: NDArray[Any] | None) -> NDArray[Any] | None:
        """Divide weights by the sum that is asked for."""
        if weights is None or self.normalization == "none":
            return weights
        from convcli.kernels.model import normalize

        return normalize(weights, self.normalization)

    def _plain(self, pair: Pair, bias: Operand | None) -> Worked:
        from convcli.arithmetic.tensors import normalize
        from convcli.arithmetic.worked import work

        x, kernel = pair.plain
        padding: str | tuple[tuple[int, int], ...] = self.mode or "full"
        if self.padding is not None and isinstance(self.padding.given, Sizes):
            amounts = self.padding.given.per_axis(x.ndim, option="--padding")
            padding = tuple((amount, amount) for amount in amounts)
        return work(
            x,
            normalize(kernel, self.normalization),
            padding=padding,
            boundary=self.boundary,
            stride=(self.stride or ONE).per_axis(x.ndim, option="--stride"),
            dilation=self.spacing.per_axis(x.ndim, option="--dilation"),
            correlate=self.correlates(layered=False),
            bias=None if bias is None else _number(bias),
        )

    def _layer(self, pair: Pair, taps: Sequence[int], bias: Operand | None) -> Worked:
        from convcli.arithmetic.tensors import normalize
        from convcli.arithmetic.worked import work_layer

        spec = self.spec(taps, layered=pair.layered)
        channels, *sizes = pair.input.shape
        kernel = None if pair.kernel is None else normalize(pair.kernel, self.normalization)
        return work_layer(
            pair.input,
            kernel,
            spec.over(channels, tuple(sizes)),
            bias=None if bias is None else _numbers(bias),
            boundary=self.boundary,
            correlate=self.correlates(layered=pair.layered),
            count_padding=self.counts_padding,
            layered=pair.layered,
        )


def _numbers(bias: Operand) -> tuple[Fraction, ...]:
    if bias.tensor.ndim > 1:
        raise UsageError(f"{bias.name}: a list is needed", hint="give one number for each output channel")
    return bias.tensor.values


def _number(bias: Operand) -> Fraction:
    from convcli.arithmetic.worked.building import check_bias

    numbers = _numbers(bias)
    check_bias(len(numbers), 1)
    return numbers[0]
