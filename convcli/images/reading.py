"""Decoding: bytes of a file to a picture, never losing depth, transparency or orientation on the way."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from convcli.errors import ConvError, ReadError

from . import metadata
from .formats import FORMATS, MODES
from .picture import Layout, Picture, Pixels

# Pillow refuses more than twice its warning threshold, so that a small file cannot fill the memory.
MAX_PIXELS = 178_956_970

# Pillow's modes of 8 bits or less a sample, and the mode computed with instead: (without, with transparency).
_COMPUTED_AS = {
    "1": ("L", "LA"),
    "L": ("L", "LA"),
    "LA": ("LA", "LA"),
    "La": ("LA", "LA"),
    "P": ("RGB", "RGBA"),
    "PA": ("RGBA", "RGBA"),
    "RGB": ("RGB", "RGBA"),
    "RGBX": ("RGB", "RGB"),
    "RGBA": ("RGBA", "RGBA"),
    "RGBa": ("RGBA", "RGBA"),
    "CMYK": ("CMYK", "CMYK"),
}

_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # TIFF 6.0
_WHITE_IS_ZERO, _SIGNED = 0, 2
_TURNING = (5, 6, 7, 8)  # EXIF orientations that swap width and height
_PLUGINS = [each.name for each in FORMATS]
_KINDS = {mode: kind for kind, mode in MODES.items()}

# Without a handler of its own, what Pillow logs about odd files would reach the terminal.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def probe(data: bytes, *, name: str) -> Layout:
    """Read size and kind of a picture from its header.

    Parameters
    ----------
    data : bytes
        A whole file.
    name : str
        For messages.

    Returns
    -------
    Layout

    Raises
    ------
    ReadError
        If it is no picture, or one that cannot be computed with as it is.
    """
    with _guarded(name), Image.open(io.BytesIO(data), formats=_PLUGINS) as image:
        return _layout(image, data, name)


def decode(data: bytes, *, name: str) -> Iterator[Picture]:
    """Decode the pictures of a file one after the other, upright, each with its metadata.

    Parameters
    ----------
    data : bytes
        A whole file: PNG, JPEG, WebP, TIFF, GIF or BMP.
    name : str
        For messages.

    Yields
    ------
    Picture
        8-bit gray or colour with or without transparency, CMYK, 16- or 32-bit gray. Palettes become colours,
        1-bit pictures gray.

    Raises
    ------
    ReadError
        If it is no picture, damaged, too large, or of a kind that would lose depth (such as 16-bit colour).

    Warns
    -----
    UserWarning
        From Pillow, about odd metadata and large pictures. Warning filters belong to the whole process, so
        silencing them is left to the program.
    """
    with _guarded(name), Image.open(io.BytesIO(data), formats=_PLUGINS) as image:
        layout = _layout(image, data, name)
        turned = metadata.orientation_of(image) in _TURNING
        image.load()
        if metadata.orientation_of(image) != 1:  # TIFF files are upright once they are loaded
            ImageOps.exif_transpose(image, in_place=True)
        kept = metadata.collect(image, turned=turned)
        picture = Picture(layout, _pixels(image, layout, data), kept)
    yield picture


@contextmanager
def _guarded(name: str) -> Iterator[None]:
    """Turn whatever a decoder does with bytes it cannot read into one clear error."""
    try:
        yield
    except (ConvError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise ReadError(
            f"{name}: not a picture that can be read",
            hint=f"readable are {', '.join(_PLUGINS)}; convert other kinds first, e.g. to PNG",
        ) from None
    except Image.DecompressionBombError:
        raise ReadError(
            f"{name}: more than {MAX_PIXELS} pixels, the largest picture that is read",
            hint="cut or shrink it first",
        ) from None
    except Exception as error:  # decoders meet damage with OSError, SyntaxError, ValueError, struct.error ...
        raise ReadError(f"{name}: damaged or incomplete", hint="copy or download the file again") from error


def _layout(image: Image.Image, data: bytes, name: str) -> Layout:
    _check_depth(image, data, name)
    width, height = image.size
    # The TIFF reader has swapped the size already.
    if image.format != "TIFF" and metadata.orientation_of(image) in _TURNING:
        width, height = height, width
    mode = _computed_mode(image)
    return Layout.of(
        _KINDS[mode],
        height,
        width,
        format="JPEG" if image.format == "MPO" else str(image.format),
        lossy=image.format in ("JPEG", "MPO") or (image.format == "WEBP" and not _lossless_webp(data)),
        notes=tuple(_notes(image, mode, name)),
        warnings=tuple(_losses(image, name)),
    )


def _computed_mode(image: Image.Image) -> str:
    if image.mode not in _COMPUTED_AS:
        return "I;16" if image.mode.startswith("I;16") else image.mode
    return _COMPUTED_AS[image.mode][image.has_transparency_data]


def _notes(image: Image.Image, mode: str, name: str) -> Iterator[str]:
    if image.mode == "1":
        yield f"{name}: black and white becomes 8-bit gray"
    elif image.mode in ("P", "PA"):
        yield f"{name}: palette becomes {mode}"


def _losses(image: Image.Image, name: str) -> Iterator[str]:
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        yield f"{name}: the first of {frames} pictures in the file is used"


def _check_depth(image: Image.Image, data: bytes, name: str) -> None:
    """Refuse what Pillow would cut to 8 bits or turn into other colours without a word."""
    bits = _bits(image, data)
    if image.mode in _COMPUTED_AS:
        if bits > 8:
            raise ReadError(
                f"{name}: {bits}-bit colour or transparency would be cut to 8 bits",
                hint="convert it to 8 bits, or to gray at 16 bits without transparency, first",
            )
        return
    if image.format == "TIFF" and image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:  # type: ignore[attr-defined]
        raise ReadError(
            f"{name}: deep gray that counts white as zero", hint="convert it to black as zero first"
        )
    if image.mode.startswith("I;16") and bits == 16:
        if "transparency" in image.info:
            raise ReadError(
                f"{name}: 16-bit gray with a transparent value", hint="remove the transparency first"
            )
        return
    if bits == 32 and (image.mode == "F" or (image.mode == "I" and _signed(image))):
        return
    raise ReadError(
        f"{name}: {bits}-bit pictures of mode {image.mode} are not supported",
        hint="convert it to RGB at 8 bits, or to gray at 8 or 16 bits, first",
    )


def _bits(image: Image.Image, data: bytes) -> int:
    """Bits a sample as the file stores them; Pillow's mode hides those above 8."""
    if image.format == "PNG":
        return data[24]  # IHDR: signature 8, length and type 8, width and height 8
    if image.format == "TIFF":
        found = image.tag_v2.get(_BITS_PER_SAMPLE, 1)  # type: ignore[attr-defined]
        return max(found) if isinstance(found, tuple) else int(found)
    return 8


