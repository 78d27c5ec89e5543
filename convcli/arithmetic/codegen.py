"""A layer as a line of code of a framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from convcli.arithmetic.account import Account
from convcli.arithmetic.axis import Axis
from convcli.arithmetic.layers import Layer
from convcli.arithmetic.python_text import call, option, pairs, value
from convcli.arithmetic.tables import Table
from convcli.errors import UsageError

Target = Literal["torch", "keras", "jax", "onnx"]


def code(layer: Layer, target: Target) -> str:
    """Write a layer as one line of code with the same sizes at the border.

    Parameters
    ----------
    layer : Layer
        With known channels where it has weights, except for JAX and ONNX, which take them from the weights.
    target : {"torch", "keras", "jax", "onnx"}

    Returns
    -------
    str
        An expression; ``x`` is the input and ``w`` the weights where they are not the layer's own. Kernels
        of transposed convolutions in JAX are flipped along their spatial axes, as they are there.

    Raises
    ------
    UsageError
        If the framework has no such layer, or the channels are missing.
    """
    return {"torch": _torch, "keras": _keras, "jax": _jax, "onnx": _onnx}[target](layer)


def of_code(layer: Layer, target: Target) -> Account:
    """Give an account of a layer as code; raises what `code` does."""
    written = code(layer, target)
    return Account(
        before=(written,),
        tables=(Table(("framework", "code"), [(target, written)], "ll"),),
        bare=True,
        values=Table(("framework", "code"), [(target, written)]),
        record={
            "framework": target,
            "code": written,
            "input": list(layer.input),
            "output": list(layer.output),
        },
    )


def _channels(layer: Layer) -> tuple[int, int]:
    if layer.in_channels is None or layer.out_channels is None:
        raise UsageError(
            "--code needs the channels of a layer",
            hint="e.g. convcli shape 3x224x224 --out-channels 64 --code torch",
        )
    return layer.in_channels, layer.out_channels


def _ends(axes: Sequence[Axis]) -> list[tuple[int, int]]:
    return [(axis.before, axis.after) for axis in axes]


def _torch(layer: Layer) -> str:
    axes, count = layer.axes, len(layer.axes)
    even = all(axis.before == axis.after for axis in axes)
    shared = (
        f"kernel_size={value([axis.kernel for axis in axes])}",
        # A pooling without a stride would take the kernel's.
        option("stride", [axis.stride for axis in axes], 0 if layer.pools else 1),
        option("padding", [axis.before if even else 0 for axis in axes], 0),
        option("dilation", [axis.dilation for axis in axes], 1),
    )
    if layer.pools:
        name = "MaxPool" if layer.operation == "maxpool" else "AvgPool"
        written = call(f"nn.{name}{count}d", *shared, "ceil_mode=True" if axes[0].ceil else "")
        fill = "float('-inf')" if layer.operation == "maxpool" else "0.0"
        return written if even else _padded_torch(written, axes, fill)
    channels = (str(number) for number in _channels(layer))
    ending = (f"groups={layer.groups}" if layer.groups > 1 else "", "" if layer.bias else "bias=False")
    if not layer.transposed:
        written = call(f"nn.Conv{count}d", *channels, *shared, *ending)
        return written if even else _padded_torch(written, axes, "0.0")
    if not even or any(axis.before < 0 for axis in axes):
        raise UsageError(
            "torch.nn.ConvTranspose crops both ends alike", hint="leave the padding out and slice the result"
        )
    beyond = option("output_padding", [axis.output_padding for axis in axes], 0)
    return call(f"nn.ConvTranspose{count}d", *channels, *shared, beyond, *ending)


def _padded_torch(written: str, axes: Sequence[Axis], fill: str) -> str:
    # The last axis comes first.
    amounts = tuple(end for axis in reversed(axes) for end in (axis.before, axis.after))
    return f"nn.Sequential(nn.ConstantPad{len(axes)}d({amounts}, {fill}), {written})"


def _keras(layer: Layer) -> str:
    axes, count = layer.axes, len(layer.axes)
    strides, dilations = [axis.stride for axis in axes], [axis.dilation for axis in axes]
    if max(strides) > 1 and max(dilations) > 1:
        raise UsageError("Keras has no layer with a stride and a dilation", hint="give one of the two")
    kernel = value([axis.kernel for axis in axes])
    padded = any(axis.before or axis.after for axis in axes)
    if layer.pools:
        return _keras_pool(layer, kernel, padded=padded)
    _, filters = _channels(layer)
    shared = (
        str(filters),
        kernel,
        option("strides", strides, 1),
        option("dilation_rate", dilations, 1),
    )
    ending = (f"groups={layer.groups}" if layer.groups > 1 else "", "" if layer.bias else "use_bias=False")
    if not layer.transposed:
        written = call(f"keras.layers.Conv{count}D", *shared, *ending)
        return _sequence(_around("ZeroPadding", axes), written) if padded else written
    if layer.groups > 1 or any(axis.before < 0 or axis.after < 0 for axis in axes):
        raise UsageError(
            "keras.layers.Conv2DTranspose has neither groups nor negative crops",
            hint="--code jax or onnx write it",
        )
    beyond = [axis.output_padding for axis in axes]
    said = f"output_padding={value(beyond)}" if max(strides) > 1 else ""
    if max(strides) == 1 and any(beyond):
        raise UsageError("Keras has no output padding at stride 1", hint="--code torch writes it")
    written = call(f"keras.layers.Conv{count}DTranspose", *shared, said, ending[1])
    return _sequence(written, _around("Cropping", axes)) if padded else written


def _keras_pool(layer: Layer, kernel: str, *, padded: bool) -> str:
    axes, count = layer.axes, len(layer.axes)
    if any(axis.dilation > 1 for axis in axes):
        raise UsageError("Keras' poolings have no dilation", hint="--code torch or onnx write it")
    if any(axis.overhang for axis in axes):
        raise UsageError("Keras has no ceil mode", hint="--code torch or onnx write it")
    name = "MaxPooling" if layer.operation == "maxpool" else "AveragePooling"
    written = call(f"keras.layers.{name}{count}D", kernel, f"strides={value([axis.stride for axis in axes])}")
    return _sequence(_around("ZeroPadding", axes), written) if padded else written


def _sequence(*layers: str) -> str:
    return f"keras.Sequential([{', '.join(layers)}])"


def _around(name: str, axes: Sequence[Axis]) -> str:
    ends = _ends(axes)
    amounts = str(ends[0]) if len(ends) == 1 else str(tuple(ends))
    return f"keras.layers.{name}{len(axes)}D({amounts})"


def _jax(layer: Layer) -> str:
    axes = layer.axes
    ends = [(axis.before, axis.after + axis.overhang) for axis in axes]
    strides, dilations = tuple(axis.stride for axis in axes), tuple(axis.dilation for axis in axes)
    if layer.pools:
        window = (1, 1, *(axis.kernel for axis in axes))
        steps, gaps = (1, 1, *strides), (1, 1, *dilations)
        start, reduction = ("-jnp.inf", "max") if layer.operation == "maxpool" else ("0.0", "add")
        written = call(
            "lax.reduce_window",
            f"x, {start}, lax.{reduction}",
            str(window),
            str(steps),
            pairs([(0, 0), (0, 0), *ends]),
            "" if set(gaps) == {1} else f"window_dilation={gaps}",
        )
        return written if layer.operation == "maxpool" else f"{written} / {layer.taps}"
    groups = f"feature_group_count={layer.groups}" if layer.groups > 1 else ""
    dilation = "" if set(dilations) == {1} else f"rhs_dilation={dilations}"
    if not layer.transposed:
        return call("lax.conv_general_dilated", f"x, w, {strides}, {pairs(ends)}", dilation, groups)
    reach = [axis.effective_kernel - 1 for axis in axes]
    pads = [
        (full - axis.before, full - axis.after + axis.output_padding)
        for full, axis in zip(reach, axes, strict=True)
    ]
    ones = tuple(1 for _ in axes)
    stretch = "" if set(strides) == {1} else f"lhs_dilation={strides}"
    return call("lax.conv_general_dilated", f"x, w, {ones}, {pairs(pads)}", stretch, dilation, groups)


def _onnx(layer: Layer) -> str:
    axes = layer.axes
    if any(axis.before < 0 or axis.after < 0 for axis in axes):
        raise UsageError("ONNX has no negative pads", hint="--code jax writes it")
    names = {"conv": "Conv", "convt": "ConvTranspose", "maxpool": "MaxPool", "avgpool": "AveragePool"}
    # A smaller crop at the end gives the further outputs too, and onnxruntime wants those below the stride.
    kept = [min(axis.after, axis.output_padding) for axis in axes]
    beyond = [axis.output_padding - less for axis, less in zip(axes, kept, strict=True)]
    if any(extra >= axis.stride for extra, axis in zip(beyond, axes, strict=True) if extra):
        raise UsageError(
            "onnxruntime wants output_padding below the stride", hint="--code torch or jax write it"
        )
    attributes = {
        "kernel_shape": [axis.kernel for axis in axes],
        "strides": [axis.stride for axis in axes],
        "pads": [axis.before for axis in axes] + [a.after - less for a, less in zip(axes, kept, strict=True)],
        "dilations": [axis.dilation for axis in axes],
        "output_padding": beyond if any(beyond) else None,
        "group": layer.groups if layer.groups > 1 else None,
        "ceil_mode": 1 if axes[0].ceil else None,
    }
    inputs = '["x"]' if layer.pools else '["x", "w", "b"]' if layer.bias else '["x", "w"]'
    said = (f"{name}={amount}" for name, amount in attributes.items() if amount is not None)
    return call("onnx.helper.make_node", f'"{names[layer.operation]}"', inputs, '["y"]', *said)
