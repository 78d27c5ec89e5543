"""One layer in five dialects: how each framework reads paddings and defaults, and what it refuses."""

from __future__ import annotations

from convcli.arithmetic.dialects.convolution import plan_convolution
from convcli.arithmetic.dialects.pooling import plan_pooling
from convcli.arithmetic.dialects.request import (
    FRAMEWORKS,
    PADDING_NAMES,
    TITLES,
    Framework,
    Operation,
    Plan,
    Request,
    Window,
)
from convcli.arithmetic.dialects.transposed import plan_transposed

__all__ = [
    "FRAMEWORKS",
    "PADDING_NAMES",
    "TITLES",
    "Framework",
    "Operation",
    "Plan",
    "Request",
    "Window",
    "settle",
]


def settle(request: Request, framework: Framework) -> Plan:
    """Turn a request into numbers, as a framework does.

    Parameters
    ----------
    request : Request
    framework : {"torch", "keras", "tf", "jax", "onnx"}

    Returns
    -------
    Plan
        Its axes may still not fit the input: their `output` raises ShapeError.

    Raises
    ------
    UsageError
        If the framework refuses the combination whatever the size.

    References
    ----------
    .. [1] PyTorch, torch/nn/modules/conv.py, and aten/src/ATen/native/Pool.h for poolings.
    .. [2] Keras, keras/src/layers/convolutional and compute_conv_transpose_output_shape.
    .. [3] TensorFlow, tf.nn.convolution and tf.nn.pool; JAX, jax/_src/lax/convolution.py.
    .. [4] ONNX, docs/Operators.md (Conv, ConvTranspose, MaxPool, AveragePool), and onnxruntime.
    """
    match request.operation:
        case "conv":
            return plan_convolution(request, framework)
        case "convt":
            return plan_transposed(request, framework)
        case _:
            return plan_pooling(request, framework)
