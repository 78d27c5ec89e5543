"""Encoding: a picture to the bytes of a file, with its metadata. The same picture gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from convcli.errors import UsageError, WriteError

from . import openimageio, png, tables, tiff_writing
from .formats import MODES, Format
from .metadata import COMMENT
from .picture import Layout, Metadata, Picture, Pixels

JPEG_QUALITY = 95
WEBP_QUALITY = 90  # for pictures that were compressed with loss already; others are kept without loss

# Within 3 % of the size of level 6 in half its time (photographs, and the same blurred).
COMPRESS_LEVEL = 4

_XMP_LABEL = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_BLOCK = 65_533
_LONGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383, "GIF": 65_535}


@dataclass(frozen=True, slots=True)
class Saving:
    """How results are compressed.

    Parameters
    ----------
    quality : int or None
        Of JPEG and WebP, 1 to 100. None: 95 for JPEG; WebP without loss, unless the input had lost already.
    compress_level : int or None
        Effort of PNG, 0 (none) to 9; None: 4.

    Raises
    ------
    UsageError
        If a value is out of range.
    """

    quality: int | None = None
    compress_level: int | None = None

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("--quality", self.quality, 1, 100),
            ("--compress-level", self.compress_level, 0, 9),
        ):
            if value is not None and not least <= value <= most:
                raise UsageError(f"{name} {value}: not from {least} to {most}")


def notes(source: Layout, target: Format, saving: Saving, *, name: str) -> tuple[str, ...]:
    """Say what writing a picture in a format changes without loss, and which choices have no effect.

    Parameters
    ----------
    source : Layout
        Of the picture.
    target : Format
        To be written.
    saving : Saving
        Choices that may not apply.
    name : str
        Of the result.

    Returns
    -------
    tuple of str
    """
    said = []
    if stored := target.stores.get(source.kind):
        said.append(f"{target.name} has no gray: stored as {MODES[stored]}")
    if saving.quality is not None and target.name not in ("JPEG", "WEBP"):
        said.append(f"--quality does not apply to {target.name}")
    if saving.compress_level is not None and target.name != "PNG":
        said.append(f"--compress-level does not apply to {target.name}")
    return tuple(f"{name}: {text}" for text in said)


def losses(source: Layout, metadata: Metadata, target: Format, *, name: str) -> tuple[str, ...]:
    """Say what writing a picture in a format loses.

    Parameters
    ----------
    source, metadata : Layout, Metadata
        Of the picture.
    target : Format
        To be written.
    name : str
        Of the result.

    Returns
    -------
    tuple of str
    """
    said = []
    if target.name == "GIF" and source.kind != "L8":
        partial = " and no partial transparency" if source.has_alpha else ""
        said.append(f"GIF holds 256 colours{partial}: reduced")
    kept = carried(metadata, source, target)
    lost = [
        label
        for label, before, after in (
            ("colour profile", metadata.icc_profile, kept.icc_profile),
            ("EXIF", metadata.exif, kept.exif),
            ("XMP", metadata.xmp, kept.xmp),
            ("comments", metadata.texts, kept.texts),
        )
        if before and before != after
    ]
    if lost:
        said.append(f"{' and '.join(lost)} left out: {target.name} cannot hold it")
    return tuple(f"{name}: {text}" for text in said)


def carried(metadata: Metadata, source: Layout, target: Format) -> Metadata:
    """Return what of the metadata the format holds.

    A profile for gray is none for colours, and a block of a JPEG ends at 64 KiB.
    """
    icc, exif, xmp = metadata.icc_profile, metadata.exif, metadata.xmp
    limit = _JPEG_BLOCK if target.name == "JPEG" else 2**32
    gray_lost = icc is not None and icc[16:20] == b"GRAY" and source.kind in target.stores
    return replace(
        metadata,
        icc_profile=None if "icc" not in target.metadata or gray_lost else icc,
        exif=exif if "exif" in target.metadata and len(exif) <= limit else b"",
        xmp=xmp if "xmp" in target.metadata and xmp and len(xmp) <= limit - len(_XMP_LABEL) else None,
        texts=tuple(_held_texts(metadata, target)),
        dpi=metadata.dpi if "dpi" in target.metadata else None,
    )


def _held_texts(metadata: Metadata, target: Format) -> Iterator[tuple[str, str]]:
    for key, text in metadata.texts if "texts" in target.metadata else ():
        if target.name == "PNG" or (key == COMMENT and len(text.encode()) <= _JPEG_BLOCK):
            yield key, text


def encode(pictures: Sequence[Picture], target: Format, saving: Saving, *, name: str) -> bytes:
    """Encode the pictures of one file.

    Parameters
    ----------
    pictures : sequence of Picture
        At least one, of kinds that the format holds.
    target : Format
    saving : Saving
        Quality and effort.
    name : str
        Of the result, for messages.

    Returns
    -------
    bytes
        A whole file.

    Raises
    ------
    WriteError
        If the picture is empty or too large for the format.
    """
    first = pictures[0]
    height, width = first.pixels.shape[:2]
    if height * width == 0:
        raise WriteError(f"{name}: a picture of {height}x{width} pixels cannot be written")
    if max(height, width) > _LONGEST_SIDE.get(target.name, 2**31 - 1):
        raise WriteError(
            f"{name}: {height}x{width} is too large for {target.name}: at most {_LONGEST_SIDE[target.name]}",
            hint="write PNG or TIFF, e.g. with --format png",
        )
    match target.name:
        case "CSV" | "NPY":
            return tables.encode(first, text=target.name == "CSV")
        case "TIFF":
            return _tiff(pictures, target, name=name)
        case "EXR":
            return _exr(first, name=name)
        case "PNG" if target.needs_openimageio(first.layout):
            return _deep_png(first, target, saving, name=name)
    return _with_pillow(first, target, saving)


def _tiff(pictures: Sequence[Picture], target: Format, *, name: str) -> bytes:
    pages = (replace(each, metadata=carried(each.metadata, each.layout, target)) for each in pictures)
    try:
        return tiff_writing.encode(pages)
    except tiff_writing.TooLarge:
        raise WriteError(f"{name}: TIFF ends at 4 GiB", hint="write NPY, with --format npy") from None


def _exr(picture: Picture, *, name: str) -> bytes:
    """OpenEXR's colours are multiplied by the transparency."""
    layout, pixels = picture.layout, picture.pixels
    if layout.has_alpha and not layout.premultiplied:
        pixels = pixels.copy()
        pixels[..., :-1] *= pixels[..., -1:]
    channels = tuple("Y" if each == "L" else each for each in layout.channels)
    attributes = picture.metadata.attributes
    return openimageio.encode(pixels, ".exr", channels=channels, attributes=attributes, name=name)


