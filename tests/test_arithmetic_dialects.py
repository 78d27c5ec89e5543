"""Every dialect against windows that are slid, and kernels that are painted, cell by cell."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcli.arithmetic.comparison import of_frameworks
from convcli.arithmetic.dialects import FRAMEWORKS, Framework, Operation, Plan, Request, Window, settle
from convcli.arithmetic.specs import LayerSpec
from convcli.errors import ShapeError, UsageError

OPERATIONS: tuple[Operation, ...] = ("conv", "convt", "maxpool", "avgpool")
NAMES = ("same", "same-lower", "valid", "full", "causal", "half")


def layer(choose: Callable[[Sequence[Any]], Any]) -> tuple[Request, Framework]:
    """Choose a layer on one axis, and whose dialect it is in."""
    operation = choose(OPERATIONS)
    stride = choose(range(1, 6))
    dilation = choose((1, 1, 1, 1, 2, 3, 4))
    beyond = choose((None, *range(max(stride, dilation)))) if operation == "convt" else None
    window = Window(
        size=choose(range(1, 31)),
        kernel=choose(range(1, 8)),
        stride=None if operation != "convt" and choose(range(10)) == 0 else stride,
        dilation=dilation,
        padding=choose(NAMES) if choose((True, False)) else (choose(range(5)), choose(range(5))),
        output_padding=beyond,
    )
    ceil = operation.endswith("pool") and choose((True, False))
    return Request(operation=operation, windows=(window,), ceil=ceil), choose(FRAMEWORKS)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Request, Framework]:
    return layer(lambda options: draw(st.sampled_from(options)))


def taps_of(window: Window) -> range:
    return range(0, window.kernel * window.dilation, window.dilation)


def slide(first: int, last: int, window: Window, stride: int) -> list[int]:
    """Starts of the windows whose taps all stand on cells from `first` to `last`."""
    return [start for start in range(first, last + 1, stride) if start + taps_of(window)[-1] <= last]


def stride_of(request: Request, framework: Framework) -> int:
    """The default strides that the frameworks document."""
    [window] = request.windows
    if window.stride is not None:
        return window.stride
    return (
        window.kernel if request.operation.endswith("pool") and framework in ("torch", "keras", "tf") else 1
    )


def least_padding(window: Window, stride: int, outputs: int) -> int:
    """Cells to add, one by one, until there are enough windows."""
    total = 0
    while len(slide(0, window.size + total - 1, window, stride)) < outputs:
        total += 1
    return total


def ends(window: Window, stride: int, framework: Framework) -> tuple[int, int]:
    """Cells before and after the input."""
    size = window.size
    match window.padding:
        case (before, after):
            return before, after
        case "same" | "same-lower" as name:
            outputs = size if framework == "torch" and name == "same" else len(range(0, size, stride))
            total = least_padding(window, stride, outputs)
            return (total // 2, total - total // 2) if name == "same" else (total - total // 2, total // 2)
        case "full":  # the first and the last window touch the input with one cell
            return taps_of(window)[-1], taps_of(window)[-1]
        case "causal":  # the last tap of the first window stands on the first cell
            return taps_of(window)[-1], 0
        case "half":
            return (taps_of(window)[-1] + 1) // 2, (taps_of(window)[-1] + 1) // 2
    return 0, 0


def count_windows(request: Request, framework: Framework) -> int:
    [window] = request.windows
    stride = stride_of(request, framework)
    before, after = ends(window, stride, framework)
    last = window.size + after - 1
    starts = slide(-before, last, window, stride)
    if request.ceil and window.padding not in ("same", "same-lower"):
        # A further window may lack less than a stride, but has to begin before the input ends.
        starts = slide(-before, last + stride - 1, window, stride)
        starts = [start for start in starts if start < window.size]
    return len(starts)


def count_painted(request: Request, framework: Framework) -> int:
    """Cells of the output of a transposed convolution."""
    [window] = request.windows
    stride, taps = window.step, taps_of(window)
    cells = {place * stride + tap for place in range(window.size) for tap in taps}
    beyond = window.output_padding or 0
    painted = max(cells) + 1
    match window.padding:
        case "same" | "same-lower" if framework == "onnx":
            return min(painted + beyond, window.size * stride)
        case "same":
            if window.output_padding is not None:  # as Keras documents it
                return (window.size - 1) * stride + len(range(taps[-1] + 1)) % 2 + beyond
            return max(  # the largest that a strided convolution brings to the input's size
                size for size in range(window.size * stride + 9) if len(range(0, size, stride)) == window.size
            )
        case (before, after) if framework == "jax":  # slides over the stretched and padded input
            stretched = (window.size - 1) * stride + 1
            return len(slide(-before, stretched + after - 1, window, 1))
    if framework in ("keras", "jax") and window.output_padding is None:
        painted = max((window.size - 1) * stride + length for length in (taps[-1] + 1, stride))
    before, after = ends(window, stride, framework)
    return painted + beyond - before - after


def check(request: Request, framework: Framework) -> None:
    try:
        plan = settle(request, framework)
    except UsageError:
        assert is_refused(request, framework)
        return
    assert not is_refused(request, framework)
    [axis] = plan.axes
    counted = (count_painted if request.operation == "convt" else count_windows)(request, framework)
    if counted > 0 or (axis.empty and request.operation != "convt"):
        assert axis.output == max(counted, 0)
    else:
        with pytest.raises(ShapeError):
            _ = axis.output
    if counted > 0 and request.operation != "convt":
        stride = stride_of(request, framework)
        assert (axis.before, axis.after, axis.stride) == (
            *ends(request.windows[0], stride, framework),
            stride,
        )


def is_refused(request: Request, framework: Framework) -> bool:
    """What the frameworks refuse whatever the size, as their documentation lists it."""
    [window] = request.windows
    name = window.padding if isinstance(window.padding, str) else None
    stride = stride_of(request, framework)
    both = stride > 1 and window.dilation > 1
    given = window.output_padding is not None
    if request.operation == "conv":
        return (
            (framework == "torch" and name == "same" and stride > 1)
            or (framework in ("keras", "tf") and both)
            or (framework == "onnx" and name in ("same", "same-lower") and window.dilation > 1)
        )
    if request.operation == "convt":
        return (
            name == "causal"
            or (name == "same" and framework == "torch")
            or (name == "same-lower" and framework != "onnx")
            or (framework in ("keras", "tf") and both)
            or (framework == "jax" and given)
            or (framework in ("keras", "onnx") and 0 < (window.output_padding or 0) >= stride)
        )
    before, after = ends(window, stride, framework)
    short = window.size > (len(range(0, window.size, stride)) - 1) * stride + window.kernel
    most = 0 if name in ("same", "same-lower") else max(before, after)
    return (
        name == "causal"
        or (framework == "torch" and name in ("same", "same-lower"))
        or (request.ceil and framework not in ("torch", "onnx"))
        or (window.dilation > 1 and framework == "keras")
        or (window.dilation > 1 and framework == "torch" and request.operation == "avgpool")
        or (framework == "tf" and both)
        or (framework == "torch" and most > window.kernel // 2)
        or (framework == "onnx" and most >= window.kernel)
        or (framework in ("tf", "onnx") and name in ("same", "same-lower") and window.dilation > 1)
        or (
            framework == "onnx"
            and name in ("same", "same-lower")
            and short
            and request.operation == "maxpool"
        )
    )


@settings(max_examples=400)
@given(requests())
def test_a_count_of_windows_agrees(drawn: tuple[Request, Framework]) -> None:
    check(*drawn)


@pytest.mark.slow
def test_a_count_of_windows_agrees_on_many() -> None:
    # Without hypothesis, which would take ten times as long to draw so many.
    random = Random(20)
    for _ in range(100_000):
        drawn = layer(random.choice)
        try:
            check(*drawn)
        except AssertionError as error:
            raise AssertionError(f"{drawn}") from error


def plan(
    operation: Operation, framework: Framework, *, ceil: bool = False, axes: int = 1, **asked: Any
) -> Plan:
    window = Window(**{"size": 7, "kernel": 3, **asked})
    return settle(Request(operation=operation, windows=(window,) * axes, ceil=ceil), framework)


@pytest.mark.parametrize(
    ("framework", "operation", "asked", "expected"),
    [
        # Values that the frameworks themselves returned: output, before, after.
        ("tf", "conv", {"size": 7, "stride": 2, "padding": "same"}, (4, 1, 1)),
        ("tf", "conv", {"size": 6, "stride": 2, "padding": "same"}, (3, 0, 1)),
        ("onnx", "conv", {"size": 6, "stride": 2, "padding": "same-lower"}, (3, 1, 0)),
        ("torch", "conv", {"kernel": 2, "padding": "same"}, (7, 0, 1)),
        ("jax", "conv", {"size": 3, "kernel": 5}, (0, 0, 0)),
        ("keras", "conv", {"stride": 2, "padding": "causal"}, (4, 2, 0)),
        ("torch", "maxpool", {"size": 32, "kernel": 1, "stride": 2, "ceil": True}, (16, 0, 0)),
        ("torch", "maxpool", {"size": 5, "stride": 2, "ceil": True}, (2, 0, 0)),
        ("torch", "maxpool", {"size": 6, "stride": 2, "ceil": True}, (3, 0, 0)),
        ("torch", "maxpool", {"size": 2, "kernel": 5, "stride": 4, "ceil": True}, (1, 0, 0)),
        ("torch", "maxpool", {"size": 28, "kernel": 2}, (14, 0, 0)),
        ("onnx", "maxpool", {"size": 28, "kernel": 2}, (27, 0, 0)),
        ("keras", "convt", {"size": 4, "kernel": 4, "stride": 2, "padding": "same"}, (8, 1, 1)),
        (
            "keras",
            "convt",
            {"size": 4, "kernel": 4, "stride": 2, "padding": "same", "output_padding": 1},
            (7, 1, 2),
        ),
        ("keras", "convt", {"size": 3, "kernel": 2, "stride": 3, "padding": "valid"}, (9, 0, 0)),
        ("torch", "convt", {"size": 3, "kernel": 2, "stride": 3, "padding": "valid"}, (8, 0, 0)),
        ("onnx", "convt", {"size": 3, "kernel": 2, "stride": 3, "padding": "same"}, (8, 0, 0)),
        ("onnx", "convt", {"size": 3, "stride": 2, "padding": "same", "output_padding": 1}, (6, 1, 1)),
        ("jax", "convt", {"size": 14, "kernel": 4, "stride": 2, "padding": (1, 1)}, (26, 2, 2)),
        ("jax", "convt", {"size": 14, "kernel": 2, "padding": (3, 3)}, (19, -2, -2)),
    ],
)
def test_sizes_of_the_frameworks(
    framework: Framework, operation: Operation, asked: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    [axis] = plan(operation, framework, **asked).axes
    assert (axis.output, axis.before, axis.after) == expected


@pytest.mark.parametrize(
    ("framework", "operation", "asked", "words"),
    [
        ("torch", "conv", {"stride": 2, "padding": "same"}, "is not supported for strided convolutions"),
        ("keras", "conv", {"stride": 2, "dilation": 2}, "strides > 1 not supported in conjunction with"),
        ("keras", "conv", {"axes": 2, "padding": "causal"}, "Conv1D only"),
        ("onnx", "conv", {"dilation": 2, "padding": "same"}, "Dilation not supported for AutoPadType"),
        ("torch", "convt", {"padding": "same"}, "not defined for a transposed convolution in PyTorch"),
        ("keras", "convt", {"stride": 2, "output_padding": 2}, "must be strictly less than `strides`"),
        ("onnx", "convt", {"dilation": 2, "output_padding": 1}, "may be too large for stride"),
        ("jax", "convt", {"output_padding": 0}, "has no output padding"),
        ("torch", "maxpool", {"padding": (2, 2)}, "pad should be at most half of effective kernel size"),
        ("onnx", "maxpool", {"padding": (3, 0)}, "Pad should be smaller than kernel"),
        ("onnx", "maxpool", {"size": 6, "kernel": 1, "stride": 4, "padding": "same"}, "non-negative"),
        ("torch", "avgpool", {"dilation": 2}, "average poolings have no dilation"),
        ("tf", "maxpool", {"dilation": 2, "stride": 1, "padding": "same"}, "is not implemented for"),
        ("jax", "avgpool", {"ceil": True}, "has no ceil mode"),
        ("tf", "conv", {"padding": "most"}, "'most' is not a padding"),
    ],
)
def test_refusals_in_the_words_of_the_framework(
    framework: Framework, operation: Operation, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        plan(operation, framework, **asked)
    assert caught.value.hint or words.startswith("'most'")


@pytest.mark.parametrize(
    ("framework", "operation", "asked", "words"),
    [
        ("torch", "conv", {"padding": "full"}, "PyTorch has no padding full"),
        ("torch", "conv", {"padding": (1, 0)}, "pads both ends alike"),
        ("keras", "conv", {"padding": (1, 1)}, "ZeroPadding1D"),
        ("jax", "conv", {"size": 2}, "empty result"),
        ("torch", "convt", {"padding": (1, 0)}, "crops both ends alike"),
        ("keras", "convt", {"padding": (1, 1)}, "Cropping1D"),
        ("tf", "convt", {}, "output_shape"),
        ("jax", "convt", {}, "use_consistent_padding"),
        ("onnx", "convt", {"size": 3, "stride": 3, "padding": "same", "output_padding": 1}, "inference"),
        ("torch", "avgpool", {"padding": (1, 1)}, "count_include_pad"),
        ("onnx", "avgpool", {"padding": (1, 1)}, "samples of the input, unless"),
        ("tf", "avgpool", {"padding": "same"}, "divide by the samples of the input"),
        ("jax", "avgpool", {"padding": (1, 1)}, "reduce_window"),
        ("onnx", "maxpool", {}, "default, 1"),
        ("torch", "maxpool", {}, "default, the kernel's size"),
    ],
)
def test_what_has_to_be_known(
    framework: Framework, operation: Operation, asked: dict[str, Any], words: str
) -> None:
    assert words in " / ".join(plan(operation, framework, **asked).remarks)


def test_comparison_groups_those_that_agree() -> None:
    account = of_frameworks(LayerSpec(stride=(2,), padding="same"), (6,))
    frameworks = {entry["framework"]: entry for entry in account.record["frameworks"]}
    assert frameworks["torch"]["refused"]
    assert frameworks["torch"]["output"] is None
    assert {name for name, entry in frameworks.items() if entry["output"] == [3]} == set(FRAMEWORKS) - {
        "torch"
    }
    assert account.before == ("conv 6: they differ",)
    assert account.prose[1].startswith("Keras, TensorFlow, JAX, ONNX: same adds just enough zeros")
    assert of_frameworks(LayerSpec(), (6,)).before == ("conv 6: all five agree on the shape",)


def test_comparison_of_what_all_refuse() -> None:
    with pytest.raises(UsageError, match="in PyTorch"):
        of_frameworks(LayerSpec(operation="convt", padding="causal"), (6,))
