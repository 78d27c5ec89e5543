"""A worked convolution in PyTorch, with the functions of `torch.nn.functional`."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.arithmetic.python_text import call, number, option, value
from convcli.arithmetic.worked.coding.batches import HINT, Ends, arrays, check_padding, ends, inner
from convcli.arithmetic.worked.model import Worked
from convcli.errors import UsageError

_IMPORTS = ("import torch", "import torch.nn.functional as F")


def torch_code(worked: Worked) -> str:
    """Write a convolution in PyTorch.

    Raises
    ------
    UsageError
        If there is no such padding or pooling.
    """
    write = {"max": _maximum, "avg": _mean, None: _transposed if worked.transposed else _forward}[worked.pool]
    lines = arrays(worked, lambda text: call("torch.tensor", text, "dtype=torch.float64"))
    *before, last = write(worked)
    return "\n".join((*_IMPORTS, "", *lines, *before, f"y = {last}{inner(worked)}", "print(y)"))


def _forward(worked: Worked) -> list[str]:
    axes = worked.axes
    check_padding(worked, "PyTorch", "replicate", "reflect", "circular")
    amounts = [axis.before for axis in axes]
    lines = []
    if not _even(worked) or worked.boundary.name != "zeros":
        lines = _padded("x", ends(worked), *_filling(worked))
        amounts = [0] * worked.ndim
    steps = (
        option("stride", [axis.stride for axis in axes], 1),
        option("padding", amounts, 0),
        option("dilation", [axis.dilation for axis in axes], 1),
    )
    return [*lines, _convolution(worked, "conv", "b" if worked.bias else "", *steps)]


def _transposed(worked: Worked) -> list[str]:
    axes = worked.axes
    whole = _even(worked) and min(axis.before for axis in axes) >= 0
    steps = (
        option("stride", [axis.stride for axis in axes], 1),
        option("padding", [axis.before if whole else 0 for axis in axes], 0),
        option("output_padding", [axis.output_padding if whole else 0 for axis in axes], 0),
        option("dilation", [axis.dilation for axis in axes], 1),
    )
    if whole:
        return [_convolution(worked, "conv_transpose", "b" if worked.bias else "", *steps)]
    # Negative amounts of padding crop; the bias is added last, since it is there in what is padded, too.
    crops = [(-axis.before, axis.output_padding - axis.after) for axis in axes]
    painted = _convolution(worked, "conv_transpose", "", *steps)
    bias = "" if worked.bias is None else f" + b[{', '.join([':', *['None'] * worked.ndim])}]"
    cropped = "painted"
    if any(min(pair) < 0 < max(pair) for pair in crops):
        # What is cropped at one end may be all there is without the zeros at the other.
        cropped = call("F.pad", cropped, str(_torch_order([(max(b, 0), max(a, 0)) for b, a in crops])))
        crops = [(min(b, 0), min(a, 0)) for b, a in crops]
    cropped = call("F.pad", cropped, str(_torch_order(crops)))
    return [f"painted = {painted}", f"({cropped}{bias})" if bias else cropped]


def _convolution(worked: Worked, name: str, bias: str, *steps: str) -> str:
    axes = tuple(range(-worked.ndim, 0))
    kernel = "w" if worked.correlate else f"w.flip{axes}".replace(",)", ")")
    groups = f"groups={worked.groups}" if worked.groups > 1 else ""
    return call(f"F.{name}{worked.ndim}d", "x", kernel, bias, *steps, groups)


def _maximum(worked: Worked) -> list[str]:
    return _pooled(worked, "max_pool", "-torch.inf", option("dilation", [a.dilation for a in worked.axes], 1))


def _mean(worked: Worked) -> list[str]:
    if any(axis.dilation > 1 for axis in worked.axes):
        raise UsageError("PyTorch's average pooling has no dilation", hint=HINT)
    if _pads_itself(worked):
        counted = "" if worked.count_padding else "count_include_pad=False"
        return _pooled(worked, "avg_pool", "", counted)
    shared = (value([axis.kernel for axis in worked.axes]), _stride(worked))
    inside = [(axis.before, axis.after) for axis in worked.axes]
    beyond = [(0, axis.overhang) for axis in worked.axes]
    lines = _padded("x", ends(worked))
    lines = [
        "counted = torch.ones_like(x)",
        *_padded("counted", inside, "value=1" if worked.count_padding else ""),
        *(_padded("counted", beyond) if any(map(any, beyond)) else []),
        *lines,
    ]
    name = f"F.avg_pool{worked.ndim}d"
    return [*lines, f"({call(name, 'x', *shared)} / {call(name, 'counted', *shared)})"]


def _pooled(worked: Worked, name: str, fill: str, *further: str) -> list[str]:
    """A pooling that pads by itself, or of an input that is padded before."""
    axes, itself = worked.axes, _pads_itself(worked)
    lines = [] if itself else _padded("x", ends(worked), f"value={fill}")
    written = call(
        f"F.{name}{worked.ndim}d",
        "x",
        value([axis.kernel for axis in axes]),
        _stride(worked),
        option("padding", [axis.before for axis in axes], 0) if itself else "",
        "ceil_mode=True" if itself and axes[0].ceil else "",
        *further,
    )
    return [*lines, written]


def _stride(worked: Worked) -> str:
    # Without one it would be the kernel.
    return f"stride={value([axis.stride for axis in worked.axes])}"


def _even(worked: Worked) -> bool:
    return all(axis.before == axis.after for axis in worked.axes)


def _pads_itself(worked: Worked) -> bool:
    """Whether a pooling of PyTorch can pad by so much: half of the kernel at most, alike at both ends."""
    axes = worked.axes
    alike = len({axis.ceil for axis in axes}) == 1
    return alike and _even(worked) and all(axis.before <= axis.kernel // 2 for axis in axes)


def _filling(worked: Worked) -> tuple[str, ...]:
    boundary = worked.boundary
    if boundary.constant:
        return (f"value={number(boundary.value)}" if boundary.value else "",)
    return (f'mode="{boundary.name}"',)


def _padded(name: str, amounts: Ends, *how: str) -> list[str]:
    if not any(map(any, amounts)):
        return []
    return [f"{name} = {call('F.pad', name, str(_torch_order(amounts)), *how)}"]


def _torch_order(amounts: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """The last axis comes first."""
    return tuple(end for pair in reversed(amounts) for end in pair)
