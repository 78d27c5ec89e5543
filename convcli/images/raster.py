"""Reading through Pillow: pictures of 8 bits a sample, and gray of 16 or 32, never losing any of it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PIL import Image, ImageOps

from convcli.errors import ReadError

from . import gif, heif, metadata, png, tiff
from .formats import MODES
from .picture import Layout, Picture, Pixels

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
# What the files begin with: PNG, JPEG, BMP, GIF, TIFF. WebP, AVIF and HEIC are told a little further on.
_MAGICS = (png.SIGNATURE, b"\xff\xd8\xff", b"BM", *gif.MAGICS, *tiff.MAGICS)

_GRAY = {"RGB": "L", "RGBA": "LA"}

_PLUGINS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF")
_NAMES = {"MPO": "JPEG", "HEIF": "HEIC"}  # of formats that go by another here
_KINDS = {mode: kind for kind, mode in MODES.items()}

_STRIP = 128  # rows that stay in a cache while they are copied

# Without a handler of its own, what Pillow logs about odd files would reach the terminal.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def recognises(start: bytes) -> bool:
    """Whether a file that begins so may be one that is read here."""
    return (
        start.startswith(_MAGICS) or start[4:8] == b"ftyp" or (start[:4], start[8:12]) == (b"RIFF", b"WEBP")
    )


def probe(data: bytes, *, name: str) -> Layout:
    """Read size and kind of the first picture from its header.

    Raises
    ------
    ReadError
        If it is incomplete, or of a kind that would lose depth.
    PIL.UnidentifiedImageError, PIL.Image.DecompressionBombError, OSError ...
        From Pillow.
    """
    with _opened(data, name) as image:
        return _first(image, data, name)


def decode(data: bytes, *, name: str) -> Iterator[Picture]:
    """Decode the pictures one after the other, upright, each with its metadata.

    Frames of an animation are whole pictures, as they are shown; all have the metadata of the first. Pages
    have their own.

    Raises
    ------
    ReadError
        As for `probe`, and whatever Pillow raises.
    """
    with _opened(data, name) as image:
        first = _first(image, data, name)
        if first.frames > 1:
            yield from (_pages if first.has_pages else _frames)(image, first, data, name)
            return
        picture = _picture(image, first, data)
    del data, image
    yield picture  # when Pillow has given its own copy back


def _opened(data: bytes, name: str) -> Image.Image:
    if heif.is_heic(data):
        heif.register(name)
        return Image.open(io.BytesIO(data), formats=("HEIF",))
    return Image.open(io.BytesIO(data), formats=_PLUGINS)


def _picture(image: Image.Image, layout: Layout, data: bytes) -> Picture:
    turned = _orientation(image, data) in metadata.TURNING
    image.load()
    if metadata.orientation_of(image) != 1:  # TIFF files are upright once they are loaded
        ImageOps.exif_transpose(image, in_place=True)
    return Picture(layout, _pixels(image, layout, data), metadata.collect(image, turned=turned, data=data))


def _pages(image: Image.Image, first: Layout, data: bytes, name: str) -> Iterator[Picture]:
    for number in range(first.frames):
        image.seek(number)
        turned = metadata.orientation_of(image) in metadata.TURNING
        layout = first if number == 0 else replace(_layout(image, data, name), frames=first.frames)
        image.load()
        yield Picture(layout, _pixels(image, layout, data), metadata.collect(image, turned=turned))


def _frames(image: Image.Image, first: Layout, data: bytes, name: str) -> Iterator[Picture]:
    """Whole frames; one gains transparency where earlier ones had none and it shows some."""
    still = int(getattr(image, "default_image", False))  # which is no part of the animation
    kept = None
    for number in range(still, first.frames + still):
        image.seek(number)
        image.load()
        orientation = metadata.orientation_of(image)
        frame = image if orientation == 1 else ImageOps.exif_transpose(image)
        if kept is None:
            kept = metadata.collect(frame, turned=orientation in metadata.TURNING, data=data)
        layout, pixels = first, _pixels(frame, first, data)
        if not first.has_alpha and frame.has_transparency_data:
            clear = replace(first, channels=(*first.channels, "A"))
            shown = _pixels(frame, clear, data)
            if shown[..., -1].min() < clear.opaque:
                layout, pixels = clear, shown
        yield Picture(layout, pixels, kept, duration=float(image.info.get("duration", 0)))


def _first(image: Image.Image, data: bytes, name: str) -> Layout:
    """The layout of the first picture, if the whole file is there."""
    animation = gif.survey(data) if image.format == "GIF" else None
    _check_whole(image, data, name, animation)
    return _layout(image, data, name, animation)


def _layout(image: Image.Image, data: bytes, name: str, animation: gif.Survey | None = None) -> Layout:
    _check_depth(image, data, name)
    width, height = image.size
    # The TIFF reader has swapped the size already.
    if image.format != "TIFF" and _orientation(image, data) in metadata.TURNING:
        width, height = height, width
    mode = _computed_mode(image, gray=_is_gray(image) if animation is None else animation.gray)
    format = _NAMES.get(str(image.format), str(image.format))
    lossy = format in ("JPEG", "AVIF", "HEIC") or (format == "WEBP" and not _lossless_webp(data))
    single = format in ("JPEG", "HEIC")  # which may hold others, such as views and depths, but no frames
    frames = animation.frames if animation else 1 if single else int(getattr(image, "n_frames", 1))
    still = int(getattr(image, "default_image", False))
    return Layout.of(
        _KINDS[mode],
        height,
        width,
        format=format,
        frames=frames - still,
        loop=_plays(image) if frames > 1 and image.format != "TIFF" else None,
        lossy=lossy,
        notes=tuple(_notes(image, mode, name)),
        warnings=tuple(_losses(image, name)),
    )


def _orientation(image: Image.Image, data: bytes) -> int:
    """The EXIF orientation, for which Pillow would decode the pixels of a PNG."""
    return metadata.of_png(data)[1] if image.format == "PNG" else metadata.orientation_of(image)


def _check_whole(image: Image.Image, data: bytes, name: str, animation: gif.Survey | None) -> None:
    """Refuse files whose end is missing where Pillow would show what there is."""
    match image.format:
        case "GIF":
            whole = animation is not None and animation.whole
        case "PNG":
            whole = png.is_whole(data)
        case "WEBP":
            whole = int.from_bytes(data[4:8], "little") + 8 <= len(data)
        case "TIFF":
            whole = all(page.end <= len(data) for page in tiff.pages(data))
        case _:
            whole = True
    if not whole:
        raise ReadError(f"{name}: damaged or incomplete", hint="copy or download the file again")


def _plays(image: Image.Image) -> int | None:
    """How often an animation is shown, 0 for ever."""
    loop = image.info.get("loop")
    if image.format != "GIF":
        return loop
    # A GIF says how often it is shown again, or nothing.
    return 1 if loop is None else loop and loop + 1


def _computed_mode(image: Image.Image, *, gray: bool) -> str:
    if image.mode not in _COMPUTED_AS:
        return "I;16" if image.mode.startswith("I;16") else image.mode
    mode = _COMPUTED_AS[image.mode][image.has_transparency_data]
    return _GRAY.get(mode, mode) if gray else mode


def _is_gray(image: Image.Image) -> bool:
    """Whether a palette holds grays only."""
    if image.palette is None or image.mode not in ("P", "PA"):
        return False
    order, table = image.palette.getdata()  # asking the image for it would decode the pixels
    if order == "RGB;L":  # a plane for each colour
        third = len(table) // 3
        planes = [table[at : at + third] for at in (0, third, 2 * third)]
    else:
        planes = [table[at :: len(order)] for at in range(3)]
    return planes[0] == planes[1] == planes[2]


def _notes(image: Image.Image, mode: str, name: str) -> Iterator[str]:
    if image.mode == "1":
        yield f"{name}: black and white becomes 8-bit gray"
    elif image.mode in ("P", "PA") and mode not in ("L", "LA"):
        yield f"{name}: palette becomes {mode}"


def _losses(image: Image.Image, name: str) -> Iterator[str]:
    others = getattr(image, "n_frames", 1)
    if image.format in _NAMES and others > 1:
        which = "first" if image.tell() == 0 else "main one"
        yield f"{name}: the {which} of {others} pictures in the file is used"
    if getattr(image, "default_image", False):
        yield f"{name}: the still picture that stands in for the animation is left out"


def _check_depth(image: Image.Image, data: bytes, name: str) -> None:
    """Refuse what Pillow would cut to 8 bits or turn into other colours without a word.

    Deep files that can be read otherwise do not come here.
    """
    bits = _bits(image, data)
    if image.mode in _COMPUTED_AS:
        supported = bits <= 8
    elif image.mode.startswith("I;16"):
        supported = bits == 16
    else:
        supported = bits == 32 and image.mode in ("I", "F")
    if not supported:
        raise ReadError(
            f"{name}: {bits}-bit pictures of mode {image.mode} are not supported",
            hint="convert it to RGB or gray at 8 or 16 bits first",
        )


def _bits(image: Image.Image, data: bytes) -> int:
    """Bits a sample as the file stores them; Pillow's mode hides those above 8."""
    if image.format == "PNG":
        return data[24]  # IHDR: signature 8, length and type 8, width and height 8
    if image.format == "TIFF":
        found = image.tag_v2.get(tiff.BITS_PER_SAMPLE, 1)  # type: ignore[attr-defined]
        return max(found) if isinstance(found, tuple) else int(found)
    return heif.bits(data) if image.format in ("AVIF", "HEIF") else 8


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
    return _samples(image if same else image.convert(mode), layout)


def _samples(image: Image.Image, layout: Layout) -> Pixels:
    """Pillow's pixels as an array, strip by strip: as a whole they would be in memory three times."""
    width, height = image.size
    bands = len(image.getbands())
    pixels = np.empty((height, width, bands) if bands > 1 else (height, width), layout.dtype)
    for top in range(0, height, _STRIP):
        strip = slice(top, min(top + _STRIP, height))
        pixels[strip] = np.asarray(image.crop((0, strip.start, width, strip.stop)))
    return pixels
