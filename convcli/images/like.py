"""Conventions of other tools: which way round a kernel lies, where its middle is, what is outside.

==============  ==============================  ==========  =============  ==========================
tool            functions                       turned      middle         outside
==============  ==============================  ==========  =============  ==========================
scipy           ndimage.convolve                yes         K // 2         symmetric
opencv          filter2D, GaussianBlur, blur    no          K // 2         reflect
imagemagick     -morphology Convolve, -blur     yes         (K - 1) // 2   replicate
vips            conv, gaussblur                 no          K // 2         replicate
pillow          Kernel, GaussianBlur, BoxBlur   left-right  odd sizes      left as it is; replicate
==============  ==============================  ==========  =============  ==========================

Results are those of exact arithmetic under these conventions, rounded once. Real numbers agree to rounding.
Whole ones of 8 bits differ where a tool rounds in another way or in between, by at most so much on noise
(measured with scipy 1.17 on real numbers, OpenCV 5.0, ImageMagick 6.9, libvips 8.18 and Pillow 13): 1 in all
of them, but 2 for kernels of whole numbers and 3 for blurs in libvips, and for blurs in Pillow 4, or 15 near
the border, which it extends once more after every pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from convcli import kernels
from convcli.errors import UsageError
from convcli.kernels import BlurKind, Kernel, Tool

from .setting import Centre, Setting

Command = Literal["blur", "edge", "convolve"]


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a tool convolves.

    Parameters
    ----------
    boundary : str
        What lies outside, by the engine's names.
    correlate : bool
        Whether kernels given to it lie on the picture as they are.
    centre : {'lower', 'upper'}
        Which of two middle weights stands on the pixel.
    """

    boundary: str
    correlate: bool
    centre: Centre


TOOLS: Mapping[Tool, Conventions] = {
    "scipy": Conventions("symmetric", correlate=False, centre="upper"),
    "opencv": Conventions("reflect", correlate=True, centre="upper"),
    "imagemagick": Conventions("replicate", correlate=False, centre="lower"),
    "vips": Conventions("replicate", correlate=True, centre="upper"),
    "pillow": Conventions("replicate", correlate=True, centre="upper"),
}
_PILLOW_SHAPES = ((3, 3), (5, 5))


def setting(
    tool: Tool | None,
    command: Command,
    *,
    boundary: str | None = None,
    correlate: bool | None = None,
    **options: Any,
) -> Setting:
    """Make the setting of a tool.

    Parameters
    ----------
    tool : str or None
        None: convcli's own.
    command : {'blur', 'edge', 'convolve'}
        Edges keep their own direction and middle: only what lies outside is the tool's. Blurs are the same
        both ways round, and all tools put the middle of an even one at K // 2.
    boundary, correlate
        As for `Setting`; None: the tool's.
    **options
        The rest of `Setting`'s.

    Raises
    ------
    UsageError
        If there is no such boundary rule.
    """
    if tool is None:
        return Setting(boundary=boundary or "replicate", correlate=bool(correlate), **options)
    own = TOOLS[tool]
    given = boundary or own.boundary
    match command:
        case "edge":
            return Setting(boundary=given, **options)
        case "blur":
            return Setting(boundary=given, correlate=True, centre="upper", **options)
    turned = own.correlate if correlate is None else correlate
    return Setting(boundary=given, correlate=turned, centre=own.centre, **options)


def kernel(tool: Tool | None, given: Kernel) -> Kernel:
    """Return a kernel as a tool reads it.

    Raises
    ------
    UsageError
        If the tool takes none of this size.
    """
    if tool != "pillow":
        return given
    if given.plane.shape not in _PILLOW_SHAPES:
        raise UsageError(
            f"--like pillow: a kernel of {'x'.join(map(str, given.plane.shape))} does not exist there",
            hint="Pillow's kernels are 3x3 or 5x5; leave --like out",
        )
    return replace(given, array=np.flipud(given.plane).copy())


def blur_kernel(
    tool: Tool | None,
    kind: BlurKind | None = None,
    *,
    deep: bool = False,
    truncate: str | None = None,
    **measures: Any,
) -> Kernel:
    """Choose and build the kernel of a blur as a tool does.

    Parameters
    ----------
    tool : str or None
        None: convcli's own.
    deep : bool
        Whether samples have more than 8 bits.
    kind, truncate, **measures
        As for `kernels.blur_kernel`. A Gaussian that is to be cut at `truncate` is convcli's own.

    Raises
    ------
    UsageError
        As for `kernels.blur_kernel`.
    """
    if tool is None or truncate is not None:
        return kernels.blur_kernel(kind, truncate=truncate, **measures)
    return kernels.blur_kernel(kind, builders=kernels.builders(tool, deep=deep), **measures)


def keeps_border(tool: Tool | None, boundary: str | None) -> bool:
    """Whether pixels stay as they are where a kernel would reach over the border: nothing lies outside."""
    return tool == "pillow" and boundary is None
