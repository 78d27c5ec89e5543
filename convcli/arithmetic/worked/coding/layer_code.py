"""A worked convolution as a layer of Keras, JAX or ONNX: its numbers around the line that `codegen` writes.

What these pad in their own way is padded ahead of the layer: boundaries other than zeros, and poolings, whose
windows would else read zeros, or whose sizes they round otherwise.
"""

from __future__ import annotations

from dataclasses import replace

from convcli.arithmetic import codegen
from convcli.arithmetic.layers import Layer
from convcli.arithmetic.python_text import call, number, pairs
from convcli.arithmetic.worked.coding.batches import PAD_MODES, Ends, arrays, ends, inner
from convcli.arithmetic.worked.model import Worked

_OPERATIONS = {None: "conv", "max": "maxpool", "avg": "avgpool"}


def keras_code(worked: Worked) -> str:
    """Write a convolution as a layer of Keras.

    Raises
    ------
    UsageError
        As `codegen.code` does.
    """
    weights = [] if worked.pool else ["w", *["b"] * (worked.bias is not None)]
    lines = [
        "import keras",
        "import numpy as np",
        "",
        'keras.config.set_floatx("float64")',
        *arrays(worked, lambda text: call("np.array", text, "dtype=float")),
        *_padded(worked, "np"),
        f"layer = {codegen.code(_layer(worked), 'keras')}",
    ]
    if weights:
        # Channels are the last axis of the input, and of the kernel the two last ones.
        lines += [
            f"w = np.moveaxis(w{_flip(worked)}, (0, 1), (-1, -2))",
            "layer.build(np.moveaxis(x, 1, -1).shape)",
            f"layer.set_weights([{', '.join(weights)}])",
        ]
    return _run(worked, lines, "np.moveaxis(keras.ops.convert_to_numpy(layer(np.moveaxis(x, 1, -1))), -1, 1)")


def jax_code(worked: Worked) -> str:
    """Write a convolution with the functions of JAX.

    Raises
    ------
    UsageError
        As `codegen.code` does.
    """
    lines = [
        "import jax",
        "import jax.numpy as jnp",
        "from jax import lax",
        "",
        'jax.config.update("jax_enable_x64", True)',
        *arrays(worked, lambda text: call("jnp.array", text, "dtype=float")),
        *_padded(worked, "jnp"),
        *_jax_kernel(worked),
    ]
    bias = "" if worked.bias is None else f" + b[{', '.join([':', *['None'] * worked.ndim])}]"
    result = codegen.code(_layer(worked), "jax")
    return _run(worked, lines, f"({result})" if worked.pool == "avg" else result, bias)


def _jax_kernel(worked: Worked) -> list[str]:
    """Turn the kernel as it slides; that of a transposed convolution slides the other way round."""
    if worked.kernel is None:
        return []
    slid = replace(worked, correlate=worked.correlate != worked.transposed)
    flipped = [f"w = w{_flip(slid)}"] if _flip(slid) else []
    if not worked.transposed:
        return flipped
    if worked.groups == 1:
        return [*flipped, "w = w.swapaxes(0, 1)"]
    groups, read = worked.groups, worked.channels // worked.groups
    grouped = f"w.reshape({groups}, {read}, *w.shape[1:]).swapaxes(1, 2)"
    return [*flipped, f"w = {grouped}.reshape({worked.outputs}, {read}, *w.shape[2:])"]


