"""Kernels as users give them: a name, numbers, a file of numbers, a picture or a sound."""

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from convcli.errors import ConvError, UsageError
from convcli.files import STREAM, read_bytes

from .media import is_sound_name

if TYPE_CHECKING:
    from convcli.arithmetic.normalization import Normalization
    from convcli.audio.responses import Recording
    from convcli.kernels import Kernel, Weights

_NUMBERS = (".csv", ".npy")  # tables, whose samples are the weights themselves


def read_kernel(text: str, normalize: "Normalization | None" = None) -> "Kernel":
    """Read a kernel.

    Parameters
    ----------
    text : str
        As for `convcli.kernels.parse`, or the path of a picture: a point-spread function, what becomes of
        every bright point. Its luminance counts, by its opacity.
    normalize : {'none', 'sum', 'abs', 'positive'}, optional
        Default: none, and sum for a picture.

    Returns
    -------
    Kernel

    Raises
    ------
    UsageError
        If the text is no kernel.
    ReadError
        If the file cannot be read, or does not hold what its name says.
    ConvError
        If the weights cannot be divided as asked.
    """
    from convcli import images, kernels

    _check_no_stream(text)
    suffixes = {suffix for each in images.FORMATS for suffix in each.suffixes}
    if PurePath(text).suffix.lower() not in suffixes.difference(_NUMBERS):
        kernel = kernels.parse(text)
        return replace(kernel, array=kernels.normalize(kernel.array, normalize or "none"))
    plane = _luminance(text)
    kernel = kernels.from_picture(text, plane)
    return replace(kernel, array=plane) if normalize == "none" else kernel


def read_kernel_of_sounds(text: str) -> "Kernel | Recording":
    """Read a kernel for sounds: as for `convcli.kernels.parse`, or the path of a sound, an impulse response.

    Raises
    ------
    UsageError
        If the text is no kernel.
    ReadError
        If the file cannot be read, or does not hold what its name says.
    """
    from convcli import kernels
    from convcli.audio import responses

    _check_no_stream(text)
    return responses.read(text) if is_sound_name(text) else kernels.parse(text)


def _check_no_stream(text: str) -> None:
    if text.strip() == STREAM:
        raise UsageError("'-': a kernel is not read from standard input", hint="name a file of numbers")


def _luminance(path: str) -> "Weights":
    """Luminance of a picture times its opacity, shape (H, W)."""
    import numpy as np

    from convcli import images
    from convcli.images.channels import select

    picture = next(images.decode(read_bytes(path), name=path))
    try:
        gray = select(picture.layout, "gray", default="gray").values(picture.pixels).astype(np.float64)
    except ConvError:
        names = ", ".join(picture.layout.channels)
        raise UsageError(
            f"{path}: channels {names} have no luminance, which a kernel needs",
            hint="convert it to gray or RGB first",
        ) from None
    return gray if picture.alpha is None else gray * (picture.alpha / picture.layout.opaque)
