"""What a picture is once it has been read: pixels, and what goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]

_ALPHA = "A"
_NUMBER_KINDS = {"u": "", "i": "i", "f": "f"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Size and kind of a picture, known before its pixels are decoded.

    Parameters
    ----------
    channels : tuple of str
        ``("L",)`` gray, ``("R", "G", "B")``, ``("C", "M", "Y", "K")`` amounts of ink, or the file's own
        names. A last one named ``A``, behind others, is transparency, straight (not multiplied into them).
    dtype : dtype
        Of the samples.
    height, width : int
        In pixels, upright.
    format : str
        Name of the file format it comes from.
    frames : int
        Pictures in the file: the frames of an animation, or pages.
    loop : int or None
        How often an animation is shown, 0 for ever; None if the file does not say.
    lossy : bool
        Whether its file was compressed with loss.
    premultiplied : bool
        Whether the colours are multiplied by the transparency already, as OpenEXR's are; they then are what
        the picture adds to its background, which may shine where it is transparent.
    table : bool
        Whether it is a table of numbers, whose samples mean themselves.
    line : {'row', 'column'} or None
        Of a table with one dimension: how its file writes it. Its pixels are one row either way.
    notes : tuple of str
        What is changed without loss to compute with it, for the user.
    warnings : tuple of str
        What of the file is left out, for the user.
    """

    channels: tuple[str, ...]
    dtype: np.dtype[Any]
    height: int
    width: int
    format: str
    frames: int = 1
    loop: int | None = None
    lossy: bool = False
    premultiplied: bool = False
    table: bool = False
    line: Literal["row", "column"] | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, kind: str, height: int, width: int, format: str, **others: Any) -> Layout:
        """Make the layout of a kind written as text: ``"RGB8"``, ``"L16"``, ``"RGBA32f"``, ``"L32i"``."""
        letters = kind.rstrip("0123456789if")
        bits = kind[len(letters) :].rstrip("if")
        number = {"": "u", "i": "i", "f": "f"}[kind[len(letters) + len(bits) :]]
        return cls(tuple(letters), np.dtype(f"{number}{int(bits) // 8}"), height, width, format, **others)

    @property
    def kind(self) -> str:
        """Channels, bits a sample, and ``i`` for signed or ``f`` for real numbers: ``"RGB8"``, ``"L32f"``."""
        return f"{''.join(self.channels)}{self.dtype.itemsize * 8}{_NUMBER_KINDS[self.dtype.kind]}"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the pixels: (H, W), or (H, W, C)."""
        count = len(self.channels)
        return (self.height, self.width) if count == 1 else (self.height, self.width, count)

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is transparency."""
        return len(self.channels) > 1 and self.channels[-1] == _ALPHA

    @property
    def has_pages(self) -> bool:
        """Whether several pictures are pages, each of its own kind, rather than frames of an animation."""
        return self.frames > 1 and self.format == "TIFF"

    @property
    def opaque(self) -> float:
        """Value of transparency where nothing is transparent; the lightest value of other samples."""
        return 1.0 if self.dtype.kind == "f" else float(np.iinfo(self.dtype).max)

    @property
    def colours(self) -> Layout:
        """The layout without transparency."""
        return replace(self, channels=self.channels[:-1]) if self.has_alpha else self


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says about its picture, to be carried into the result.

    Parameters
    ----------
    icc_profile : bytes or None
        Colour profile.
    exif : bytes
        Camera data without orientation, thumbnail and sizes; empty if there are none.
    xmp : bytes or None
        Adobe's metadata packet.
    texts : tuple of (str, str)
        Key and content of text notes, such as ``("Comment", ...)``.
    dpi : (float, float) or None
        Dots an inch, horizontal first.
    subsampling : int or None
        Of the colours of a JPEG: 0 none, 1 4:2:2, 2 4:2:0.
    quantisation : mapping of int to tuple of int, or None
        Steps of a JPEG's frequencies, 64 a table, by the number of the table.
    progressive : bool
        Whether a JPEG is stored from coarse to fine.
    compressed : bool
        Whether the pixels of a TIFF are.
    colour_chunks : tuple of (bytes, bytes)
        What a PNG says about its colours beside the profile: names and contents of its chunks.
    attributes : tuple of (str, str, object)
        What an OpenEXR file says: name, type and value in OpenImageIO's terms.
    separator : str
        Between the cells of a table.
    """

    icc_profile: bytes | None = None
    exif: bytes = b""
    xmp: bytes | None = None
    texts: tuple[tuple[str, str], ...] = ()
    dpi: tuple[float, float] | None = None
    subsampling: int | None = None
    quantisation: Mapping[int, tuple[int, ...]] | None = None
    progressive: bool = False
    compressed: bool = True
    colour_chunks: tuple[tuple[bytes, bytes], ...] = ()
    attributes: tuple[tuple[str, str, Any], ...] = ()
    separator: str = ","


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture.

    Parameters
    ----------
    layout : Layout
        Its kind; the size is that of the file it came from.
    pixels : ndarray, shape (H, W) or (H, W, C)
        Of the layout's dtype.
    metadata : Metadata
    duration : float or None
        Of a frame of an animation, in milliseconds.
    """

    layout: Layout
    pixels: Pixels
    metadata: Metadata = field(default_factory=Metadata)
    duration: float | None = None

    @property
    def colours(self) -> Pixels:
        """The channels without transparency, a view of shape (H, W) or (H, W, C).

        Gray is (H, W), with transparency (H, W, 1).
        """
        return self.pixels[..., :-1] if self.layout.has_alpha else self.pixels

    @property
    def alpha(self) -> Pixels | None:
        """The transparency, a view of shape (H, W); None if there is none."""
        return self.pixels[..., -1] if self.layout.has_alpha else None
