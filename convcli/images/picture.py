"""What a picture is once it has been read: pixels, and what goes with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]

# Channels and sample format of each mode; the names are Pillow's.
_CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "I;16": 1, "I": 1, "F": 1}
_DTYPES = {"I;16": np.uint16, "I": np.int32, "F": np.float32}


@dataclass(frozen=True, slots=True)
class Layout:
    """Size and kind of a picture, known before its pixels are decoded.

    Parameters
    ----------
    mode : str
        ``L LA RGB RGBA CMYK`` (8 bits), ``I;16`` (16-bit gray), ``I`` (signed 32-bit gray) or
        ``F`` (32-bit real gray).
    height, width : int
        In pixels, upright.
    format : str
        Name of the file format it comes from.
    lossy : bool
        Whether its file was compressed with loss.
    notes : tuple of str
        What is changed without loss to compute with it, for the user.
    warnings : tuple of str
        What of the file is left out, for the user.
    """

    mode: str
    height: int
    width: int
    format: str
    lossy: bool = False
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the pixels: (H, W), or (H, W, C)."""
        channels = _CHANNELS[self.mode]
        return (self.height, self.width) if channels == 1 else (self.height, self.width, channels)

    @property
    def colour_shape(self) -> tuple[int, ...]:
        """Shape of the pixels without transparency."""
        return (*self.shape[:2], self.shape[2] - 1) if self.has_alpha else self.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Sample format of the pixels."""
        return np.dtype(_DTYPES.get(self.mode, np.uint8))

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is transparency, straight (not multiplied into the colours)."""
        return self.mode in ("LA", "RGBA")


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
    """

    icc_profile: bytes | None = None
    exif: bytes = b""
    xmp: bytes | None = None
    texts: tuple[tuple[str, str], ...] = ()
    dpi: tuple[float, float] | None = None
    subsampling: int | None = None


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
    """

    layout: Layout
    pixels: Pixels
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def colours(self) -> Pixels:
        """The channels without transparency, a view of shape (H, W) or (H, W, C)."""
        return self.pixels[..., :-1] if self.layout.has_alpha else self.pixels

    @property
    def alpha(self) -> Pixels | None:
        """The transparency, a view of shape (H, W); None if there is none."""
        return self.pixels[..., -1] if self.layout.has_alpha else None
