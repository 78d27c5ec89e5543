"""The directories of TIFF files: what each page is, and whether Pillow reads it without losing anything.

Tags and their values: TIFF 6.0 (Adobe, 1992).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from convcli.errors import ReadError

from .picture import Layout, Pixels

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two with offsets of 64 bits

WIDTH, HEIGHT, BITS_PER_SAMPLE, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES_PER_PIXEL, ROWS_PER_STRIP, STRIP_BYTES = 273, 274, 277, 278, 279
X_RESOLUTION, Y_RESOLUTION, PLANAR, RESOLUTION_UNIT, PREDICTOR = 282, 283, 284, 296, 317
TILE_OFFSETS, TILE_BYTES = 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT, XMP, ICC_PROFILE = 338, 339, 700, 34675

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK = 0, 1, 2, 5
UNSPECIFIED, PREMULTIPLIED, STRAIGHT = 0, 1, 2
CHANNELS = {
    WHITE_IS_ZERO: ("L",),
    BLACK_IS_ZERO: ("L",),
    RGB: ("R", "G", "B"),
    CMYK: ("C", "M", "Y", "K"),
}
NUMBER_KINDS = {1: "u", 2: "i", 3: "f"}
UNCOMPRESSED, DEFLATE = 1, 8

INCH, _CENTIMETRE = 2, 3


MOST_PAGES = 10_000


class TooManyPages(ValueError):
    """The file has more than `MOST_PAGES`, each of which takes its time."""


@dataclass(frozen=True, slots=True)
class Page:
    """One directory of a file.

    Parameters
    ----------
    offset : int
        Where it stands in the file.
    tags : mapping of int to values
    """

    offset: int
    tags: ImageFileDirectory_v2

    def one(self, tag: int, default: int) -> int:
        """Value of a tag that has one for all samples, or the same for each."""
        value = self.tags.get(tag, default)
        values = value if isinstance(value, tuple) else (value,)
        return int(values[0]) if len(set(values)) == 1 else -1

    @property
    def bits(self) -> int:
        """Bits a sample, -1 if they differ."""
        return self.one(BITS_PER_SAMPLE, 1)

    @property
    def pixels(self) -> int:
        """How many there are."""
        return int(self.tags[WIDTH]) * int(self.tags[HEIGHT])

    @property
    def turned(self) -> bool:
        """Whether standing upright swaps width and height."""
        return self.one(ORIENTATION, 1) in (5, 6, 7, 8)

    @property
    def is_deep(self) -> bool:
        """Whether Pillow would cut it, or not read it at all, and OpenImageIO can."""
        bits, number = self.bits, self.one(SAMPLE_FORMAT, 1)
        plain = self.one(SAMPLES_PER_PIXEL, 1) == 1 and self.one(PHOTOMETRIC, BLACK_IS_ZERO) == BLACK_IS_ZERO
        if bits <= 8:
            return bits == 8 and (number == 2 or self._has_spare_channels)
        return not (plain and (bits, number) in {(16, 1), (32, 2), (32, 3), (12, 1)})

    @property
    def end(self) -> int:
        """Where the pixels end in the file."""
        ends = [
            start + length
            for starts, lengths in ((STRIP_OFFSETS, STRIP_BYTES), (TILE_OFFSETS, TILE_BYTES))
            for start, length in zip(self._all(starts), self._all(lengths), strict=False)
        ]
        return max(ends, default=0)

    @property
    def dpi(self) -> tuple[float, float] | None:
        """Dots an inch as stored, horizontal first; None if they have no unit."""
        return dots_per_inch(self.tags)

    def layout(self, name: str) -> Layout:
        """Describe a deep page.

        Raises
        ------
        ReadError
            If its samples or colours have no counterpart here.
        """
        photometric, number = self.one(PHOTOMETRIC, BLACK_IS_ZERO), self.one(SAMPLE_FORMAT, 1)
        kind = NUMBER_KINDS.get(number, "")
        supported = self.bits in (8, 16, 32, 64) and f"{kind}{self.bits // 8}" not in ("f1", "u8", "i8")
        inverted = photometric == WHITE_IS_ZERO
        if not kind or not supported or photometric not in CHANNELS or (inverted and kind != "u"):
            raise ReadError(
                f"{name}: {self.bits}-bit samples of this kind (photometric {photometric}, format {number})"
                " are not supported",
                hint="convert it to RGB or gray at 8, 16 or 32 bits first",
            )
        channels = self._channels(photometric)
        height, width = int(self.tags[HEIGHT]), int(self.tags[WIDTH])
        return Layout(
            channels,
            np.dtype(f"{kind}{self.bits // 8}"),
            *((width, height) if self.turned else (height, width)),
            format="TIFF",
            premultiplied=kind == "f" and channels[-1] == "A" and self._extras[-1] == PREMULTIPLIED,
        )

    def straightened(self, samples: Pixels, layout: Layout) -> Pixels:
        """Make upright pixels of the layout out of the samples that the file stores.

        Integers become straight, which undoes the rounding of their product exactly; real colours stay
        multiplied, as what they are where nothing covers would be lost.
        """
        if self.one(PHOTOMETRIC, BLACK_IS_ZERO) == WHITE_IS_ZERO:
            samples = samples.copy()
            samples[..., 0] = np.iinfo(samples.dtype).max - samples[..., 0]
        if layout.has_alpha and self._extras[-1] == PREMULTIPLIED and not layout.premultiplied:
            alpha = samples[..., -1:].astype(np.float64)
            ratio = np.divide(layout.opaque, alpha, out=np.zeros_like(alpha), where=alpha > 0)
            colours = np.clip(np.rint(samples[..., :-1] * ratio), 0, layout.opaque)
            samples = np.concatenate((colours.astype(samples.dtype), samples[..., -1:]), axis=-1)
        return np.ascontiguousarray(upright(samples, self.one(ORIENTATION, 1)).reshape(layout.shape))

    @property
    def _has_spare_channels(self) -> bool:
        """Whether there are more than colours and transparency. Pillow takes a fourth of RGB for that."""
        photometric = self.one(PHOTOMETRIC, BLACK_IS_ZERO)
        count = self.one(SAMPLES_PER_PIXEL, 1) - len(CHANNELS.get(photometric, ()))
        if photometric not in CHANNELS or count < 1:
            return False
        guessed = photometric == RGB and not self._extras
        return count > 1 or not (guessed or self._extras[:1] in ((PREMULTIPLIED,), (STRAIGHT,)))

    @property
    def _extras(self) -> tuple[int, ...]:
        return self._all(EXTRA_SAMPLES)

    def _all(self, tag: int) -> tuple[int, ...]:
        value = self.tags.get(tag, ())
        return value if isinstance(value, tuple) else (value,)

    def _channels(self, photometric: int) -> tuple[str, ...]:
        colours = CHANNELS[photometric]
        count = self.one(SAMPLES_PER_PIXEL, 1) - len(colours)
        extras = (*self._extras, *[UNSPECIFIED] * count)[:count]
        names = [f"channel{len(colours) + i + 1}" for i in range(count)]
        if count == 1 and extras[0] in (PREMULTIPLIED, STRAIGHT):
            names = ["A"]
        return (*colours, *names)


def dots_per_inch(tags: Mapping[int, Any]) -> tuple[float, float] | None:
    """The resolution that a directory states, horizontal first; None if it has no unit."""
    scale = {INCH: 1.0, _CENTIMETRE: 2.54}.get(tags.get(RESOLUTION_UNIT, INCH))
    x, y = tags.get(X_RESOLUTION), tags.get(Y_RESOLUTION)
    return None if scale is None or not x or not y else (float(x) * scale, float(y) * scale)


def pages(data: bytes) -> Iterator[Page]:
    """Read the directories of a file one after the other.

    Raises
    ------
    TooManyPages
        If there are more than anybody has.
    OSError, SyntaxError, ValueError, struct.error
        If it is damaged.
    """
    stream = io.BytesIO(data)
    head = data[:16] if _is_big(data) else data[:8]
    offset = ImageFileDirectory_v2(head).next
    seen: set[int] = set()
    while offset and offset not in seen:
        seen.add(offset)
        if len(seen) > MOST_PAGES:
            raise TooManyPages
        stream.seek(offset)
        directory = ImageFileDirectory_v2(head)
        directory.next = None
        directory.load(stream)
        if directory.next is None:
            # Pillow gives up at what lies behind the end, and drops the tags and the pages that follow.
            raise ValueError(f"directory at {offset} is cut off")
        yield Page(offset, directory)
        offset = directory.next


def read_exif(data: bytes, page: Page) -> Image.Exif:
    """The directory as Pillow's EXIF, with the ones that it refers to."""
    found = Image.Exif()
    found.endian = "<" if data[:2] == b"II" else ">"
    found.bigtiff = _is_big(data)
    found.load_from_fp(io.BytesIO(data), page.offset)
    return found


def _is_big(data: bytes) -> bool:
    """Whether offsets have 64 bits."""
    return data[:4] in MAGICS[2:]


def upright(samples: Pixels, orientation: int) -> Pixels:
    """Turn stored samples as EXIF 2.32 (tag 274) says, rows first."""
    if orientation in (5, 6, 7, 8):
        samples = samples.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return samples