def onnx_code(worked: Worked) -> str:
    """Write a convolution as a node of ONNX, run by onnxruntime in 32-bit floats, as it has no others.

    Raises
    ------
    UsageError
        As `codegen.code` does.
    """
    names = ["x", *([] if worked.pool else ["w"]), *["b"] * (worked.bias is not None)]
    feed = ", ".join(f'"{name}": {name}' for name in names)
    lines = [
        "import numpy as np",
        "import onnx",
        "import onnxruntime",
        "",
        *arrays(worked, lambda text: call("np.array", text, "dtype=np.float32")),
        *_padded(worked, "np"),
        *([f"w = np.ascontiguousarray(w{_flip(worked)})"] if _flip(worked) else []),
        f"node = {codegen.code(_layer(worked), 'onnx')}",
        "inputs, outputs = (",
        "    [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names]",
        "    for names in (node.input, node.output)",
        ")",
        'graph = onnx.helper.make_graph([node], "layer", inputs, outputs)',
        'opset = onnx.helper.make_opsetid("", 19)',
        "model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=9)",
        "session = onnxruntime.InferenceSession(model.SerializeToString())",
    ]
    return _run(worked, lines, f"session.run(None, {{{feed}}})[0]")


def _run(worked: Worked, lines: list[str], result: str, bias: str = "") -> str:
    """Put the result behind what it is made of; where only a part of a window counts, over that of ones."""
    if bias:
        result = f"({result}{bias})"
    if _partly(worked):
        lines = [*lines, "", "", "def pooled(x):", f"    return {result}", "", ""]
        result = "(pooled(x) / pooled(counted))"
    return "\n".join((*lines, f"y = {result}{inner(worked)}", "print(y)"))


def _flip(worked: Worked) -> str:
    """Reverse the taps of a convolution; these layers correlate."""
    if worked.correlate or worked.kernel is None:
        return ""
    return f"[{', '.join(['...', *['::-1'] * worked.ndim])}]"


# --- what is padded ahead -------------------------------------------------------------------------


def _ahead(worked: Worked) -> Ends:
    """What is padded before the layer, along each axis."""
    if worked.transposed or (worked.boundary.name == "zeros" and not worked.pool):
        return [(0, 0)] * worked.ndim
    return ends(worked)


def _layer(worked: Worked) -> Layer:
    """The layer behind that padding."""
    axes = worked.axes
    if any(map(any, ahead := _ahead(worked))) or worked.pool:
        axes = tuple(
            replace(axis, size=axis.size + before + after, before=0, after=0, ceil=False)
            for axis, (before, after) in zip(axes, ahead, strict=True)
        )
    return Layer(
        operation="convt" if worked.transposed else _OPERATIONS[worked.pool],
        axes=axes,
        groups=worked.groups,
        in_channels=worked.channels,
        out_channels=worked.outputs,
        bias=worked.bias is not None,
    )


def _partly(worked: Worked) -> bool:
    """Whether a mean is over the part of its window that counts."""
    axes = worked.axes
    if worked.pool != "avg":
        return False
    return any(axis.overhang for axis in axes) or (
        not worked.count_padding and any(axis.before or axis.after for axis in axes)
    )


def _padded(worked: Worked, module: str) -> list[str]:
    """Pad the input, and mark what counts in a mean over a part of the window."""
    amounts, boundary = _ahead(worked), worked.boundary
    if not any(map(any, amounts)):
        return []
    if worked.pool == "max":
        how = f"constant_values=-{module}.inf"
    elif boundary.constant:
        how = f"constant_values={number(boundary.value)}" if boundary.value else ""
    else:
        how = f'mode="{PAD_MODES[boundary.name]}"'
    lines = [f"x = {call(f'{module}.pad', 'x', _batched(amounts), how)}"]
    if not _partly(worked):
        return lines
    inside = [(axis.before, axis.after) for axis in worked.axes]
    beyond = [(0, axis.overhang) for axis in worked.axes]
    fill = f"constant_values={int(worked.count_padding)}"
    counted = call(f"{module}.pad", f"{module}.ones_like(x)", _batched(inside), fill)
    if any(map(any, beyond)):
        counted = call(f"{module}.pad", counted, _batched(beyond))
    return [f"counted = {counted}", *lines]


def _batched(amounts: Ends) -> str:
    return pairs([(0, 0), (0, 0), *amounts])
