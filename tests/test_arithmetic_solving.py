"""The inverse questions against a search through everything."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcli.arithmetic.solving import inputs_of, solve, solve_input
from convcli.arithmetic.specs import LayerSpec, fits
from convcli.errors import ShapeError, UsageError

NOTHING: frozenset[str] = frozenset()
NAMES = ("kernel", "stride", "padding", "dilation", "output_padding")


def found(
    spec: LayerSpec, size: tuple[int, ...], wanted: tuple[int, ...], *fixed: str
) -> list[tuple[int, ...]]:
    record = solve(spec, size, wanted, frozenset(fixed)).record
    return [tuple(layer[name] for name in NAMES) for layer in record["layers"]]


def windows(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    reach = dilation * (kernel - 1) + 1
    return len(range(0, size + 2 * padding - reach + 1, stride))


@settings(max_examples=15)
@given(size=st.integers(1, 12), wanted=st.integers(1, 14))
def test_every_convolution_is_found(size: int, wanted: int) -> None:
    try:
        record = solve(LayerSpec(), (size,), (wanted,), NOTHING).record
    except ShapeError:
        return
    layers = {tuple(layer[name] for name in NAMES[:4]) for layer in record["layers"]}
    ranges = [range(low, high + 1) for low, high in record["bounds"].values()]
    expected = {
        (kernel, stride, padding, dilation)
        for kernel, stride, padding, dilation in itertools.product(*ranges)
        if windows(size, kernel, stride, padding, dilation) == wanted
        and padding < dilation * (kernel - 1) + 1
        and not (kernel == 1 and dilation > 1)
    }
    assert layers == expected
    assert len(layers) == len(record["layers"])


@settings(max_examples=10)
@given(size=st.integers(1, 8), wanted=st.integers(1, 20))
def test_every_transposed_convolution_is_found(size: int, wanted: int) -> None:
    spec = LayerSpec(operation="convt")
    try:
        record = solve(spec, (size,), (wanted,), NOTHING).record
    except ShapeError:
        return
    layers = {tuple(layer[name] for name in NAMES) for layer in record["layers"]}
    ranges = [range(low, high + 1) for low, high in record["bounds"].values()]
    for kernel, stride, padding, dilation, beyond in itertools.product(*ranges):
        painted = max(u * stride + t * dilation for u in range(size) for t in range(kernel)) + 1
        sensible = padding < dilation * (kernel - 1) + 1 and not (kernel == 1 and dilation > 1)
        gives = painted - 2 * padding + beyond == wanted and beyond < max(stride, dilation)
        assert ((kernel, stride, padding, dilation, beyond) in layers) == (gives and sensible)


@pytest.mark.parametrize("framework", ["torch", "keras", "tf", "jax", "onnx"])
@pytest.mark.parametrize("operation", ["conv", "convt", "maxpool"])
def test_every_solution_gives_what_was_wanted(framework: Any, operation: Any) -> None:
    spec = LayerSpec(operation=operation, framework=framework)
    wanted = (14, 14) if operation == "convt" else (4, 4)
    for kernel, stride, padding, dilation, beyond in found(spec, (7, 7), wanted):
        layer = LayerSpec(
            operation=operation,
            framework=framework,
            kernel=(kernel,),
            stride=(stride,),
            padding=(padding,),
            dilation=(dilation,),
            output_padding=(beyond,) if beyond else None,
        ).on((7, 7))
        assert layer.output == wanted


def test_the_simplest_come_first() -> None:
    assert found(LayerSpec(), (28,), (14,))[:2] == [(2, 2, 0, 1, 0), (3, 2, 1, 1, 0)]
    assert found(LayerSpec(), (28,), (28,))[:2] == [(1, 1, 0, 1, 0), (3, 1, 1, 1, 0)]
    assert found(LayerSpec(), (224,), (7,))[0] == (32, 32, 0, 1, 0)
    assert found(LayerSpec(operation="convt"), (14,), (28,))[0] == (2, 2, 0, 1, 0)


def test_what_is_given_stays() -> None:
    spec = LayerSpec(kernel=(3,), stride=(2,))
    assert {layer[:2] for layer in found(spec, (28,), (14,), "kernel", "stride")} == {(3, 2)}
    with pytest.raises(UsageError, match="one value for all axes"):
        solve(LayerSpec(kernel=(3, 5)), (28, 28), (14,), frozenset({"kernel"}))


def test_pads_that_differ_are_not_solved_for() -> None:
    with pytest.raises(UsageError, match="pad both ends alike"):
        solve(LayerSpec(padding=(1,), padding_after=(0,)), (9,), (4,), frozenset({"padding"}))


def test_several_axes_and_channels() -> None:
    assert (3, 2, 1, 1, 0) in found(LayerSpec(), (3, 28, 32), (64, 14, 16))
    with pytest.raises(ShapeError, match="with equal values on all axes"):
        solve(LayerSpec(), (28, 28), (14, 99), NOTHING)
    with pytest.raises(UsageError, match="has 3 numbers for 1 axes"):
        solve(LayerSpec(), (28,), (1, 2, 3), NOTHING)


def test_output_padding_tells_inputs_apart() -> None:
    spec = LayerSpec(operation="convt", kernel=(3,), stride=(2,), padding=(1,), dilation=(1,))
    account = solve(spec, (14,), (28,), frozenset({"kernel", "stride", "padding", "dilation"}))
    assert [layer["output_padding"] for layer in account.record["layers"]] == [1]
    assert account.prose[1] == (
        "the convolution of kernel 3, stride 2, padding 1, dilation 1 makes 14 of every input from 27 to 28: "
        "output padding 0 for 27, 1 for 28"
    )


@given(
    kernel=st.integers(1, 6),
    stride=st.integers(1, 5),
    padding=st.integers(0, 3),
    wanted=st.integers(1, 12),
    transposed=st.booleans(),
)
def test_inputs_of_an_output(kernel: int, stride: int, padding: int, wanted: int, transposed: bool) -> None:
    spec = LayerSpec(
        operation="convt" if transposed else "conv", kernel=(kernel,), stride=(stride,), padding=(padding,)
    )
    expected = []
    for side in range(1, 90):
        axes = spec.plan((side,)).axes
        if fits(axes) and axes[0].output == wanted:
            expected.append(side)
    assert inputs_of(spec, (wanted,)) == expected


def test_solving_for_the_input() -> None:
    account = solve_input(LayerSpec(stride=(2,), padding=(1,)), (14,))
    assert account.record == {"output": [14], "inputs": [27, 28]}
    assert "output padding tells them apart: 0 for 27, 1 for 28" in account.prose[0]
    with pytest.raises(ShapeError, match="no input gives 6"):
        solve_input(LayerSpec(operation="convt", stride=(2,)), (6,))
    with pytest.raises(UsageError, match="asks for one side"):
        solve_input(LayerSpec(kernel=(3, 5)), (6, 7))
