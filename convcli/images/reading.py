"""Reading: bytes of a file to pictures, without loss of depth, transparency, frames or orientation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from PIL import Image, UnidentifiedImageError

from convcli.errors import ConvError, ReadError
from convcli.files import reason

from . import deep, raster, tables, tiff
from .formats import FORMATS
from .picture import Layout, Picture

MAX_PIXELS = 178_956_970  # what Pillow reads unless told otherwise: 512 MiB of RGB

# Bytes of a file: four channels of 64 bits. So many are always read, for their header tells more.
_BYTES_PER_PIXEL = 32
_ALWAYS_READ = 1 << 26

# Frames are worked on one after the other, and only their results are kept: so many times as many pixels.
_ALL_FRAMES = 4

# What a frame takes beside its pixels, in pixels, so that a small file of countless frames is large as well.
_FRAME_COSTS = 16_384


class Reader(Protocol):
    """What reads some of the formats: a module."""

    def probe(self, data: bytes, *, name: str) -> Layout:
        """Read size and kind of the first picture from its header."""

    def decode(self, data: bytes, *, name: str) -> Iterator[Picture]:
        """Decode the pictures one after the other."""


def probe(data: bytes, *, name: str, max_pixels: int = MAX_PIXELS) -> Layout:
    """Read size and kind of the first picture in a file from its header.

    Parameters
    ----------
    data : bytes
        A whole file.
    name : str
        For messages; its suffix says whether text is a table.
    max_pixels : int
        The most that a picture may have; four times as many all frames together.

    Returns
    -------
    Layout

    Raises
    ------
    ReadError
        If it is no picture, too large, or one that cannot be computed with as it is.
    """
    _lift_pillows_limit(max_pixels)
    with _guarded(name, max_pixels):
        layout = _reader(data, name).probe(data, name=name)
        _check_size(data, layout, name, max_pixels)
        return layout


def decode(data: bytes, *, name: str, max_pixels: int = MAX_PIXELS) -> Iterator[Picture]:
    """Decode the pictures of a file one after the other, upright, each with its metadata.

    Parameters
    ----------
    data : bytes
        A whole file.
    name : str
        For messages; its suffix says whether text is a table.
    max_pixels : int
        The most that a picture may have; four times as many all frames together.

    Yields
    ------
    Picture
        In the file's own depth. Palettes become colours, 1-bit pictures gray; frames of an animation are
        whole pictures, as they are shown.

    Raises
    ------
    ReadError
        If it is no picture, damaged, too large, or of a kind that would lose depth.

    Warns
    -----
    UserWarning
        From Pillow, about odd metadata and large pictures. Warning filters belong to the whole process, so
        silencing them is left to the program.
    """
    probe(data, name=name, max_pixels=max_pixels)
    with _guarded(name, max_pixels):
        pictures = _reader(data, name).decode(data, name=name)
        del data  # a file as large as its picture need not stay while that is filtered
        yield from pictures


def watch(part: bytes, before: int, *, name: str, max_pixels: int) -> None:
    """Refuse a file that is still being read: what cannot become a picture, and what does not end.

    Parameters
    ----------
    part : bytes
        The first one with 16 bytes or more, unless the file is shorter.
    before : int
        How many bytes there were before.
    name, max_pixels : str, int
        As for `probe`.

    Raises
    ------
    ReadError
    """
    if before == 0 and not _may_be_a_picture(part, name):
        raise _unreadable(name)
    most = max(_BYTES_PER_PIXEL * max_pixels, _ALWAYS_READ)
    if before + len(part) > most:
        raise ReadError(
            f"{name}: more than {most} bytes, too many for the {max_pixels} pixels that are read",
            hint="if you trust the file, allow more with --max-pixels",
        )


def _may_be_a_picture(start: bytes, name: str) -> bool:
    return tables.recognises(start, name=name) or start.startswith(deep.EXR_MAGIC) or raster.recognises(start)


def _reader(data: bytes, name: str) -> Reader:
    if tables.recognises(data, name=name):
        return tables
    return deep if deep.recognises(data) else raster


def _check_size(data: bytes, layout: Layout, name: str, max_pixels: int) -> None:
    sizes = [layout.height * layout.width]
    if layout.format == "TIFF":
        sizes = [page.pixels for page in tiff.pages(data)]
    if max(sizes) > max_pixels:
        raise _too_large(name, max(sizes), max_pixels)
    # Pages have sizes of their own, frames that of the first.
    several = sum(max(size, _FRAME_COSTS) for size in sizes) * (layout.frames if len(sizes) == 1 else 1)
    if layout.frames > 1 and several > _ALL_FRAMES * max_pixels:
        raise ReadError(
            f"{name}: {layout.frames} frames of {several} pixels together, more than the"
            f" {_ALL_FRAMES * max_pixels} that are read",
            hint=f"if you trust the file, allow it with --max-pixels {-(-several // _ALL_FRAMES)}",
        )


def _unreadable(name: str) -> ReadError:
    readable = ", ".join(each.name for each in FORMATS)
    return ReadError(
        f"{name}: not a picture that can be read",
        hint=f"readable are {readable}; convert other kinds first, e.g. to PNG",
    )


def _too_large(name: str, pixels: int, max_pixels: int) -> ReadError:
    return ReadError(
        f"{name}: {pixels} pixels, more than the {max_pixels} that are read",
        hint=f"if you trust the file, allow it with --max-pixels {pixels}",
    )


def _lift_pillows_limit(max_pixels: int) -> None:
    """Let Pillow read what the user asks for; its own limit holds for the whole process."""
    if Image.MAX_IMAGE_PIXELS is not None and max_pixels > 2 * Image.MAX_IMAGE_PIXELS:
        Image.MAX_IMAGE_PIXELS = None


@contextmanager
def _guarded(name: str, max_pixels: int) -> Iterator[None]:
    """Turn whatever a decoder does with bytes it cannot read into one clear error."""
    try:
        yield
    except (ConvError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise _unreadable(name) from None
    except Image.DecompressionBombError as error:
        # Pillow tells the size in its message alone.
        found = re.search(r"\d+", str(error))
        raise _too_large(name, int(found[0]) if found else max_pixels + 1, max_pixels) from None
    except tiff.TooManyPages:
        raise ReadError(f"{name}: more than {tiff.MOST_PAGES} pages", hint="split it first") from None
    except Exception as error:  # decoders meet damage with OSError, SyntaxError, ValueError, struct.error ...
        if isinstance(error, OSError) and error.errno is not None:  # but this one is the system's
            raise ReadError(f"{name}: {reason(error)}") from None
        raise ReadError(f"{name}: damaged or incomplete", hint="copy or download the file again") from error
