"""What stands above and below the steps: which operation it is, and the result."""

from __future__ import annotations

from collections.abc import Iterable

from convcli.arithmetic.notation import align_rows, each, format_shape
from convcli.arithmetic.sheet.style import Style, fitted, joined
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked

_SENTENCES = {
    "convolution": "the kernel is reversed, then slid along the input",
    "correlation": "the kernel is slid along the input as it is",
    "transposed convolution": "each input adds the reversed kernel times itself",
    "transposed correlation": "each input adds the kernel times itself to the output",
    "max pooling": "the largest number of each window",
    "average pooling": "the mean of each window",
}


def heading(worked: Worked, style: Style) -> list[str]:
    """Say which operation it is, with which kernel, and what surrounds the input."""
    shapes = [format_shape(shape) for shape in (worked.input_shape, worked.kernel_shape, worked.output_shape)]
    window = "window" if worked.pool else "kernel"
    return [
        f"{worked.operation}: {_SENTENCES[worked.operation]}",
        *_known_as(worked),
        f"input {shapes[0]}, {window} {shapes[1]}, output {shapes[2]}",
        *joined(geometry(worked), style),
    ]


def _known_as(worked: Worked) -> list[str]:
    """What the frameworks call it, where that is another name."""
    if worked.correlate and not worked.pool and (worked.layered or worked.transposed):
        name = "ConvTranspose" if worked.transposed else "Conv"
        return [f"the layer that PyTorch, TensorFlow, Keras and ONNX call {name}"]
    return []


def geometry(worked: Worked) -> Iterable[str]:
    """Say how far the input is padded and with what, the steps and the spacing of the taps, and the like."""
    axes = worked.axes
    padding = each(f"{axis.before}+{axis.after}" for axis in axes)
    padded = any(axis.before or axis.after for axis in axes)
    outside = f" ({worked.boundary})" if padded and not (worked.pool or worked.transposed) else ""
    yield f"padding {padding}{outside}"
    yield f"stride {each(axis.stride for axis in axes)}"
    yield f"dilation {each(axis.dilation for axis in axes)}"
    if any(axis.output_padding for axis in axes):
        yield f"output padding {each(axis.output_padding for axis in axes)}"
    if worked.groups > 1:
        yield f"{worked.groups} groups"
    if any(axis.ceil for axis in axes):
        yield "rounded up"
    if worked.pool == "avg" and padded:
        yield "padding counted" if worked.count_padding else "padding not counted"


def result(worked: Worked, style: Style) -> list[str]:
    """Write the output: a list on one line, a table aligned in columns, channels one after another."""
    return numbers(worked.result(), style)


def numbers(tensor: Tensor, style: Style) -> list[str]:
    """Write any numbers: a list on one line, a table aligned in columns, further axes as blocks.

    Rows wider than the sheet lose their middle, unless the style says otherwise.
    """
    cells = style.rows(tensor.rows)
    if tensor.ndim == 1:
        return [style.total(cells[0], room=style.width, sign=" ") if style.elide else " ".join(cells[0])]
    lines = fitted(cells, style) if style.elide else align_rows(cells)
    height = tensor.shape[-2]
    blocks = [lines[at : at + height] for at in range(0, len(lines), height)]
    return [line for number, block in enumerate(blocks) for line in ([""] if number else []) + block]
