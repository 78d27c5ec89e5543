"""Writing TIFF: any channels and samples, any number of pages, everything said beside them.

Pillow writes neither deep colours nor EXIF in compressed files, and OpenImageIO neither wide integers nor
EXIF as it found it. What is left to do is little: Pillow lays out the directory, zlib packs the strips
(TIFF 6.0, sections 2, 14 and 18; Adobe's Technical Note 3 for deflate).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from . import tiff
from .picture import Layout, Metadata, Picture, Pixels

_HEAD = b"II*\0\0\0\0\0"  # little-endian; the offset of the first directory is put in when it is known
_OFFSET = 4  # bytes
_ENTRY = 12  # bytes of one in a directory
_STRIP_BYTES = 1 << 18
_LEVEL = 4  # within a few percent of the smallest, at a fraction of its time
_TOGETHER = 1  # the channels of a pixel, rather than a plane for each
_HORIZONTAL = 2  # samples are stored as differences to their left neighbour
_NUMBER_FORMATS = {"u": 1, "i": 2, "f": 3}
_LARGEST = 2**32
_DIRECTORIES = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)


class TooLarge(ValueError):
    """The file would pass 4 GiB, which its offsets cannot tell."""


def encode(pages: Iterable[Picture]) -> bytes:
    """Encode pictures as the pages of one file.

    Parameters
    ----------
    pages : iterable of Picture
        Of any channels and dtype, with the metadata that shall be written.

    Returns
    -------
    bytes

    Raises
    ------
    TooLarge
        If offsets of 32 bits do not reach the end.
    """
    head = bytearray(_HEAD)
    parts: list[bytes | bytearray] = [head]
    size, pointer = len(head), (head, len(head) - _OFFSET)
    for picture in pages:
        strips = list(_strips(picture))
        tags = _directory(picture, [len(strip) for strip in strips])
        directory = bytearray(tags.tobytes(size))  # which adds its own end to the offsets of the strips
        struct.pack_into("<I", *pointer, size)
        pointer = (directory, 2 + _ENTRY * len(tags))
        length = len(directory) + sum(map(len, strips))
        parts += [directory, *strips, bytes(length % 2)]  # directories begin at even offsets
        size += length + length % 2
        if size > _LARGEST:
            raise TooLarge
    return b"".join(parts)


def _directory(picture: Picture, lengths: Sequence[int]) -> ImageFileDirectory_v2:
    layout, metadata = picture.layout, picture.metadata
    height, width = picture.pixels.shape[:2]
    count = len(layout.channels)
    tags = ImageFileDirectory_v2(_HEAD)
    tags.update(_said(metadata))
    tags.update(
        {
            tiff.WIDTH: width,
            tiff.HEIGHT: height,
            tiff.BITS_PER_SAMPLE: (layout.dtype.itemsize * 8,) * count,
            tiff.COMPRESSION: tiff.DEFLATE if metadata.compressed else tiff.UNCOMPRESSED,
            tiff.PHOTOMETRIC: _photometric(layout),
            tiff.SAMPLES_PER_PIXEL: count,
            tiff.ROWS_PER_STRIP: _rows(picture),
            tiff.STRIP_BYTES: tuple(lengths),
            tiff.STRIP_OFFSETS: tuple(accumulate(lengths[:-1], initial=0)),
            tiff.PLANAR: _TOGETHER,
            tiff.SAMPLE_FORMAT: (_NUMBER_FORMATS[layout.dtype.kind],) * count,
        }
    )
    if _predicted(picture):
        tags[tiff.PREDICTOR] = _HORIZONTAL
    if extras := count - len(tiff.CHANNELS[_photometric(layout)]):
        alpha = tiff.PREMULTIPLIED if layout.premultiplied else tiff.STRAIGHT
        tags[tiff.EXTRA_SAMPLES] = (alpha,) if layout.has_alpha and extras == 1 else (0,) * extras
    return tags


def _said(metadata: Metadata) -> dict[int, Any]:
    """Tags of what goes with the pixels."""
    exif = Image.Exif()
    exif.load(metadata.exif)
    tags: dict[int, Any] = {tag: value for tag, value in exif.items() if tag not in _DIRECTORIES}
    tags |= {tag: entries for tag in _DIRECTORIES if (entries := exif.get_ifd(tag))}
    if metadata.xmp is not None:
        tags[tiff.XMP] = metadata.xmp
    if metadata.icc_profile is not None:
        tags[tiff.ICC_PROFILE] = metadata.icc_profile
    if metadata.dpi is not None:
        tags[tiff.X_RESOLUTION], tags[tiff.Y_RESOLUTION] = metadata.dpi
        tags[tiff.RESOLUTION_UNIT] = tiff.INCH
    return tags


def _photometric(layout: Layout) -> int:
    for meaning in (tiff.RGB, tiff.CMYK):
        colours = tiff.CHANNELS[meaning]
        if layout.channels[: len(colours)] == colours:
            return meaning
    return tiff.BLACK_IS_ZERO


def _predicted(picture: Picture) -> bool:
    return picture.metadata.compressed and picture.layout.dtype.kind != "f"


def _rows(picture: Picture) -> int:
    """Rows of a strip."""
    height = picture.pixels.shape[0]
    return int(min(max(_STRIP_BYTES * height // picture.pixels.nbytes, 1), height))


def _strips(picture: Picture) -> Iterator[bytes]:
    """The pixels from top to bottom, packed."""
    pixels, rows = picture.pixels, _rows(picture)
    for top in range(0, pixels.shape[0], rows):
        strip = np.ascontiguousarray(pixels[top : top + rows], picture.layout.dtype.newbyteorder("<"))
        if _predicted(picture):
            strip = _differences(strip)
        yield zlib.compress(strip.data, _LEVEL) if picture.metadata.compressed else strip.tobytes()


def _differences(strip: Pixels) -> Pixels:
    """Each pixel less its left neighbour, which the reader adds again; overflow does no harm."""
    result = strip.copy()
    result[:, 1:] -= strip[:, :-1]
    return result
