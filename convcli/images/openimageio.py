"""Pixels that Pillow cannot hold, through OpenImageIO.

Samples are passed as they are stored: nothing is scaled, multiplied by transparency or turned into other
colours. OpenImageIO reads and writes files by name only, so what is in memory takes the way through a
temporary one.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from convcli.errors import ReadError, WriteError

from .picture import Pixels

_AS_STORED = {"oiio:UnassociatedAlpha": 1, "oiio:RawColor": 1}


def library(needed_for: str) -> Any:
    """Return the library.

    Parameters
    ----------
    needed_for : str
        What cannot be done without it, for the message.

    Raises
    ------
    ReadError
        If it is not installed.
    """
    try:
        return importlib.import_module("OpenImageIO")
    except ImportError:
        raise ReadError(
            f"{needed_for} needs OpenImageIO", hint='install it with: pip install "convcli[deep]"'
        ) from None


def read(source: Any, page: int, *, name: str) -> Pixels:
    """Decode the pixels of one picture as the file stores them.

    Parameters
    ----------
    source : OpenImageIO.ImageInput
        What `opened` gives.
    page : int
        Which picture of the file.
    name : str
        For messages.

    Returns
    -------
    ndarray, shape (H, W, C)

    Raises
    ------
    ReadError
        If it is damaged.
    """
    if not source.seek_subimage(page, 0):
        raise damaged(name)
    pixels = source.read_image(page, 0, 0, source.spec().nchannels, "unknown")
    if pixels is None or source.has_error:
        source.geterror()
        raise damaged(name)
    return np.asarray(pixels)


def encode_exr(
    pixels: Pixels,
    *,
    channels: tuple[str, ...],
    attributes: tuple[tuple[str, str, Any], ...],
    name: str,
) -> bytes:
    """Encode pixels as OpenEXR, as they are.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, C)
        float16 or float32.
    channels : tuple of str
        Names.
    attributes : tuple of (name, type, value)
        In OpenImageIO's terms.
    name : str
        For messages.

    Returns
    -------
    bytes
        A whole file.

    Raises
    ------
    ReadError
        If the library is not installed.
    WriteError
        If it cannot write.
    """
    oiio = library(f"{name}: EXR")
    height, width = pixels.shape[:2]
    kind = "half" if pixels.dtype == np.float16 else "float"
    spec = oiio.ImageSpec(width, height, len(channels), oiio.TypeDesc(kind))
    spec.channelnames = channels
    spec.alpha_channel = len(channels) - 1 if len(channels) > 1 and channels[-1] == "A" else -1
    spec.attribute("oiio:UnassociatedAlpha", 1)
    spec.attribute("DateTime", "")  # else the time of writing, and no two files would be the same
    for key, type_name, value in attributes:
        spec.attribute(key, oiio.TypeDesc(type_name), value)
    with tempfile.TemporaryDirectory(prefix="convcli-") as folder:
        path = Path(folder, "picture.exr")
        target = oiio.ImageOutput.create(str(path))
        samples = np.ascontiguousarray(pixels).reshape(height, width, len(channels))
        if not (target.open(str(path), spec) and target.write_image(samples) and target.close()):
            target.geterror()  # which the library would print at its end if nobody asked
            raise WriteError(
                f"{name}: EXR could not be written to a temporary file",
                hint="make room in the folder for such files, or name another with the variable TMPDIR",
            )
        return path.read_bytes()


@contextmanager
def opened(data: bytes, suffix: str, *, name: str) -> Iterator[Any]:
    """Open OpenImageIO's reader of a file in memory.

    Raises
    ------
    ReadError
        If it is damaged, or the library is not installed.
    """
    kind = "OpenEXR" if suffix == ".exr" else f"deep {suffix[1:].upper()}"
    oiio = library(f"{name}: {kind}")
    with tempfile.TemporaryDirectory(prefix="convcli-") as folder:
        path = Path(folder, "picture").with_suffix(suffix)
        path.write_bytes(data)
        request = oiio.ImageSpec()
        for key, value in _AS_STORED.items():
            request.attribute(key, value)
        source = oiio.ImageInput.open(str(path), request)
        if source is None:
            oiio.geterror()  # which the library would print at its end if nobody asked
            raise damaged(name)
        try:
            yield source
        finally:
            source.close()


def damaged(name: str) -> ReadError:
    """Say that a file is not what it should be."""
    return ReadError(f"{name}: damaged or incomplete", hint="copy or download the file again")
