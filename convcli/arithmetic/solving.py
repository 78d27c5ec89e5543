"""The inverse questions: which layers make this output of that input, and which inputs give this output."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from convcli.arithmetic.account import Account
from convcli.arithmetic.layers import OPERATION_NAMES
from convcli.arithmetic.notation import format_shape
from convcli.arithmetic.relations import overlaps
from convcli.arithmetic.specs import LayerSpec, fits, split_channels
from convcli.arithmetic.tables import Table
from convcli.errors import ShapeError, UsageError

COLUMNS = ("kernel", "stride", "padding", "dilation", "output padding", "left over")

MOST_ROWS = 20  # of the table for people; JSON and CSV have all
_MOST_KERNEL, _MOST_STRIDE, _MOST_DILATION = 11, 4, 3
_MOST_INPUT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A layer with equal values on all axes, and what it leaves over of its input."""

    spec: LayerSpec
    left_over: int
    uneven: bool

    @property
    def values(self) -> tuple[int | str, ...]:
        """Kernel, stride, padding, dilation and output padding."""
        spec = self.spec
        padding = spec.padding if isinstance(spec.padding, str) else spec.padding[0]
        stride = spec.stride[0] if spec.stride else 1
        beyond = spec.output_padding[0] if spec.output_padding else 0
        return spec.kernel[0], stride, padding, spec.dilation[0], beyond

    @property
    def rank(self) -> tuple[Any, ...]:
        """What makes a layer simple, most important first."""
        kernel, stride, padding, dilation, beyond = self.values
        whole = padding if isinstance(padding, int) else 0
        half = (kernel - 1) // 2 if isinstance(kernel, int) else 0
        return (
            dilation,
            beyond,
            self.uneven,  # a transposed convolution that paints a checkerboard
            isinstance(kernel, int) and isinstance(stride, int) and kernel < stride,  # passes over inputs
            self.left_over > 1,
            whole not in (0, half),
            stride,
            kernel,
            whole,
        )


def solve(spec: LayerSpec, shape: tuple[int, ...], wanted: tuple[int, ...], fixed: frozenset[str]) -> Account:
    """Find every layer that makes one shape of another.

    Parameters
    ----------
    spec : LayerSpec
        Its operation and framework, and the values of what is in `fixed`.
    shape : tuple of int
        Of the input, as in `LayerSpec.on`.
    wanted : tuple of int
        Of the output; channels are looked at only where both have them, one number is a side.
    fixed : frozenset of str
        Which of ``kernel``, ``stride``, ``padding``, ``dilation`` and ``output padding`` stay as they are.

    Returns
    -------
    Account
        The layers, simplest first, all of them in JSON and CSV.

    Raises
    ------
    ShapeError
        If there is none within the bounds.
    """
    if spec.padding_after not in (None, spec.padding):
        raise UsageError(
            "--solve looks for layers that pad both ends alike",
            hint="leave --pad-begin and --pad-end out, or give --padding",
        )
    channels, spatial = split_channels(shape)
    target = _target(wanted, spatial)
    bounds = _bounds(spatial, target, fixed, spec)
    found = sorted(_solutions(spec, channels, spatial, target, bounds), key=lambda solution: solution.rank)
    what = f"{OPERATION_NAMES[spec.operation]} {format_shape(spatial)} -> {format_shape(target)}"
    if not found:
        raise ShapeError(
            f"no {what} with equal values on all axes and {_said(bounds)}",
            hint="leave more open, or solve each axis on its own: convcli shape 224 --solve 112",
        )
    columns = tuple(column for column in COLUMNS if spec.operation == "convt" or column != "output padding")
    rows = [_row(solution, columns) for solution in found]
    count = "1 layer" if len(found) == 1 else f"{len(found)} layers"
    more = f", the simplest {MOST_ROWS} of them here" if len(found) > MOST_ROWS else ""
    return Account(
        before=(f"{what}: {count}{more}",),
        tables=(Table(columns, rows[:MOST_ROWS]),),
        prose=(f"searched: {_said(bounds)}", *_same_inputs(found[0], spatial)),
        values=Table(tuple(column.replace(" ", "_") for column in columns), rows),
        record={
            "input": list(shape),
            "output": list(target),
            "bounds": {name: [values[0], values[-1]] for name, values in bounds.items()},
            "layers": [_record(solution) for solution in found],
            "inputs": inputs_of(found[0].spec, target)
            if len(set(spatial)) == len(set(target)) == 1
            else None,
        },
    )


