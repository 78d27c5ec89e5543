"""Layers on tensors, for conv-arith: NumPy files in, the engine's result out, at any size."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from convcli import arrays, console, files
from convcli.arithmetic.boundary import check_boundary
from convcli.arithmetic.layers import AXIS_NAMES
from convcli.arithmetic.notation import format_shape
from convcli.commands import conv_arith_tensor_text as text
from convcli.errors import ShapeError, UsageError, shortened
from convcli.jobs import Job, unwritable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convcli.arithmetic.boundary import Boundary
    from convcli.arithmetic.layers import Layer
    from convcli.arithmetic.specs import LayerSpec

SUFFIX = ".npy"

_METHODS = {
    "shifted": "a matrix product for each tap",
    "gathered": "matrix products of gathered windows",
    "single": "multiply-adds tap by tap",
}


@dataclass(frozen=True, slots=True)
class Operands:
    """What a layer is run on, with a batch and channels whether they were given or not.

    Attributes
    ----------
    x : ndarray, shape (N, C, *spatial)
    weights : ndarray or None
        As layers have them; None for poolings.
    bias : ndarray or None
    added : int
        How many of the first axes were not given, and are taken from the result: 0, 1 or 2.
    """

    x: NDArray[Any]
    weights: NDArray[Any] | None
    bias: NDArray[Any] | None
    added: int


def run(
    x: NDArray[Any],
    weights: NDArray[Any] | None,
    bias: NDArray[Any] | None,
    spec: LayerSpec,
    *,
    boundary: Boundary,
    correlate: bool,
    count_padding: bool,
    target: str | None,
    force: bool,
    json: bool,
    quiet: bool,
    jobs: int | None,
) -> None:
    """Run a layer on tensors, write or print the result, and report.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial) or (C, *spatial)
        Or without channels, next to a kernel without them.
    weights : ndarray or None
        Shape (out, in // groups, *taps), of a transposed convolution (in, out // groups, *taps), or one or
        two axes of taps alone. None for a pooling, whose window `spec` has.
    bias : ndarray, shape (out,), or None
    spec : LayerSpec
        Whatever options say of the layer; the sizes of the kernel are those of `weights`, and of a pooling
        there is one for each axis.
    boundary : Boundary
        What is read around the input.
    correlate : bool
        Slide the kernels as they are; else reversed.
    count_padding : bool
        Whether an average divides by padding, too.
    target : str or None
        Path of a .npy file, ``"-"`` for standard output, or None to print the numbers.
    force, json, quiet : bool
        As their options say.
    jobs : int or None
        Threads; None: one a CPU.

    Raises
    ------
    UsageError, ShapeError, ConvError, WriteError
        Whatever is contradictory, too large, or cannot be written; nothing is written then.
    """
    check_target(target, force=force, json=json)
    check_boundary(boundary, transposed=spec.operation == "convt", pools=spec.pools)
    operands = _pooled(x, spec) if weights is None else _paired(x, weights, bias, spec)
    layer = _layer(operands, spec)
    started = time.perf_counter()
    with console.progress("computing", 1.0, quiet=quiet) as tell, _watched(tell):
        computed = _computed(operands, layer, boundary, correlate, count_padding, jobs)
    seconds = time.perf_counter() - started
    result = computed.reshape(computed.shape[operands.added :])
    if target is not None:
        arrays.save(target, result, force=force)
    operation = _operation(layer, correlate=correlate)
    window = tuple(axis.kernel for axis in layer.axes) if weights is None else weights.shape
    if json:
        console.emit(_record(operation, x, window, result, target))
    elif target is None:
        _show(result, len(layer.axes), quiet=quiet)
    elif target != files.STREAM:
        console.path(target)
    if not (quiet or json):
        shapes = f"{format_shape(x.shape)} with {format_shape(window)} -> {format_shape(result.shape)}"
        console.note(f"{operation}: {shapes}, {result.dtype}")
        _report(layer, batch=len(operands.x))
        console.note(f"{_method(operands, layer, boundary)}, {seconds:.3g} s")


# --- what is asked for ---------------------------------------------------------------------------


def check_target(target: str | None, *, force: bool, json: bool) -> None:
    """Refuse a target that could not be written in the end, before any work.

    Raises
    ------
    UsageError
        Its name does not end in .npy, or standard output is a terminal or has the JSON already.
    WriteError
        It exists and `force` is not set, or its folder does not.
    """
    if target is None:
        return
    if target == files.STREAM:
        if json:
            raise UsageError("--json: standard output carries the data already", hint="name a file with -o")
        if sys.stdout is not None and sys.stdout.isatty():
            raise UsageError(
                "'-': refusing to write binary data to a terminal", hint="redirect it, or name a file with -o"
            )
        return
    if Path(target).suffix.lower() != SUFFIX and not files.is_special(target):
        raise UsageError(
            f"--output {shortened(target)}: arrays are written as {SUFFIX} files", hint="e.g. -o y.npy"
        )
    problem = unwritable(Job(files.STREAM, target, force=force))
    if problem is not None:
        raise problem


def _pooled(x: NDArray[Any], spec: LayerSpec) -> Operands:
    count = len(spec.kernel)
    return Operands(_whole(x, count, plain=True), None, None, max(count + 2 - x.ndim, 0))


def _paired(x: NDArray[Any], weights: NDArray[Any], bias: NDArray[Any] | None, spec: LayerSpec) -> Operands:
    """Give input and kernels all the axes of a layer, and check that their channels fit each other."""
    plain = weights.ndim <= 2
    if plain and x.ndim != weights.ndim:
        raise ShapeError(
            f"--kernel of shape {format_shape(weights.shape)}: without channels it fits an input of as many "
            f"axes, and --input has the shape {format_shape(x.shape)}",
            hint="kernels of layers have the shape (outputs, channels / groups, *sizes)",
        )
    count = weights.ndim if plain else weights.ndim - 2
    whole = _whole(x, count, plain=plain)
    kernels = weights.reshape(1, 1, *weights.shape) if plain else weights
    outputs = _outputs(whole, kernels, spec)
    if bias is not None and bias.shape != (outputs,):
        raise ShapeError(
            f"--bias of shape {bias.shape}: {outputs} output channels need one number each",
            hint=f"save it with the shape ({outputs},)",
        )
    return Operands(whole, kernels, bias, count + 2 - x.ndim)


def _whole(x: NDArray[Any], count: int, *, plain: bool) -> NDArray[Any]:
    """The input with a batch and channels before `count` spatial axes; `plain`: both may be missing."""
    if count not in AXIS_NAMES or not count + (0 if plain else 1) <= x.ndim <= count + 2:
        raise ShapeError(
            f"--input of shape {format_shape(x.shape)} has {x.ndim} axes, the kernel slides along {count}",
            hint="it takes (channels, *sizes) or (batch, channels, *sizes), with 1 to 3 sizes",
        )
    return x.reshape(*(1,) * (count + 2 - x.ndim), *x.shape)


def _outputs(x: NDArray[Any], weights: NDArray[Any], spec: LayerSpec) -> int:
    """Number of output channels; refuses channels that kernels and groups contradict."""
    channels, groups = x.shape[1], spec.groups
    first, second = weights.shape[:2]
    transposed = spec.operation == "convt"
    reads, outputs = (first, second * groups) if transposed else (second * groups, first)
    if channels != reads:
        raise ShapeError(
            f"--kernel of shape {format_shape(weights.shape)} with --groups {groups} reads {reads} channels, "
            f"--input has {channels}",
            hint=_mended(channels, first, second, transposed=transposed),
        )
    if first % groups:
        side = "input" if transposed else "output"
        raise ShapeError(
            f"--kernel of shape {format_shape(weights.shape)}: {first} {side} channels do not divide into "
            f"--groups {groups}",
            hint="both numbers of channels must be multiples of --groups",
        )
    return int(outputs)


def _mended(channels: int, first: int, second: int, *, transposed: bool) -> str:
    """The remedy for channels that do not fit."""
    if transposed:
        return "transposed kernels have the shape (input channels, outputs / groups, *sizes)"
    if channels % second == 0 and first % (channels // second) == 0:
        return f"--groups {channels // second} makes them fit"
    return "kernels have the shape (outputs, input channels / groups, *sizes)"


def _layer(operands: Operands, spec: LayerSpec) -> Layer:
    """The layer on this input, all paddings and defaults settled; raises what `LayerSpec.over` does."""
    channels, *sizes = operands.x.shape[1:]
    if operands.weights is None:
        return spec.over(channels, tuple(sizes))
    whole = replace(
        spec,
        kernel=operands.weights.shape[2:],
        out_channels=_outputs(operands.x, operands.weights, spec),
        bias=operands.bias is not None,
    )
    return whole.over(channels, tuple(sizes))


# --- computing -----------------------------------------------------------------------------------


@contextmanager
def _watched(tell: Callable[[float], None]) -> Iterator[None]:
    """Tell how much of the tiles is done, before each that is computed inside the block."""
    from convcli.engine.tiles import checkpoint

    token = checkpoint.set(lambda begun, total: tell(begun / total))
    try:
        yield
    finally:
        checkpoint.reset(token)


def _computed(
    operands: Operands,
    layer: Layer,
    boundary: Boundary,
    correlate: bool,
    count_padding: bool,
    jobs: int | None,
) -> NDArray[Any]:
    from convcli.engine import layers

    x, weights, bias = operands.x, operands.weights, operands.bias
    if weights is None:
        how: Literal["max", "avg"] = "max" if layer.operation == "maxpool" else "avg"
        return layers.pool(x, how=how, axes=layer.axes, count_padding=count_padding, workers=jobs)
    if layer.transposed:
        return layers.transpose(
            x, weights, bias, axes=layer.axes, groups=layer.groups, correlate=correlate, workers=jobs
        )
    return layers.convolve(
        x,
        weights,
        bias,
        axes=layer.axes,
        groups=layer.groups,
        boundary=boundary,
        correlate=correlate,
        workers=jobs,
    )


# --- what is said --------------------------------------------------------------------------------


def _operation(layer: Layer, *, correlate: bool) -> str:
    if layer.pools:
        return "max pooling" if layer.operation == "maxpool" else "average pooling"
    return f"{'transposed ' if layer.transposed else ''}{'correlation' if correlate else 'convolution'}"


def _show(result: NDArray[Any], sizes: int, *, quiet: bool) -> None:
    for line in text.lines(result, sizes=sizes, dots=console.glyph("…", "...")):
        console.line(line)
    if text.is_elided(result) and not quiet:
        console.note(f"hint: not all of the {result.size:,} numbers are shown; -o y.npy writes them")


def _record(
    operation: str, x: NDArray[Any], window: tuple[int, ...], result: NDArray[Any], target: str | None
) -> dict[str, Any]:
    """Return everything for JSON; complex numbers are pairs of real and imaginary part."""
    record: dict[str, Any] = {
        "operation": operation,
        "input_shape": list(x.shape),
        "kernel_shape": list(window),
        "output_shape": list(result.shape),
        "output": None,
        "dtype": str(result.dtype),
        "exact": None,
        "steps": [],
        "matrix": None,
        "grad": None,
    }
    if target is not None:
        return {**record, "path": target}
    import numpy as np

    pairs = np.stack([result.real, result.imag], axis=-1) if result.dtype.kind == "c" else result
    return {**record, "output": pairs.tolist()}


def _report(layer: Layer, *, batch: int) -> None:
    from convcli.arithmetic.account import costs

    for name, axis in zip(AXIS_NAMES[len(layer.axes)], layer.axes, strict=True):
        console.note(f"{name}: {axis.formula}")
    for line in costs(layer):
        console.note(line)
    if batch > 1 and layer.macs:
        console.note(f"            {batch * layer.macs:,} for a batch of {batch}")


def _method(operands: Operands, layer: Layer, boundary: Boundary) -> str:
    from convcli.engine import layers

    if operands.weights is None:
        return "windows axis by axis"
    method = layers.method(
        operands.x, operands.weights, operands.bias, axes=layer.axes, groups=layer.groups, boundary=boundary
    )
    return _METHODS[method]
