"""Writing through Pillow: pictures of 8 bits a sample and 16-bit gray, still and animated."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from convcli.errors import UsageError

from . import avif, tiff
from .formats import MODES, Format
from .picture import Metadata, Picture
from .png_writing import COMPRESS_LEVEL

JPEG_QUALITY = 95
AVIF_QUALITY = 90
WEBP_QUALITY = 90  # for pictures that were compressed with loss already; others are kept without loss


@dataclass(frozen=True, slots=True)
class Saving:
    """How results are compressed.

    Parameters
    ----------
    quality : int or None
        Of JPEG, WebP and AVIF, 1 to 100. None: that of the input for JPEG, 95 if it was none; WebP without
        loss, unless the input had lost already; 90 for AVIF.
    compress_level : int or None
        Effort of PNG, 0 (none) to 9; None: what a trial finds to be enough
        (`png_writing`).
    workers : int or None
        Threads that compress; None: one a CPU.

    Raises
    ------
    UsageError
        If a value is out of range.
    """

    quality: int | None = None
    compress_level: int | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("--quality", self.quality, 1, 100),
            ("--compress-level", self.compress_level, 0, 9),
        ):
            if value is not None and not least <= value <= most:
                raise UsageError(
                    f"{name} {value}: not from {least} to {most}",
                    hint="leave it out for what suits the picture",
                )


def encode(pictures: Sequence[Picture], target: Format, saving: Saving) -> bytes:
    """Encode a picture, or the frames of an animation.

    Parameters
    ----------
    pictures : sequence of Picture
        Of one kind, which the format holds, and of one size; the metadata of the first is written whole.
    target : Format
    saving : Saving

    Returns
    -------
    bytes
    """
    images = [_image(each, target) for each in pictures]
    parameters = _parameters(pictures[0], target, saving)
    if len(images) > 1:
        durations = [each.duration or 0 for each in pictures]
        parameters |= {
            "save_all": True,
            "append_images": images[1:],
            # In milliseconds; those of PNG are fractions.
            "duration": durations if target.name == "PNG" else [round(each) for each in durations],
            "loop": pictures[0].layout.loop or 0,
        }
        if target.name == "PNG":
            parameters["disposal"] = _disposals(pictures)
    buffer = io.BytesIO()
    images[0].save(buffer, target.name, **parameters)
    data = buffer.getvalue()
    return avif.without_times(data) if target.name == "AVIF" else data


def repeats(pictures: Sequence[Picture]) -> list[bool]:
    """Whether each picture but the first looks the same as the one before."""
    return [bool(np.array_equal(after.pixels, before.pixels)) for before, after in pairwise(pictures)]


def _disposals(pictures: Sequence[Picture]) -> list[PngImagePlugin.Disposal]:
    """What becomes of each frame of a PNG when its time is over.

    It makes no difference, as each is whole, but Pillow joins frames that look the same only if they are
    disposed of in the same way. (It cannot clear gray frames without transparency.)
    """
    kept, undone = PngImagePlugin.Disposal.OP_NONE, PngImagePlugin.Disposal.OP_PREVIOUS
    chosen = [kept]
    for repeated in repeats(pictures):
        chosen.append(undone if repeated and chosen[-1] == kept else kept)
    return chosen


def _image(picture: Picture, target: Format) -> Image.Image:
    kind = picture.layout.kind
    height, width = picture.pixels.shape[:2]
    pixels = np.ascontiguousarray(picture.pixels)
    image = Image.frombuffer(MODES[kind], (width, height), pixels, "raw", MODES[kind], 0, 1)
    stored = target.stores.get(kind)
    return image.convert(MODES[stored]) if stored else image


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
        case "AVIF":
            special = _avif(saving)
        case _:
            special = {}
    return special | _blocks(picture.metadata, target)


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


def _avif(saving: Saving) -> dict[str, Any]:
    """Colours keep all their resolution."""
    quality = AVIF_QUALITY if saving.quality is None else saving.quality
    return {"quality": quality, "subsampling": "4:4:4"}


def _blocks(metadata: Metadata, target: Format) -> dict[str, Any]:
    """Arguments for the blocks of metadata."""
    exif = Image.Exif()
    exif.load(metadata.exif)
    if metadata.dpi is not None and target.name in ("WEBP", "AVIF") and tiff.X_RESOLUTION not in exif:
        # They have no other place for it.
        x, y = metadata.dpi
        exif.update({tiff.X_RESOLUTION: x, tiff.Y_RESOLUTION: y, tiff.RESOLUTION_UNIT: tiff.INCH})
    arguments: dict[str, Any] = {}
    if target.name == "PNG":
        arguments["pnginfo"] = _png_texts(metadata)
    if target.name == "JPEG" and metadata.texts:
        arguments["comment"] = metadata.texts[0][1].encode()
    if target.name in ("JPEG", "WEBP", "AVIF") and metadata.xmp is not None:
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
