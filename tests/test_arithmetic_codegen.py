"""Layers as code: the lines, which were run in their frameworks when they were written down."""

import ast
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from convcli.arithmetic.codegen import code
from convcli.arithmetic.specs import LayerSpec
from convcli.errors import ConvError, UsageError


def line(target: Any, shape: tuple[int, ...], **options: Any) -> str:
    return code(LayerSpec(**options).on(shape), target)


CONV = {"kernel": (7,), "stride": (2,), "padding": (3,), "out_channels": 64}
ASYMMETRIC = {"padding": (1, 0), "padding_after": (0, 2), "out_channels": 8, "bias": False}
TRANSPOSED = {
    "operation": "convt",
    "stride": (2,),
    "padding": (1,),
    "output_padding": (1,),
    "out_channels": 4,
}
POOL = {"operation": "maxpool", "kernel": (3,), "stride": (2,), "padding": (1,)}


@pytest.mark.parametrize(
    ("target", "options", "expected"),
    [
        ("torch", CONV, "nn.Conv2d(2, 64, kernel_size=7, stride=2, padding=3)"),
        (
            "keras",
            CONV,
            "keras.Sequential([keras.layers.ZeroPadding2D(((3, 3), (3, 3))), "
            "keras.layers.Conv2D(64, 7, strides=2)])",
        ),
        ("jax", CONV, "lax.conv_general_dilated(x, w, (2, 2), ((3, 3), (3, 3)))"),
        (
            "onnx",
            CONV,
            'onnx.helper.make_node("Conv", ["x", "w", "b"], ["y"], kernel_shape=[7, 7], strides=[2, 2], '
            "pads=[3, 3, 3, 3], dilations=[1, 1])",
        ),
        (
            "torch",
            ASYMMETRIC,
            "nn.Sequential(nn.ConstantPad2d((0, 2, 1, 0), 0.0), nn.Conv2d(2, 8, kernel_size=3, bias=False))",
        ),
        (
            "torch",
            TRANSPOSED,
            "nn.ConvTranspose2d(2, 4, kernel_size=3, stride=2, padding=1, output_padding=1)",
        ),
        (
            "keras",
            TRANSPOSED,
            "keras.Sequential([keras.layers.Conv2DTranspose(4, 3, strides=2, output_padding=1), "
            "keras.layers.Cropping2D(((1, 1), (1, 1)))])",
        ),
        (
            "jax",
            TRANSPOSED,
            "lax.conv_general_dilated(x, w, (1, 1), ((1, 2), (1, 2)), lhs_dilation=(2, 2))",
        ),
        (
            "onnx",
            TRANSPOSED,
            'onnx.helper.make_node("ConvTranspose", ["x", "w", "b"], ["y"], kernel_shape=[3, 3], '
            "strides=[2, 2], pads=[1, 1, 0, 0], dilations=[1, 1])",
        ),
        ("torch", POOL, "nn.MaxPool2d(kernel_size=3, stride=2, padding=1)"),
        ("torch", POOL | {"ceil": True}, "nn.MaxPool2d(kernel_size=3, stride=2, padding=1, ceil_mode=True)"),
        (
            "jax",
            POOL,
            "lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 3, 3), (1, 1, 2, 2), "
            "((0, 0), (0, 0), (1, 1), (1, 1)))",
        ),
    ],
)
def test_lines(target: Any, options: dict[str, Any], expected: str) -> None:
    assert line(target, (2, 9, 9), **options) == expected


@pytest.mark.parametrize(
    ("target", "shape", "options", "message"),
    [
        ("torch", (9, 9), {"out_channels": 4}, "needs the channels"),
        (
            "torch",
            (2, 9, 9),
            ASYMMETRIC | {"operation": "convt"},
            "crops both ends alike",
        ),
        ("keras", (2, 9, 9), CONV | {"dilation": (2,)}, "no layer with a stride and a dilation"),
        ("keras", (2, 6, 6), POOL | {"ceil": True, "padding": (0,)}, "Keras has no ceil mode"),
        ("keras", (2, 9, 9), TRANSPOSED | {"groups": 2}, "neither groups nor negative crops"),
        (
            "onnx",
            (2, 9, 9),
            TRANSPOSED | {"stride": (1,), "dilation": (2,), "padding": (0,)},
            "output_padding below the stride",
        ),
    ],
)
def test_layers_that_cannot_be_written(
    target: Any, shape: tuple[int, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        line(target, shape, **options)


pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(
    operation=st.sampled_from(["conv", "convt", "maxpool", "avgpool"]),
    kernel=pairs,
    stride=pairs,
    padding=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    after=st.none() | st.tuples(st.integers(0, 2), st.integers(0, 2)),
    dilation=pairs,
    target=st.sampled_from(["torch", "keras", "jax", "onnx"]),
)
def test_every_line_is_an_expression(operation: Any, target: Any, after: Any, **sizes: Any) -> None:
    channels = {"out_channels": 4} if operation.startswith("conv") else {}
    spec = LayerSpec(operation=operation, padding_after=after, **sizes, **channels)
    try:
        written = code(spec.on((2, 9, 8)), target)
    except ConvError:
        assume(False)
    ast.parse(written, mode="eval")
    assert "\n" not in written
