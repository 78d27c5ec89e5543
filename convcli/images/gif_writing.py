"""Writing GIF, still and animated, with as many frames as there were.

Pillow packs each frame. Its own writer of animations would join neighbouring frames that look the same.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PIL import GifImagePlugin, Image

from .palette import Indexed, reduce
from .picture import Picture, Pixels

_KEEP, _CLEAR = 1, 2  # what becomes of a frame when its time is over


def encode(pictures: Sequence[Picture]) -> bytes:
    """Encode the frames of one animation, or a still picture.

    Parameters
    ----------
    pictures : sequence of Picture
        8-bit gray or RGB with or without transparency, all of one size.

    Returns
    -------
    bytes
    """
    indexed = reduce(pictures)
    frames = _frames(indexed, pictures)
    image, _, options = next(frames)
    buffer = io.BytesIO()
    image.save(buffer, "GIF", optimize=False, **_said_once(pictures[0]), **options)
    parts = [buffer.getvalue()[:-1]]  # all but the byte that ends the file
    for image, offset, options in frames:
        parts += GifImagePlugin.getdata(image, offset, **options)
    return b"".join((*parts, b";"))


def _said_once(picture: Picture) -> dict[str, Any]:
    """Pillow's arguments for the comment, and for how often the animation is shown again.

    That it is shown once is said by saying nothing.
    """
    said: dict[str, Any] = {}
    if picture.metadata.texts:
        said["comment"] = picture.metadata.texts[0][1]
    if picture.layout.frames > 1 and picture.layout.loop != 1:
        said["loop"] = max((picture.layout.loop or 0) - 1, 0)
    return said


def _frames(
    indexed: Indexed, pictures: Sequence[Picture]
) -> Iterator[tuple[Image.Image, tuple[int, int], dict[str, Any]]]:
    """Image, place and options of each frame.

    Without transparency a frame is what has changed since the one before. With it, each is whole and is
    cleared away before the next.
    """
    options: dict[str, Any] = {}
    if indexed.transparent is not None:
        options["transparency"] = indexed.transparent
    if len(pictures) > 1:
        options["disposal"] = _KEEP if indexed.transparent is None else _CLEAR
    before: Pixels | None = None
    for frame, picture in zip(indexed.frames, pictures, strict=True):
        rows, columns = slice(None), slice(None)
        if before is not None and indexed.transparent is None:
            rows, columns = _changed(before, frame)
        image = Image.fromarray(np.ascontiguousarray(frame[rows, columns]), "P")
        image.putpalette(indexed.colours)
        duration = {} if picture.duration is None else {"duration": round(picture.duration)}
        yield image, (columns.start or 0, rows.start or 0), options | duration
        before = frame


def _changed(before: Pixels, after: Pixels) -> tuple[slice, slice]:
    """The rectangle outside which two frames are the same; one pixel if they are everywhere."""
    different = before != after
    rows, columns = (_span(np.flatnonzero(different.any(axis=axis))) for axis in (1, 0))
    return rows, columns


def _span(places: Pixels) -> slice:
    return slice(int(places[0]), int(places[-1]) + 1) if places.size else slice(0, 1)
