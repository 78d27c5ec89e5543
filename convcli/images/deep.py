"""Reading deep files: 16-bit colours of PNG, TIFF of every depth, OpenEXR."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from convcli.errors import ReadError

from . import metadata, openimageio, png, tiff
from .picture import Layout, Metadata, Picture

EXR_MAGIC = b"v/1\x01"

# Compressions of OpenEXR that round; dwaa and dwab also carry a level, as in "dwaa:45".
_LOSSY = ("b44", "b44a", "dwaa", "dwab", "pxr24")

# What tells of how the file is laid out rather than of the picture.
_LAYOUT_ATTRIBUTES = ("oiio:", "openexr:chunkCount", "openexr:version", "tile", "textureformat", "wrapmodes")


def recognises(data: bytes) -> bool:
    """Whether a file is one that Pillow would not read, or cut."""
    if data.startswith(png.SIGNATURE):
        return png.is_deep(data)
    if data.startswith(tiff.MAGICS):
        return any(page.is_deep for page in tiff.pages(data))
    return data.startswith(EXR_MAGIC)


def probe(data: bytes, *, name: str) -> Layout:
    """Read size and kind of the first picture from its header.

    Raises
    ------
    ReadError
        If it is damaged, holds what has no counterpart here, or OpenImageIO is not installed.
    """
    if data.startswith(EXR_MAGIC):
        with openimageio.opened(data, ".exr", name=name) as source:
            return _exr_layout(source.spec(), name)
    if data.startswith(tiff.MAGICS):
        layouts = [page.layout(name) for page in tiff.pages(data)]
        openimageio.library(f"{name}: deep TIFF")
        return replace(layouts[0], frames=len(layouts))
    openimageio.library(f"{name}: 16-bit colour or transparency in PNG")
    _, orientation = metadata.of_png(data)
    return _png_layout(data, orientation, name)


def decode(data: bytes, *, name: str) -> Iterator[Picture]:
    """Decode the pictures one after the other, upright, each with its metadata.

    Raises
    ------
    ReadError
        As for `probe`.
    """
    if data.startswith(EXR_MAGIC):
        yield _exr(data, name)
    elif data.startswith(tiff.MAGICS):
        yield from _pages(data, name)
    else:
        yield _png(data, name)


# --- PNG -----------------------------------------------------------------------------------------


def _png_layout(data: bytes, orientation: int, name: str) -> Layout:
    if not png.is_whole(data):
        raise openimageio.damaged(name)
    channels, height, width = png.header(data)
    if orientation in metadata.TURNING:
        height, width = width, height
    animated = any(kind == b"acTL" for kind, _ in png.chunks(data))
    return Layout(
        channels,
        np.dtype(np.uint16),
        height,
        width,
        "PNG",
        warnings=(f"{name}: the first of the deep pictures in the file is used",) if animated else (),
    )


def _png(data: bytes, name: str) -> Picture:
    kept, orientation = metadata.of_png(data)
    layout = _png_layout(data, orientation, name)
    with openimageio.opened(data, ".png", name=name) as source:
        pixels = tiff.upright(openimageio.read(source, 0, name=name), orientation)
    return Picture(layout, np.ascontiguousarray(pixels.reshape(layout.shape)), kept)


# --- TIFF ----------------------------------------------------------------------------------------


def _pages(data: bytes, name: str) -> Iterator[Picture]:
    pages = list(tiff.pages(data))
    with openimageio.opened(data, ".tif", name=name) as source:
        for number, page in enumerate(pages):
            layout = replace(page.layout(name), frames=len(pages))
            samples = openimageio.read(source, number, name=name)
            yield Picture(layout, page.straightened(samples, layout), metadata.of_page(data, page))


# --- OpenEXR -------------------------------------------------------------------------------------


def _exr(data: bytes, name: str) -> Picture:
    """The first picture, in its own channels.

    Its colours are premultiplied, as the format defines (OpenEXR, Technical Introduction, "Alpha").
    """
    with openimageio.opened(data, ".exr", name=name) as source:
        spec = source.spec()
        layout = _exr_layout(spec, name)
        attributes = tuple(
            (each.name, str(each.type), each.value)
            for each in spec.extra_attribs
            if not each.name.startswith(_LAYOUT_ATTRIBUTES)
        )
        pixels = openimageio.read(source, 0, name=name)
    return Picture(layout, pixels.reshape(layout.shape), Metadata(attributes=attributes))


def _exr_layout(spec: Any, name: str) -> Layout:
    if spec.deep:
        raise ReadError(f"{name}: samples in depth are no picture", hint="flatten it first")
    kinds = {str(each) for each in spec.channelformats} or {str(spec.format)}
    if len(kinds) > 1 and "uint" in kinds:
        raise ReadError(f"{name}: integers beside real numbers", hint="split the channels first")
    channels = tuple("L" if each == "Y" else each for each in spec.channelnames)
    return Layout(
        channels,
        np.dtype({"half": np.float16, "float": np.float32, "uint": np.uint32}[str(spec.format)]),
        spec.height,
        spec.width,
        "EXR",
        lossy=spec.get_string_attribute("compression").split(":")[0] in _LOSSY,
        premultiplied=len(channels) > 1 and channels[-1] == "A",
        notes=(f"{name}: half and float channels become float",) if len(kinds) > 1 else (),
        warnings=tuple(_exr_losses(spec, name)),
    )


def _exr_losses(spec: Any, name: str) -> Iterator[str]:
    parts = spec.get_int_attribute("oiio:subimages", 1)
    if parts > 1:
        yield f"{name}: the first of {parts} pictures in the file is used"
    window = (spec.full_x, spec.full_y, spec.full_width, spec.full_height)
    if window != (spec.x, spec.y, spec.width, spec.height):
        yield f"{name}: display window {window[2]}x{window[3]} left out, the data window becomes the picture"
