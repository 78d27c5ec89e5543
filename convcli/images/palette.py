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
    transparent = any((mask := _covered(each)) is not None and not mask.all() for each in pictures)
    most = 255 if transparent else 256
    exact = _few(pictures, most)
    if exact is None:
        frames, table = _dithered(pictures, most)
    else:
        frames, table = [_looked_up(_rgb(each), exact) for each in pictures], _table(exact)
    if not transparent:
        return Indexed(tuple(frames), table, None)
    clear = len(table) // 3
    for frame, picture in zip(frames, pictures, strict=True):
        mask = _covered(picture)
        if mask is not None:
            frame[~mask] = clear
    return Indexed(tuple(frames), table + bytes(3), clear)


def is_exact(pictures: Sequence[Picture]) -> bool:
    """Whether a palette holds all colours and transparency of pictures as they are."""
    opaque = [each for each in pictures if each.alpha is None]
    see_through = [alpha for each in pictures if (alpha := each.alpha) is not None]
    if any(((alpha > 0) & (alpha < 255)).any() for alpha in see_through):
        return False
    most = 256 if len(opaque) == len(pictures) or all(alpha.all() for alpha in see_through) else 255
    return _few(pictures, most) is not None


def _covered(picture: Picture) -> Pixels | None:
    """Which pixels are not transparent; None if all."""
    return None if picture.alpha is None else picture.alpha >= _HALF


def _rgb(picture: Picture) -> Pixels:
    planes = picture.colours.reshape(*picture.pixels.shape[:2], -1)
    return np.ascontiguousarray(np.broadcast_to(planes, (*planes.shape[:2], 3)))


def _shown(picture: Picture, rows: slice = slice(None), step: int = 1) -> Pixels:
    """Colours that can be seen, shape (N, 3): every so many of some rows."""
    mask, colours = _covered(picture), _rgb(picture)[rows]
    return (colours.reshape(-1, 3) if mask is None else colours[mask[rows]])[::step]


def _numbers(colours: Pixels) -> Pixels:
    """Each colour as one number."""
    planes = colours.astype(np.uint32)
    return planes[..., 0] << 16 | planes[..., 1] << 8 | planes[..., 2]


def _few(pictures: Sequence[Picture], most: int) -> Pixels | None:
    """All colours that can be seen, as sorted numbers; None if there are too many."""
    found: set[int] = set()
    for picture in pictures:
        # Photographs are told by a part of their first rows, without sorting all of them.
        for rows in (slice(0, 8), slice(None)):
            found.update(np.unique(_numbers(_shown(picture, rows))).tolist())
            if len(found) > most:
                return None
    return np.array(sorted(found) or [0], np.uint32)


def _looked_up(colours: Pixels, palette: Pixels) -> Pixels:
    places = np.searchsorted(palette, _numbers(colours))
    return np.minimum(places, len(palette) - 1).astype(np.uint8)


def _table(numbers: Pixels) -> bytes:
    return np.stack((numbers >> 16, numbers >> 8 & 255, numbers & 255), -1).astype(np.uint8).tobytes()


def _dithered(pictures: Sequence[Picture], most: int) -> tuple[list[Pixels], bytes]:
    pixels = sum(each.pixels.shape[0] * each.pixels.shape[1] for each in pictures)
    step = max(pixels // _SAMPLES, 1)
    sample = np.concatenate([_shown(each, step=step) for each in pictures])[np.newaxis]
    fitted = Image.fromarray(sample).quantize(most, Image.Quantize.MEDIANCUT, kmeans=1)
    frames = [
        np.array(Image.fromarray(_rgb(each)).quantize(palette=fitted, dither=Image.Dither.FLOYDSTEINBERG))
        for each in pictures
    ]
    return frames, bytes(fitted.getpalette() or ())
