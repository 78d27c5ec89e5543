"""Poolings: default strides, ceil mode, limits of the padding, and what an average divides by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.dialects.convolution import named_padding
from convcli.arithmetic.dialects.request import TITLES, Framework, Plan, Request, Window
from convcli.errors import UsageError

_OWN_NAMES: dict[str, tuple[str, ...]] = {
    "torch": ("valid",),
    "keras": ("same", "valid"),
    "tf": ("same", "valid"),
    "jax": ("same", "same-lower", "valid"),
    "onnx": ("same", "same-lower", "valid"),
}


def plan_pooling(request: Request, framework: Framework) -> Plan:
    """Settle a pooling.

    Raises
    ------
    UsageError
        If the framework refuses the combination, whatever the size.
    """
    windows = tuple(_with_stride(window, framework) for window in request.windows)
    settled = replace(request, windows=windows)
    _check(settled, framework)
    axes = tuple(_axis(window, settled, framework) for window in windows)
    _check_padding(settled, axes, framework)
    remarks = (*_stride_remark(request, framework), *_remarks(settled, framework, axes))
    return Plan(axes=axes, rule=_rule(settled, framework), remarks=remarks)


def _with_stride(window: Window, framework: Framework) -> Window:
    if window.stride is not None:
        return window
    # ONNX and Flax step by 1 unless told otherwise; tf.nn has no default, tf.keras has the kernel's.
    return replace(window, stride=1 if framework in ("onnx", "jax") else window.kernel)


def _axis(window: Window, request: Request, framework: Framework) -> Axis:
    before, after = named_padding(window, torch=False)
    return Axis(
        size=window.size,
        kernel=window.kernel,
        stride=window.step,
        dilation=window.dilation,
        before=before,
        after=after,
        ceil=request.ceil and request.padding_name not in ("same", "same-lower"),
        empty=framework == "jax",
    )


def _check(request: Request, framework: Framework) -> None:
    name, title = request.padding_name, TITLES[framework]
    if framework == "torch" and name in ("same", "same-lower"):
        raise UsageError(
            f"padding {name}: PyTorch's poolings take whole numbers, no names",
            hint="--padding half for stride 1 and odd kernels, --ceil-mode to round up, or --framework keras",
        )
    if name == "causal":
        raise UsageError(
            "padding causal belongs to convolutions",
            hint="give the amounts: --pad-begin and --pad-end",
        )
    if request.ceil and framework not in ("torch", "onnx"):
        raise UsageError(
            f"{title} has no ceil mode: its poolings round down",
            hint="--padding same gives ceil(input / stride) outputs",
        )
    dilated = max(window.dilation for window in request.windows) > 1
    if dilated and (framework == "keras" or (framework == "torch" and request.operation == "avgpool")):
        kind = "average poolings" if framework == "torch" else "poolings"
        raise UsageError(f"{title}'s {kind} have no dilation", hint="leave --dilation out")
    if dilated and name in ("same", "same-lower") and framework in ("tf", "onnx"):
        says = (
            "TensorFlow says: pooling with 'SAME' padding is not implemented for `dilation_rate` > 1"
            if framework == "tf"
            else "onnxruntime pads as if the kernel were dense"
        )
        raise UsageError(f"padding {name} with a dilation: {says}", hint="give the amounts, or no dilation")
    if framework == "tf" and request.strided_and_dilated:
        raise UsageError(
            "TensorFlow refuses a stride with a dilation: strides > 1 not supported in conjunction with "
            "dilation_rate > 1",
            hint="give one of the two, or take --framework torch, jax or onnx",
        )


def _check_padding(request: Request, axes: tuple[Axis, ...], framework: Framework) -> None:
    if request.padding_name in ("same", "same-lower"):
        # Its average poolings pass.
        if framework == "onnx" and request.operation == "maxpool" and any(map(_is_short, axes)):
            raise UsageError(
                f"padding {request.padding_name} with a kernel below the stride: onnxruntime says: padding "
                "values must be non-negative",
                hint="--padding valid gives as many outputs here",
            )
        return
    for axis in axes:
        most = max(axis.before, axis.after)
        if framework == "torch" and most > axis.kernel // 2:
            raise UsageError(
                f"padding {most} with kernel {axis.kernel}: PyTorch says: pad should be at most half of "
                "effective kernel size",
                hint="a window that lies in the padding alone has nothing to pool; "
                f"{axis.kernel // 2} is the most",
            )
        if framework == "onnx" and most >= axis.kernel:
            raise UsageError(
                f"padding {most} with kernel {axis.kernel}: onnxruntime says: Pad should be smaller than "
                "kernel",
                hint="a window that lies in the padding alone has nothing to pool; "
                f"{axis.kernel - 1} is the most",
            )


def _is_short(axis: Axis) -> bool:
    """Whether the windows end before the input does, so that nothing is missing but too much is there."""
    return (axis.output - 1) * axis.stride + axis.kernel < axis.size


def _rule(request: Request, framework: Framework) -> str:
    if request.padding_name in ("same", "same-lower"):
        end = "after" if request.padding_name == "same" else "before"
        return (
            f"{request.padding_name} pads just enough for ceil(input / stride) outputs, the odd sample {end}"
        )
    if request.ceil:
        return "rounds up, unless the last window would begin beyond the input"
    if framework in ("torch", "onnx"):
        return "rounds down; ceil mode rounds up"
    return "rounds down; there is no ceil mode"


def _stride_remark(request: Request, framework: Framework) -> Iterator[str]:
    if all(window.stride is not None for window in request.windows):
        return
    match framework:
        case "onnx" | "jax":
            name = "ONNX" if framework == "onnx" else "flax.linen"
            yield f"the stride is {name}'s default, 1"
        case "tf":
            yield "tf.nn has no default stride: the kernel's size, as in Keras"
        case _:
            yield f"the stride is {TITLES[framework]}'s default, the kernel's size"


def _remarks(request: Request, framework: Framework, axes: tuple[Axis, ...]) -> Iterator[str]:
    name, padded = request.padding_name, any(axis.before or axis.after for axis in axes)
    if name not in (None, *_OWN_NAMES[framework]):
        yield f"{TITLES[framework]} has no padding {name} for poolings: it is given the amounts"
    if request.operation == "avgpool" and padded:
        yield _divisor(name, framework)
    if framework == "torch" and any(axis.before != axis.after for axis in axes):
        yield "PyTorch pads both ends alike: pad first, with torch.nn.functional.pad (a maximum with -inf)"
    if framework == "keras" and name not in ("same", "valid") and padded:
        yield f"Keras pools without amounts: ZeroPadding{len(axes)}D first, fit for a maximum of no negatives"
    if any(axis.is_empty for axis in axes):
        yield "the kernel does not fit: JAX gives an empty result, the other frameworks an error"


def _divisor(name: str | None, framework: Framework) -> str:
    match framework:
        case "torch":
            return "averages divide by the whole window, padding counted, unless count_include_pad=False"
        case "onnx":
            return "averages divide by the samples of the input, unless count_include_pad=1"
        case "jax":
            return "reduce_window sums: divide by the whole window, or by a sum of ones as flax.linen may"
    counted = counts_padding(name, framework)
    return (
        f"averages divide by {'the whole window, zeros counted' if counted else 'the samples of the input'}"
    )


def counts_padding(name: str | None, framework: Framework) -> bool:
    """Whether averages divide by the padding in their window, too, unless something else is asked for.

    Parameters
    ----------
    name : str or None
        The padding's name; None where it is amounts, which Keras and TensorFlow pad with zeros beforehand.
    framework : {"torch", "keras", "tf", "jax", "onnx"}
    """
    match framework:
        case "torch" | "jax":
            return True
        case "onnx":
            return False
    return name not in ("same", "valid")
