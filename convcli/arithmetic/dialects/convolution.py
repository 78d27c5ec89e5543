"""Convolutions: what each framework's paddings mean, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.arithmetic import shapes
from convcli.arithmetic.axis import Axis
from convcli.arithmetic.dialects.request import TITLES, Framework, Plan, Request, Window
from convcli.errors import UsageError

# Names of paddings that are arguments of a framework; the others are amounts that it is given.
OWN_NAMES: dict[str, tuple[str, ...]] = {
    "torch": ("same", "valid"),
    "keras": ("same", "valid", "causal"),
    "tf": ("same", "valid"),
    "jax": ("same", "same-lower", "valid"),
    "onnx": ("same", "same-lower", "valid"),
}


def plan_convolution(request: Request, framework: Framework) -> Plan:
    """Settle a convolution.

    Raises
    ------
    UsageError
        If the framework refuses the combination, whatever the size.
    """
    _check(request, framework)
    axes = tuple(_axis(window, framework) for window in request.windows)
    return Plan(axes=axes, rule=_rule(request, framework), remarks=tuple(_remarks(request, framework, axes)))


def named_padding(window: Window, *, torch: bool) -> tuple[int, int]:
    """Return samples before and after of a padding, by name or as given; `torch`: same is PyTorch's."""
    match window.padding:
        case (before, after):
            return before, after
        case "valid":
            return 0, 0
        case "full":
            return shapes.full_padding(window.kernel, window.dilation)
        case "half":
            return shapes.half_padding(window.kernel, window.dilation)
        case "causal":
            return shapes.causal_padding(window.kernel, window.dilation)
        case "same" if torch:
            return shapes.torch_same_padding(window.kernel, window.dilation)
        case "same" | "same-lower" as name:
            before, after = shapes.minimal_same_padding(
                window.size, window.kernel, stride=window.step, dilation=window.dilation
            )
            return (before, after) if name == "same" else (after, before)
    raise UsageError(
        f"{window.padding!r} is not a padding", hint="same, same-lower, valid, full, causal, half, N or PxQ"
    )


def _axis(window: Window, framework: Framework) -> Axis:
    before, after = named_padding(window, torch=framework == "torch")
    return Axis(
        size=window.size,
        kernel=window.kernel,
        stride=window.step,
        dilation=window.dilation,
        before=before,
        after=after,
        empty=framework == "jax",
    )


def _check(request: Request, framework: Framework) -> None:
    stride = max(window.step for window in request.windows)
    if framework == "torch" and request.padding_name == "same" and stride > 1:
        raise UsageError(
            f"padding same with stride {stride}: PyTorch says: padding='same' is not supported for strided "
            "convolutions",
            hint="its same keeps the size, which a stride divides; --padding half gives the input over the "
            "stride, rounded up, for odd kernels; --framework tf has a same for strides",
        )
    if framework in ("keras", "tf") and request.strided_and_dilated:
        raise UsageError(
            f"{TITLES[framework]} refuses a stride with a dilation: strides > 1 not supported in conjunction "
            "with dilation_rate > 1",
            hint="give one of the two, or take --framework torch, jax or onnx",
        )
    dilated = max(window.dilation for window in request.windows) > 1
    if framework == "onnx" and request.padding_name in ("same", "same-lower") and dilated:
        raise UsageError(
            f"padding {request.padding_name} with a dilation: onnxruntime says: Dilation not supported for "
            "AutoPadType::SAME_UPPER or AutoPadType::SAME_LOWER",
            hint="give the amounts: --pad-begin and --pad-end",
        )
    if framework == "keras" and request.padding_name == "causal" and len(request.windows) > 1:
        raise UsageError(
            "padding causal on several axes: Keras has it for Conv1D only",
            hint="give a size of one axis, or the amounts: --pad-begin 2 --pad-end 0",
        )


def _rule(request: Request, framework: Framework) -> str:
    name = request.padding_name
    if name == "same" and framework == "torch":
        return "same adds dilation * (kernel - 1) zeros, whatever the size, the odd one after; stride 1 only"
    if name in ("same", "same-lower"):
        end = "after" if name == "same" else "before"
        return f"{name} adds just enough zeros for ceil(input / stride) outputs, the odd one {end}"
    if name == "causal":
        return "causal puts all dilation * (kernel - 1) zeros before, so that no output sees its future"
    if framework == "jax":
        return "rounds down; a kernel that does not fit gives 0 outputs, not an error"
    return "rounds down; a kernel that does not fit is an error"


def _remarks(request: Request, framework: Framework, axes: tuple[Axis, ...]) -> Iterator[str]:
    name, title = request.padding_name, TITLES[framework]
    if name is not None and name not in OWN_NAMES[framework]:
        yield f"{title} has no padding {name}: it is given the amounts"
    if framework == "torch" and name != "same" and any(axis.before != axis.after for axis in axes):
        yield "PyTorch pads both ends alike: put the zeros there first, with torch.nn.functional.pad"
    if framework == "keras" and name not in OWN_NAMES["keras"] and any(a.before or a.after for a in axes):
        yield f"Keras: put the zeros there first, with ZeroPadding{len(axes)}D"
    if any(axis.is_empty for axis in axes):
        yield "the kernel does not fit: JAX gives an empty result, the other frameworks an error"
