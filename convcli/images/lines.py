"""Lists of numbers as pictures of a single row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from convcli.arithmetic.notation import format_shape
from convcli.errors import UsageError
from convcli.kernels import Kernel, Weights

from .setting import Setting


def laid(setting: Setting) -> Setting:
    """Return the setting for a list: padding, stride and dilation act along its one axis."""
    mode = setting.mode if isinstance(setting.mode, str) else ((0, 0), setting.mode[1])
    return replace(setting, mode=mode, stride=(1, setting.stride[1]), dilation=(1, setting.dilation[1]))


def flattened(kernel: Kernel, *, rows_alike: bool) -> Weights:
    """Return the weights for a list, shape (1, w).

    Parameters
    ----------
    kernel : Kernel
        A column is laid flat.
    rows_alike : bool
        Whether a list may stand for a picture whose rows are all alike: the rows of a kernel then add up.

    Raises
    ------
    UsageError
        If the kernel has several rows and columns, and they may not.
    """
    plane = kernel.plane
    if plane.shape[1] == 1:
        return np.ascontiguousarray(plane.T)
    if len(plane) > 1 and not rows_alike:
        raise UsageError(
            f"kernel {kernel.name} of {format_shape(plane.shape)} does not fit a list of numbers",
            hint="give a kernel of one row, e.g. 1,2,1",
        )
    sums: Weights = plane.sum(axis=0, keepdims=True)
    return sums
