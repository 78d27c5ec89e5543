"""The page's first scene from a worked convolution."""

from __future__ import annotations

from typing import Any

from convcli.arithmetic.notation import format_shape, plain_number
from convcli.arithmetic.worked import Worked
from convcli.errors import UsageError


def scene_of(worked: Worked) -> dict[str, Any]:
    """Describe a worked convolution for `render`.

    Parameters
    ----------
    worked : Worked
        Of one channel, along one or two axes.

    Returns
    -------
    dict

    Raises
    ------
    UsageError
        If the page cannot show it: poolings, several channels, volumes.
    """
    kernel = worked.kernel
    if kernel is None:
        raise UsageError(f"--html: the page has no {worked.operation}", hint="use --gif or --svg")
    if worked.channels > 1 or worked.outputs > 1 or worked.ndim > 2:
        raise UsageError(
            "--html: the page shows one channel of a list or a table",
            hint="use --gif or --svg, which stack channels",
        )
    shapes = " and ".join(format_shape(shape) for shape in (worked.input.shape[1:], kernel.shape[2:]))
    counted = " numbers" if worked.ndim == 1 else ""
    return {
        "kind": "numbers",
        "title": f"{worked.operation.capitalize()} of {shapes}{counted}",
        "input": worked.input.reshaped(worked.input.shape[1:]).nested(plain_number),
        "kernel": kernel.reshaped(kernel.shape[2:]).nested(plain_number),
        "bias": plain_number(worked.bias[0]) if worked.bias else 0,
        "transposed": worked.transposed,
        "correlate": worked.correlate,
        "padding": [[axis.before, axis.after] for axis in worked.axes],
        "stride": [axis.stride for axis in worked.axes],
        "dilation": [axis.dilation for axis in worked.axes],
        "output_padding": [axis.output_padding for axis in worked.axes],
        "boundary": {"name": worked.boundary.name, "value": worked.boundary.number},
    }