def _signed(image: Image.Image) -> bool:
    found = image.tag_v2.get(_SAMPLE_FORMAT, ())  # type: ignore[attr-defined]
    return found in (_SIGNED, (_SIGNED,))


def _lossless_webp(data: bytes) -> bool:
    """Whether the first picture chunk is a lossless one (RIFF: name, little-endian size, content, evened)."""
    at = 12
    while (name := data[at : at + 4]) and name not in (b"VP8 ", b"VP8L"):
        # The frame of an animation has chunks of its own behind 16 bytes on its place and duration.
        size = 16 if name == b"ANMF" else int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + (size + 1) // 2 * 2
    return name == b"VP8L"


def _keyed(image: Image.Image, value: int, data: bytes) -> Pixels:
    """Gray with one value transparent. Pillow reads samples of 2 and 4 bits as 8, but not that value.

    At 1 bit the newer versions do, so there any value but 0 is white.
    """
    gray = np.asarray(image.convert("L"))
    transparent = min(value * 255 // (2 ** _bits(image, data) - 1), 255)
    return np.dstack((gray, np.where(gray == transparent, 0, 255)))


def _pixels(image: Image.Image, layout: Layout, data: bytes) -> Pixels:
    key = image.info.get("transparency")
    if image.mode in ("1", "L") and isinstance(key, int):
        return _keyed(image, key, data).astype(layout.dtype)
    mode = MODES[layout.kind]
    same = image.mode == mode or mode == "I;16"  # I;16B is the same in another byte order
    pixels: Pixels = np.asarray(image if same else image.convert(mode))
    return pixels.astype(layout.dtype, copy=False)