def _target(wanted: tuple[int, ...], spatial: tuple[int, ...]) -> tuple[int, ...]:
    if len(wanted) == 1:
        return wanted * len(spatial)
    target = wanted[-len(spatial) :]
    if len(wanted) not in (len(spatial), len(spatial) + 1):
        raise UsageError(
            f"--solve {format_shape(wanted)} has {len(wanted)} numbers for {len(spatial)} axes",
            hint="one for all axes, one for each, or with the channels first",
        )
    return target


Bounds = dict[str, tuple[Any, ...]]


def _bounds(spatial: Sequence[int], target: Sequence[int], fixed: frozenset[str], spec: LayerSpec) -> Bounds:
    """The values to try of each parameter; a single one of those that are fixed."""
    ratios = [max(-(-big // small), -(-small // big)) for big, small in zip(spatial, target, strict=True)]
    stride = max(_MOST_STRIDE, max(ratios) + 1)
    kernel = max(_MOST_KERNEL, stride)
    if max(spatial) + max(target) < kernel:
        kernel = max(spatial) + max(target)
    bounds: Bounds = {
        "kernel": tuple(range(1, kernel + 1)),
        "stride": tuple(range(1, stride + 1)),
        "padding": tuple(range(kernel)),
        "dilation": tuple(range(1, _MOST_DILATION + 1)) if not spec.pools else (1,),
    }
    if spec.operation == "convt":
        bounds["output padding"] = tuple(range(stride))
    given: dict[str, Any] = {
        "kernel": spec.kernel,
        "stride": spec.stride,
        "padding": spec.padding,
        "dilation": spec.dilation,
        "output padding": spec.output_padding,
    }
    for name in fixed & set(bounds):
        value = given[name]
        if not isinstance(value, str) and len(set(value)) > 1:
            raise UsageError(
                f"{name} {format_shape(value)}: layers are solved with one value for all axes",
                hint="solve each axis on its own",
            )
        bounds[name] = (value if isinstance(value, str) else value[0],)
    return bounds


def _said(bounds: Bounds) -> str:
    return ", ".join(
        f"{name} {values[0]}" if len(values) == 1 else f"{name} {values[0]} to {values[-1]}"
        for name, values in bounds.items()
    )


def _solutions(
    spec: LayerSpec,
    channels: int | None,
    spatial: tuple[int, ...],
    target: tuple[int, ...],
    bounds: Bounds,
) -> Iterator[Solution]:
    for kernel, stride, padding, dilation in itertools.product(
        bounds["kernel"], bounds["stride"], bounds["padding"], bounds["dilation"]
    ):
        # Where the kernel has one tap, the dilation says nothing; beyond full padding nothing is seen.
        if kernel == 1 and dilation > 1 and len(bounds["dilation"]) > 1:
            continue
        reach = dilation * (kernel - 1) + 1
        if len(bounds["padding"]) > 1 and padding >= reach:
            continue
        beyond: Sequence[int | None] = bounds.get("output padding", (None,))
        if isinstance(padding, int) and spec.framework != "jax":
            # Amounts mean the same to the others, so most candidates fall here, before they are planned.
            beyond = _possible(spec, spatial[0], target[0], kernel, stride, padding, dilation, beyond)
        candidate = replace(
            spec,
            kernel=(kernel,),
            stride=(stride,),
            padding=padding if isinstance(padding, str) else (padding,),
            padding_after=None,
            dilation=(dilation,),
        )
        yield from _fitting(candidate, channels, spatial, target, beyond)


def _possible(
    spec: LayerSpec,
    size: int,
    target: int,
    kernel: int,
    stride: int,
    padding: int,
    dilation: int,
    beyond: Sequence[int | None],
) -> Sequence[int | None]:
    """The output paddings that can lead to the target; none if nothing can."""
    reach = dilation * (kernel - 1) + 1
    if spec.operation == "convt":
        missing = target - ((size - 1) * stride + reach - 2 * padding)
        # Without an output padding, Keras counts a kernel shorter than the stride as long as that.
        return [extra for extra in beyond if extra == missing or (extra == 0 and spec.framework == "keras")]
    room = size + 2 * padding - reach
    return beyond if target in (room // stride + 1, -(-room // stride) + 1) else ()


def _fitting(
    spec: LayerSpec,
    channels: int | None,
    spatial: tuple[int, ...],
    target: tuple[int, ...],
    beyond: Sequence[int | None],
) -> Iterator[Solution]:
    for extra in beyond:
        # Keras tells an output padding that is not said from 0; 0 is what others take for it.
        said = None if extra is None or (extra == 0 and spec.framework in ("keras", "jax")) else (extra,)
        candidate = replace(spec, output_padding=said)
        try:
            axes = candidate.plan(spatial).axes
            hit = fits(axes) and tuple(axis.output for axis in axes) == target
        except UsageError:
            continue
        if hit:
            uneven = any(axis.transposed and len(set(overlaps(axis))) > 1 for axis in axes)
            yield Solution(spec=candidate, left_over=max(axis.unread for axis in axes), uneven=uneven)


def _row(solution: Solution, columns: Sequence[str]) -> tuple[str, ...]:
    cells = dict(zip(COLUMNS, (*solution.values, solution.left_over), strict=True))
    return tuple(str(cells[column]) for column in columns)


def _record(solution: Solution) -> dict[str, Any]:
    names = (column.replace(" ", "_") for column in COLUMNS)
    return dict(zip(names, (*solution.values, solution.left_over), strict=True))


def inputs_of(spec: LayerSpec, target: tuple[int, ...]) -> list[int]:
    """Return every side of a line, square or cube from which a layer makes sides of `target`, smallest first.

    Outputs never shrink as inputs grow, so the first is found by halving.
    """

    def output(side: int) -> tuple[int, ...]:
        axes = spec.plan((side,) * len(target)).axes
        return tuple(axis.output for axis in axes) if fits(axes) else (0,) * len(target)

    low, high = 1, _MOST_INPUT
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if min(output(middle)) >= min(target) else (middle + 1, high)
    inputs = []
    while output(low) == target:
        inputs.append(low)
        low += 1
    return inputs


def _same_inputs(simplest: Solution, spatial: tuple[int, ...]) -> Iterator[str]:
    """Say which other inputs end in the same output, or which output padding tells them apart."""
    spec = simplest.spec
    kernel, stride, padding, dilation, _ = simplest.values
    if len(set(spatial)) > 1 or stride == 1 or isinstance(padding, str):
        return
    if spec.operation != "convt":
        target = tuple(axis.output for axis in spec.plan(spatial).axes)
        inputs = inputs_of(spec, target)
        if len(inputs) > 1:
            yield f"the first of them makes {target[0]} of every input from {inputs[0]} to {inputs[-1]}"
        return
    forward = replace(spec, operation="conv", output_padding=None, framework="torch")
    outputs = inputs_of(forward, spatial)
    if len(outputs) > 1:
        chosen = ", ".join(f"{place} for {size}" for place, size in enumerate(outputs))
        yield (
            f"the convolution of kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation} "
            f"makes {spatial[0]} of every input from {outputs[0]} to {outputs[-1]}: output padding {chosen}"
        )


def solve_input(spec: LayerSpec, wanted: tuple[int, ...]) -> Account:
    """Find every input from which a layer makes an output.

    Raises
    ------
    ShapeError
        If there is none.
    """
    target = wanted * spec.axis_count if len(wanted) == 1 else wanted
    if len(set(target)) > 1:
        raise UsageError(
            f"--solve {format_shape(target)} without SIZE asks for one side", hint="give a single number"
        )
    inputs = inputs_of(spec, target)
    if not inputs:
        raise ShapeError(
            f"no input gives {target[0]} in this {OPERATION_NAMES[spec.operation]}",
            hint="give a SIZE to search for the layer instead",
        )
    sides = f"{inputs[0]}" if len(inputs) == 1 else f"{inputs[0]} to {inputs[-1]}"
    rows = []
    for side in inputs:
        axis = spec.plan((side,) * len(target)).axes[0]
        rows.append((str(side), str(axis.output), str(axis.unread)))
    lines = []
    if spec.operation == "conv" and len(inputs) > 1:
        chosen = ", ".join(f"{place} for {side}" for place, side in enumerate(inputs))
        lines.append(f"on the way back, --transposed, output padding tells them apart: {chosen}")
    return Account(
        before=(f"{OPERATION_NAMES[spec.operation]} {sides} -> {target[0]}",),
        tables=(Table(("input", "output", "left over"), rows),),
        prose=tuple(lines),
        values=Table(("input", "output", "left_over"), rows),
        record={"output": list(target), "inputs": inputs},
    )
