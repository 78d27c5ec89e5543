"""Reducing the colours of all frames of a picture to one palette, as GIF needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .picture import Picture, Pixels

_SAMPLES = 1 << 16  # pixels of all frames together that the palette is fitted to
_HALF = 128  # less alpha than this is stored as transparent


@dataclass(frozen=True, slots=True)
class Indexed:
    """Frames in the colours of one palette.

    Parameters
    ----------
    frames : tuple of ndarray, shape (H, W), uint8
        Numbers of colours.
    colours : bytes
        Red, green and blue of each.
    transparent : int or None
        The colour that stands for transparency.
    """

    frames: tuple[Pixels, ...]
    colours: bytes
    transparent: int | None


def reduce(pictures: Sequence[Picture]) -> Indexed:
    """Find the palette and each pixel's place in it.

    Colours stay exact where there are few enough. Else the palette is fitted to all frames, so that it does
    not flicker, and the error of each pixel is handed on to its neighbours (Floyd and Steinberg, 1976), so
    that gradients do not become bands.

    Parameters
    ----------
    pictures : sequence of Picture
        8-bit gray or RGB, with or without transparency.

    Returns
    -------
    Indexed
    """
    covered = [None if each.alpha is None else each.alpha >= _HALF for each in pictures]
    transparent = any(mask is not None and not mask.all() for mask in covered)
    most = 255 if transparent else 256
    colours = [_rgb(each.colours) for each in pictures]
    exact = _few(colours, covered, most)
    if exact is None:
        frames, table = _dithered(colours, covered, most)
    else:
        frames, table = [_looked_up(each, exact) for each in colours], _table(exact)
    clear = len(table) // 3 if transparent else None
    if clear is not None:
        table += bytes(3)
        for frame, mask in zip(frames, covered, strict=True):
            if mask is not None:
                frame[~mask] = clear
    return Indexed(tuple(frames), table, clear)


def _rgb(colours: Pixels) -> Pixels:
    planes = colours.reshape(*colours.shape[:2], -1)
    return np.ascontiguousarray(np.broadcast_to(planes, (*planes.shape[:2], 3)))


def _numbers(colours: Pixels) -> Pixels:
    """Each colour as one number."""
    planes = colours.astype(np.uint32)
    return planes[..., 0] << 16 | planes[..., 1] << 8 | planes[..., 2]


def _few(colours: Sequence[Pixels], covered: Sequence[Pixels | None], most: int) -> Pixels | None:
    """All colours that can be seen, as sorted numbers; None if there are too many."""
    found: set[int] = set()
    for rgb, mask in zip(colours, covered, strict=True):
        # Photographs are told by a part of their first rows, without sorting all of them.
        for part in (slice(0, 8), slice(None)):
            shown = rgb[part] if mask is None else rgb[part][mask[part]]
            found.update(np.unique(_numbers(shown)).tolist())
            if len(found) > most:
                return None
    return np.array(sorted(found) or [0], np.uint32)


def _looked_up(colours: Pixels, palette: Pixels) -> Pixels:
    places = np.searchsorted(palette, _numbers(colours))
    return np.minimum(places, len(palette) - 1).astype(np.uint8)


def _table(numbers: Pixels) -> bytes:
    return np.stack((numbers >> 16, numbers >> 8 & 255, numbers & 255), -1).astype(np.uint8).tobytes()


def _dithered(
    colours: Sequence[Pixels], covered: Sequence[Pixels | None], most: int
) -> tuple[list[Pixels], bytes]:
    shown = [
        rgb.reshape(-1, 3) if mask is None else rgb[mask] for rgb, mask in zip(colours, covered, strict=True)
    ]
    step = max(sum(map(len, shown)) // _SAMPLES, 1)
    sample = np.concatenate([each[::step] for each in shown])[np.newaxis]
    fitted = Image.fromarray(sample).quantize(most, Image.Quantize.MEDIANCUT, kmeans=1)
    frames = [
        np.array(Image.fromarray(each).quantize(palette=fitted, dither=Image.Dither.FLOYDSTEINBERG))
        for each in colours
    ]
    return frames, bytes(fitted.getpalette() or ())
