"""A worked convolution in NumPy, with SciPy where that has a name for it."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.arithmetic.python_text import array, assignment, call, number, pairs
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked.coding.batches import PAD_MODES
from convcli.arithmetic.worked.model import Worked

NUMPY = "import numpy as np"
WINDOWS = "from numpy.lib.stride_tricks import sliding_window_view"
SCIPY = "from scipy import signal"

PLACES, TAPS = "xyz", "ijk"  # letters for positions and for taps along each axis

_LARGEST = 2**62  # of sums in integers of 64 bits, with a bit to spare


def numpy_code(worked: Worked) -> str:
    """Write a convolution in NumPy; it raises nothing."""
    if (mode := _named_mode(worked)) is not None:
        return _named(worked, mode)
    if worked.transposed:
        return _painted(worked)
    return _slid(worked)


def _script(imports: Sequence[str], *statements: str) -> str:
    return "\n".join((*imports, "", *filter(None, statements), "print(y)"))


# --- what has a name ------------------------------------------------------------------------------


def _named_mode(worked: Worked) -> str | None:
    """The mode in which `numpy.convolve` or `scipy.signal.convolve2d` gives the result."""
    plain = all(axis.stride == axis.dilation == 1 for axis in worked.axes)
    outside = any(axis.before or axis.after for axis in worked.axes) and worked.boundary.name != "zeros"
    if worked.layered or worked.pool or worked.transposed or not plain or outside or worked.ndim > 2:
        return None
    modes = {
        "full": [(axis.kernel - 1, axis.kernel - 1) for axis in worked.axes],
        "same": [(axis.kernel // 2, (axis.kernel - 1) // 2) for axis in worked.axes],
        "valid": [(0, 0)] * worked.ndim,
    }
    ends = [(axis.before, axis.after) for axis in worked.axes]
    # Where the kernel is the longer one the two exchange their parts, and scipy.signal.correlate2d centres
    # even kernels elsewhere.
    exchanged = any(axis.kernel > axis.size for axis in worked.axes)
    moved = worked.ndim == 2 and worked.correlate and any(axis.kernel % 2 == 0 for axis in worked.axes)
    fitting = (mode for mode, pads in modes.items() if pads == ends)
    return next(
        (mode for mode in fitting if mode == "full" or not (exchanged or (mode == "same" and moved))), None
    )


def _named(worked: Worked, mode: str) -> str:
    name = "correlate" if worked.correlate else "convolve"
    function, imports = f"np.{name}", [NUMPY]
    if worked.ndim == 2:
        function, imports = f"signal.{name}2d", [NUMPY, SCIPY]
    bias = "" if worked.bias is None else f" + {number(worked.bias[0])}"
    return _script(imports, *_arrays(worked, bias=False), f'y = {function}(x, w, mode="{mode}"){bias}')


# --- windows --------------------------------------------------------------------------------------


def _slid(worked: Worked) -> str:
    """Windows of the padded input, times the kernel; of poolings their largest or their mean."""
    ends = [(axis.before, axis.after + axis.overhang) for axis in worked.axes]
    padded = f"padded = {_padded(worked, ends)}" if any(map(any, ends)) else ""
    windows = f"windows = {_windows(worked, 'padded' if padded else 'x')}"
    taps = tuple(range(-worked.ndim, 0))
    if worked.pool == "max":
        last = [f"y = windows.max(axis={taps})"]
    elif worked.pool == "avg":
        last = _mean(worked, taps)
    else:
        last = _product(worked)
    return _script([NUMPY, WINDOWS], *_arrays(worked), padded, windows, *last)


def _padded(worked: Worked, ends: Sequence[tuple[int, int]]) -> str:
    boundary = worked.boundary
    if worked.pool == "max":
        how = "constant_values=-np.inf"
    elif boundary.constant:
        how = f"constant_values={number(boundary.value)}" if boundary.value else ""
    else:
        how = f'mode="{PAD_MODES[boundary.name]}"'
    return call("np.pad", "x", _with_channels(worked, ends), how)


def _with_channels(worked: Worked, ends: Sequence[tuple[int, int]]) -> str:
    return pairs([*[(0, 0)] * worked.layered, *ends])


def _windows(worked: Worked, source: str) -> str:
    """Windows as long as the kernel reaches, a stride apart, and of those the numbers under taps."""
    reach = tuple(axis.effective_kernel for axis in worked.axes)
    along = f"axis={tuple(range(1, worked.ndim + 1))}" if worked.layered else ""
    view = call("sliding_window_view", source, str(reach), along)
    steps = [axis.stride for axis in worked.axes] + [axis.dilation for axis in worked.axes]
    if set(steps) == {1}:
        return view
    slices = [":"] * worked.layered + [":" if step == 1 else f"::{step}" for step in steps]
    return f"{view}[{', '.join(slices)}]"


def _mean(worked: Worked, taps: tuple[int, ...]) -> list[str]:
    """The mean of each window: of all of it, or of the numbers that count."""
    ends = [(axis.before, axis.after) for axis in worked.axes]
    beyond = [(0, axis.overhang) for axis in worked.axes]
    if not any(map(any, beyond)) and (worked.count_padding or not any(map(any, ends))):
        return [f"y = windows.mean(axis={taps})"]
    counted = call(
        "np.pad",
        "np.ones_like(x)",
        _with_channels(worked, ends),
        f"constant_values={int(worked.count_padding)}",
    )
    if any(map(any, beyond)):
        counted = call("np.pad", counted, _with_channels(worked, beyond))
    return [
        f"counted = {counted}",
        f"counts = {_windows(worked, 'counted')}.sum(axis={taps})",
        f"y = windows.sum(axis={taps}) / counts",
    ]


def _product(worked: Worked) -> list[str]:
    """The sum of windows times kernels over taps and channels."""
    places, taps = PLACES[: worked.ndim], TAPS[: worked.ndim]
    kernel = f"w{_flip(worked)}"
    if not worked.layered:
        bias = "" if worked.bias is None else f" + {number(worked.bias[0])}"
        return [f'y = np.einsum("{places}{taps},{taps}->{places}", windows, {kernel}){bias}']
    if worked.groups == 1:
        sums = f"c{places}{taps},oc{taps}->o{places}"
        return [f'y = np.einsum("{sums}", windows, {kernel}){_added(worked)}']
    groups, read, each = worked.groups, worked.channels // worked.groups, worked.outputs // worked.groups
    sums = f"gc{places}{taps},goc{taps}->go{places}"
    return [
        f"windows = windows.reshape({groups}, {read}, *windows.shape[1:])",
        f"w = {kernel}.reshape({groups}, {each}, {read}, *w.shape[2:])",
        f'y = np.einsum("{sums}", windows, w).reshape{worked.output.shape}{_added(worked)}',
    ]


def _flip(worked: Worked) -> str:
    """Reverse the taps of a convolution."""
    return "" if worked.correlate else f"[{', '.join(['...', *['::-1'] * worked.ndim])}]"


def _added(worked: Worked) -> str:
    """The bias of each channel."""
    return "" if worked.bias is None else f" + b[{', '.join([':', *['None'] * worked.ndim])}]"


# --- painting -------------------------------------------------------------------------------------


def _painted(worked: Worked) -> str:
    """A transposed convolution: for each tap the input times its weight, a stride apart."""
    axes, names = worked.axes, TAPS[: worked.ndim]
    # Positions before the first sample's first tap, which a negative padding asks for.
    ahead = [max(-axis.before, 0) for axis in axes]
    starts = [max(axis.before, 0) for axis in axes]
    reach = [
        more + (axis.size - 1) * axis.stride + axis.effective_kernel
        for more, axis in zip(ahead, axes, strict=True)
    ]
    sizes = tuple(
        max(painted, start + axis.output) for painted, start, axis in zip(reach, starts, axes, strict=True)
    )
    slices = []
    for name, more, axis in zip(names, ahead, axes, strict=True):
        at = name if axis.dilation == 1 else f"{name} * {axis.dilation}"
        first = f"{at} + {more}" if more else at
        last = (axis.size - 1) * axis.stride + 1 + more
        slices.append(f"{first}:{at} + {last}" + (f":{axis.stride}" if axis.stride > 1 else ""))
    cropped = [f"{start}:{start + axis.output}" for start, axis in zip(starts, axes, strict=True)]
    taps, lead = ", ".join(names), [":"] * worked.layered
    kernel = "" if worked.correlate else f"w = w{_flip(worked)}"
    shape = (*[worked.outputs] * worked.layered, *sizes)
    loop = f"for {taps}{',' * (worked.ndim == 1)} in np.ndindex{tuple(axis.kernel for axis in axes)}:"
    bias = _added(worked) if worked.layered or worked.bias is None else f" + {number(worked.bias[0])}"
    return _script(
        [NUMPY],
        *_arrays(worked),
        kernel,
        f"painted = np.zeros({shape}, dtype=x.dtype)",
        loop,
        f"    painted[{', '.join([*lead, *slices])}] += {_brush(worked)}",
        f"y = painted[{', '.join([*lead, *cropped])}]{bias}",
    )


def _brush(worked: Worked) -> str:
    """What one tap adds: the input times its weight, over the channels."""
    places, taps = PLACES[: worked.ndim], ", ".join(TAPS[: worked.ndim])
    if not worked.layered:
        return f"x * w[{taps}]"
    if worked.groups == 1:
        return f'np.einsum("c{places},co->o{places}", x, w[:, :, {taps}])'
    groups, each = worked.groups, worked.outputs // worked.groups
    read = worked.channels // groups
    grouped = f"x.reshape({groups}, {read}, *x.shape[1:]), w[:, :, {taps}].reshape({groups}, {read}, {each})"
    return f'np.einsum("gc{places},gco->go{places}", {grouped}).reshape({worked.outputs}, *x.shape[1:])'


# --- numbers --------------------------------------------------------------------------------------


def _arrays(worked: Worked, *, bias: bool = True) -> list[str]:
    """The input, the kernel and the bias of layers; whole numbers unless these would not do."""
    named = [("x", worked.input.reshaped(worked.input_shape))]
    if worked.kernel is not None:
        named.append(("w", worked.kernel.reshaped(worked.kernel_shape)))
    if bias and worked.bias is not None and worked.layered:
        named.append(("b", Tensor((len(worked.bias),), worked.bias)))
    dtype = "" if _whole(worked) else "dtype=float"
    return [assignment(name, call("np.array", array(tensor), dtype)) for name, tensor in named]


def _whole(worked: Worked) -> bool:
    """Whether integers of 64 bits do for all numbers and sums; infinity around a maximum is none."""
    infinite = worked.pool == "max" and any(
        axis.before or axis.after or axis.overhang for axis in worked.axes
    )
    weights = () if worked.kernel is None else worked.kernel.values
    numbers = (*worked.input.values, *weights, *(worked.bias or ()), worked.boundary.value)
    largest = max(map(abs, numbers))
    bound = largest * (largest * max(len(worked.input.values), len(weights)) + 1)
    return not infinite and bound < _LARGEST and all(value.denominator == 1 for value in numbers)