def _deep_png(picture: Picture, target: Format, saving: Saving, *, name: str) -> bytes:
    """The pixels by one library, what goes with them by another."""
    layout = picture.layout
    level = ("png:compressionLevel", "int", _level(saving))
    pixels = openimageio.encode(
        picture.pixels, ".png", channels=layout.channels, attributes=(level,), name=name
    )
    colours = Layout.of("RGB8" if "R" in layout.channels else "L8", 1, 1, "PNG")
    twin = Picture(colours, np.zeros((1, 1, 3)[: len(colours.shape)], np.uint8), picture.metadata)
    return png.with_notes_of(pixels, _with_pillow(twin, target, saving))


def _with_pillow(picture: Picture, target: Format, saving: Saving) -> bytes:
    kind = picture.layout.kind
    image = _image(_switched(picture) if target.name == "GIF" else picture.pixels, MODES[kind])
    if stored := target.stores.get(kind):
        image = image.convert(MODES[stored])
    buffer = io.BytesIO()
    image.save(buffer, target.name, **_parameters(picture, target, saving))
    return buffer.getvalue()


def _switched(picture: Picture) -> Pixels:
    """The pixels with transparency on or off, whichever is closer."""
    pixels = picture.pixels.copy()
    if picture.layout.has_alpha:
        pixels[..., -1] = np.where(pixels[..., -1] < 128, 0, 255)
    return pixels


def _image(pixels: Pixels, mode: str) -> Image.Image:
    height, width = pixels.shape[:2]
    return Image.frombytes(mode, (width, height), np.ascontiguousarray(pixels).tobytes())


def _parameters(picture: Picture, target: Format, saving: Saving) -> dict[str, Any]:
    """Pillow's keyword arguments for saving."""
    match target.name:
        case "PNG":
            special: dict[str, Any] = {"compress_level": _level(saving)}
        case "JPEG":
            special = _jpeg(picture, saving)
        case "WEBP":
            special = _webp(picture, saving)
        case _:
            special = {}
    return special | _blocks(carried(picture.metadata, picture.layout, target), target)


def _jpeg(picture: Picture, saving: Saving) -> dict[str, Any]:
    """Colours keep the resolution they had, and all frequencies their steps, unless a quality is asked for.

    Colours that never were in a JPEG keep all their resolution.
    """
    metadata = picture.metadata
    special: dict[str, Any] = {"subsampling": metadata.subsampling or 0, "progressive": metadata.progressive}
    if saving.quality is None and metadata.quantisation:
        return special | {"qtables": dict(metadata.quantisation)}
    return special | {"quality": JPEG_QUALITY if saving.quality is None else saving.quality}


def _webp(picture: Picture, saving: Saving) -> dict[str, Any]:
    if saving.quality is None and not picture.layout.lossy:
        # exact: colours survive where the picture is transparent.
        return {"lossless": True, "exact": True}
    return {"quality": WEBP_QUALITY if saving.quality is None else saving.quality}


def _level(saving: Saving) -> int:
    return COMPRESS_LEVEL if saving.compress_level is None else saving.compress_level


def _blocks(metadata: Metadata, target: Format) -> dict[str, Any]:
    """Arguments for the blocks of metadata."""
    exif = Image.Exif()
    exif.load(metadata.exif)
    arguments: dict[str, Any] = {}
    if target.name == "PNG":
        arguments["pnginfo"] = _png_texts(metadata)
    if target.name == "JPEG" and metadata.texts:
        arguments["comment"] = metadata.texts[0][1].encode()
    if target.name in ("JPEG", "WEBP") and metadata.xmp is not None:
        arguments["xmp"] = metadata.xmp
    if len(exif):
        arguments["exif"] = exif
    if metadata.icc_profile is not None:
        arguments["icc_profile"] = metadata.icc_profile
    if metadata.dpi is not None:
        arguments["dpi"] = metadata.dpi
    return arguments


def _png_texts(metadata: Metadata) -> PngImagePlugin.PngInfo:
    texts = PngImagePlugin.PngInfo()
    for chunk, content in metadata.colour_chunks:
        texts.add(chunk, content)
    for key, text in metadata.texts:
        texts.add_text(key, text)
    if metadata.xmp is not None:
        texts.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode("utf-8", "replace"))
    return texts
