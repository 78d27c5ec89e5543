"""Writing: pictures to the bytes of a file, with their metadata. The same pictures give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from convcli.errors import WriteError

from . import gif_writing, openimageio, palette, png, png_writing, raster_writing, tables, tiff_writing
from .formats import MODES, Format
from .metadata import COMMENT
from .picture import Layout, Metadata, Picture
from .raster_writing import Saving

_XMP_LABEL = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_BLOCK = 65_533
_LONGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383, "GIF": 65_535}


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
    if saving.quality is not None and target.name not in ("JPEG", "WEBP", "AVIF"):
        said.append(f"--quality does not apply to {target.name}")
    if saving.compress_level is not None and target.name != "PNG":
        said.append(f"--compress-level does not apply to {target.name}")
    return tuple(f"{name}: {text}" for text in said)


def losses(source: Layout, pictures: Sequence[Picture], target: Format, *, name: str) -> tuple[str, ...]:
    """Say what writing pictures in a format loses.

    Parameters
    ----------
    source : Layout
        Of the first picture.
    pictures : sequence of Picture
        Of one file; none if they are not known yet.
    target : Format
        To be written.
    name : str
        Of the result.

    Returns
    -------
    tuple of str
    """
    said = []
    metadata = pictures[0].metadata if pictures else Metadata()
    if target.name == "GIF" and source.kind != "L8" and not (pictures and palette.is_exact(pictures)):
        partial = " and no partial transparency" if source.has_alpha else ""
        said.append(f"GIF holds 256 colours{partial}: reduced")
    if target.several == "pages" and source.frames > 1 and not source.has_pages:
        said.append(f"durations left out: {target.name} holds pages")
    if target.name == "AVIF" and source.frames > 1 and source.loop:
        said.append(f"AVIF cannot hold that it is shown {source.loop} times")
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
        said.append(f"{target.name} cannot hold {' and '.join(lost)}: left out")
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
    pictures = [replace(each, metadata=carried(each.metadata, each.layout, target)) for each in pictures]
    if target.several == "frames":
        pictures = _alike(pictures)
    first = pictures[0]
    match target.name:
        case "CSV" | "NPY":
            return tables.encode(first, text=target.name == "CSV")
        case "TIFF":
            return _tiff(pictures, name=name)
        case "EXR":
            return _exr(first, name=name)
        case "GIF":
            return gif_writing.encode(pictures)
        case "PNG" if len(pictures) == 1:
            return _png(first, target, saving)
    return raster_writing.encode(pictures, target, saving)


def joined(pictures: Sequence[Picture], target: Format, *, name: str) -> tuple[str, ...]:
    """Say how many frames the format's writer joins with the one before, as they look the same.

    Parameters
    ----------
    pictures : sequence of Picture
        Of one animation.
    target : Format
        To be written.
    name : str
        Of the result.

    Returns
    -------
    tuple of str
    """
    count = sum(raster_writing.repeats(pictures)) if target.name == "WEBP" else 0
    if count == 0:
        return ()
    return (f"{name}: {count} frames that repeat the one before are joined with it, which is shown longer",)


def _alike(pictures: Sequence[Picture]) -> list[Picture]:
    """Frames of one kind: if one has transparency, all have."""
    if len({each.layout.channels for each in pictures}) == 1:
        return list(pictures)
    return [each if each.layout.has_alpha else _opaque(each) for each in pictures]


def _opaque(picture: Picture) -> Picture:
    """The same picture with transparency that hides nothing."""
    height, width = picture.pixels.shape[:2]
    alpha = np.full((height, width), picture.layout.opaque, picture.layout.dtype)
    layout = replace(picture.layout, channels=(*picture.layout.channels, "A"))
    return replace(picture, layout=layout, pixels=np.dstack((picture.pixels, alpha)))


def _tiff(pages: Sequence[Picture], *, name: str) -> bytes:
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
    return openimageio.encode_exr(pixels, channels=channels, attributes=attributes, name=name)


def _png(picture: Picture, target: Format, saving: Saving) -> bytes:
    """What goes with the pixels is put into words by Pillow, beside a single gray or coloured one."""
    colours = Layout.of("RGB8" if "R" in picture.layout.channels else "L8", 1, 1, "PNG")
    twin = Picture(colours, np.zeros(colours.shape, np.uint8), picture.metadata)
    said = png.said(raster_writing.encode([twin], target, saving))
    return png_writing.encode(picture.pixels, said, level=saving.compress_level, workers=saving.workers)
