"""Transposed convolutions: three meanings of padding and of the output's size.

All are brought to one geometry: the full result, every input painting its kernel, less what is cropped at
the two ends, plus positions computed beyond the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.dialects.convolution import named_padding
from convcli.arithmetic.dialects.request import TITLES, Framework, Plan, Request, Window
from convcli.errors import UsageError


def plan_transposed(request: Request, framework: Framework) -> Plan:
    """Settle a transposed convolution.

    Raises
    ------
    UsageError
        If the framework refuses the combination, whatever the size.
    """
    _check(request, framework)
    axes = tuple(_axis(window, framework) for window in request.windows)
    return Plan(axes=axes, rule=_rule(request, framework), remarks=tuple(_remarks(request, framework, axes)))


def _axis(window: Window, framework: Framework) -> Axis:
    if window.padding in ("same", "same-lower"):
        before, after, beyond = _same(window, framework)
    else:
        before, after = named_padding(window, torch=False)
        beyond = window.output_padding or 0
        if framework == "jax" and not isinstance(window.padding, str):
            # JAX pads the stretched input, where everybody else crops the result of painting.
            before, after = window.reach - 1 - before, window.reach - 1 - after
        elif framework in ("keras", "jax") and window.output_padding is None:
            # A kernel shorter than the stride: the gap after the last input is part of the result.
            beyond = max(window.step - window.reach, 0)
    return Axis(
        size=window.size,
        kernel=window.kernel,
        stride=window.step,
        dilation=window.dilation,
        before=before,
        after=after,
        output_padding=beyond,
        transposed=True,
    )


def _same(window: Window, framework: Framework) -> tuple[int, int, int]:
    """Crops at the two ends, and positions beyond the end, of the paddings called same."""
    painted = (window.size - 1) * window.step + window.reach
    output = window.size * window.step
    if framework == "onnx":
        beyond = window.output_padding or 0
        total = max(painted + beyond - output, 0)
    else:
        if window.output_padding is not None:
            output = (window.size - 1) * window.step + window.reach % 2 + window.output_padding
        # The convolution that this one is the gradient of pads like this on the way down.
        beyond, total = max(output - painted, 0), max(painted - output, 0)
    shorter, longer = total // 2, total - total // 2
    return (shorter, longer, beyond) if window.padding == "same" else (longer, shorter, beyond)


def _check(request: Request, framework: Framework) -> None:
    name, title = request.padding_name, TITLES[framework]
    if framework == "torch" and name in ("same", "same-lower"):
        raise UsageError(
            f"padding {name} is not defined for a transposed convolution in PyTorch",
            hint="--padding half keeps the size of an odd kernel at stride 1; --framework keras has a same",
        )
    if name == "causal" or (name == "same-lower" and framework != "onnx"):
        raise UsageError(
            f"padding {name} is not defined for a transposed convolution in {title}",
            hint="give the amounts: --pad-begin and --pad-end say what is cropped from the ends",
        )
    if framework in ("keras", "tf") and request.strided_and_dilated:
        raise UsageError(
            f"{title} refuses a stride with a dilation: strides > 1 not supported in conjunction with "
            "dilation_rate > 1",
            hint="give one of the two, or take --framework torch, jax or onnx",
        )
    given = [window for window in request.windows if window.output_padding is not None]
    if framework == "jax" and given:
        raise UsageError(
            "jax.lax.conv_transpose has no output padding",
            hint="give the further outputs as padding at the end, --pad-end, or take another --framework",
        )
    for window in given if framework in ("keras", "onnx") else ():
        if (
            window.output_padding is not None
            and window.output_padding > 0
            and window.output_padding >= window.step
        ):
            says = (
                "Keras says: `output_padding` must be strictly less than `strides`"
                if framework == "keras"
                else "onnxruntime says: output_padding may be too large for stride"
            )
            raise UsageError(
                f"output padding {window.output_padding} with stride {window.step}: {says}",
                hint="it chooses between the input sizes that a strided convolution maps to one output size",
            )


def _rule(request: Request, framework: Framework) -> str:
    given = request.windows[0].output_padding is not None
    match request.padding_name, framework:
        case "same", "onnx":
            return "same crops (input - 1) * stride + kernel + output_padding to input * stride"
        case "same-lower", _:
            return "same-lower crops to input * stride, the odd sample before"
        case "same", _ if given:
            return "same with output_padding gives (input - 1) * stride + kernel % 2 + output_padding"
        case "same", _:
            return "same gives input * stride"
        case None, "jax":
            return "padding is that of the stretched input, kernel - 1 being the full result"
        case _, "keras" | "jax" if not given:
            return "a kernel shorter than the stride counts as long as the stride"
    return "padding crops the full result, output_padding adds at the end"


def _remarks(request: Request, framework: Framework, axes: tuple[Axis, ...]) -> Iterator[str]:
    name = request.padding_name
    cropped = any(axis.before or axis.after for axis in axes)
    if framework == "torch" and any(axis.before != axis.after for axis in axes):
        yield "PyTorch crops both ends alike: crop the rest by slicing"
    if framework == "keras" and name not in ("same", "valid") and cropped:
        yield f"Keras crops with a Cropping{len(axes)}D after padding='valid'"
    if framework == "tf":
        yield "tf.nn.conv_transpose wants output_shape: every size that the convolution maps back is allowed"
    if framework == "jax":
        yield "jax.lax.conv_transpose does not flip the kernel unless transpose_kernel=True; the others do"
        if name is None:
            yield "use_consistent_padding=True gives these amounts PyTorch's meaning"
    if framework == "onnx" and name in ("same", "same-lower") and any(axis.output_padding for axis in axes):
        yield "ONNX's shape inference adds the output padding to input * stride, onnxruntime does not"
