"""Encoding: a picture to the bytes of a file, with its metadata. The same picture gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from convcli.errors import UsageError, WriteError

from .formats import MODES, Format
from .metadata import COMMENT
from .picture import Layout, Metadata, Picture, Pixels

JPEG_QUALITY = 95
WEBP_QUALITY = 90  # for pictures that were compressed with loss already; others are kept without loss

# Within 3 % of the size of level 6 in half its time (photographs, and the same blurred).
COMPRESS_LEVEL = 4

_XMP_TAG = 700
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
    return Metadata(
        icc_profile=None if "icc" not in target.metadata or gray_lost else icc,
        exif=exif if "exif" in target.metadata and len(exif) <= limit else b"",
        xmp=xmp if "xmp" in target.metadata and xmp and len(xmp) <= limit - len(_XMP_LABEL) else None,
        texts=tuple(_held_texts(metadata, target)),
        dpi=metadata.dpi if "dpi" in target.metadata else None,
        subsampling=metadata.subsampling,
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
    picture = pictures[0]
    height, width = picture.pixels.shape[:2]
    if height * width == 0:
        raise WriteError(f"{name}: a picture of {height}x{width} pixels cannot be written")
    if max(height, width) > _LONGEST_SIDE.get(target.name, 2**31 - 1):
        raise WriteError(
            f"{name}: {height}x{width} is too large for {target.name}: at most {_LONGEST_SIDE[target.name]}",
            hint="write PNG or TIFF, e.g. with --format png",
        )
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
            level = COMPRESS_LEVEL if saving.compress_level is None else saving.compress_level
            special: dict[str, Any] = {"compress_level": level}
        case "JPEG":
            special = _jpeg(picture, saving)
        case "WEBP":
            special = _webp(picture, saving)
        case "TIFF":
            special = _tiff(picture.metadata)
        case _:
            special = {}
    return special | _blocks(carried(picture.metadata, picture.layout, target), target)


def _jpeg(picture: Picture, saving: Saving) -> dict[str, Any]:
    """Colours keep the resolution they had; those that never were in a JPEG keep it all."""
    quality = JPEG_QUALITY if saving.quality is None else saving.quality
    return {"quality": quality, "subsampling": picture.metadata.subsampling or 0}


def _webp(picture: Picture, saving: Saving) -> dict[str, Any]:
    if saving.quality is None and not picture.layout.lossy:
        # exact: colours survive where the picture is transparent.
        return {"lossless": True, "exact": True}
    return {"quality": WEBP_QUALITY if saving.quality is None else saving.quality}


def _tiff(metadata: Metadata) -> dict[str, Any]:
    # Pillow's compressing writer cannot store the directories of an EXIF block, its plain one can.
    return {} if metadata.exif else {"compression": "tiff_adobe_deflate"}


def _blocks(metadata: Metadata, target: Format) -> dict[str, Any]:
    """Arguments for the blocks of metadata."""
    exif = Image.Exif()
    exif.load(metadata.exif)
    arguments: dict[str, Any] = {}
    if target.name == "PNG":
        arguments["pnginfo"] = _png_texts(metadata)
    if target.name == "JPEG" and metadata.texts:
        arguments["comment"] = metadata.texts[0][1].encode()
    if target.name == "TIFF" and metadata.xmp is not None:
        exif[_XMP_TAG] = metadata.xmp
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
    for key, text in metadata.texts:
        texts.add_text(key, text)
    if metadata.xmp is not None:
        texts.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode("utf-8", "replace"))
    return texts
