"""The filters of PNG: each row as its differences from what is left of it and above (PNG specification, 9).

They work on bytes, whatever the depth of the samples, and modulo 256.
"""

from __future__ import annotations

import numpy as np

from .picture import Pixels

NONE, UP, PAETH = 0, 2, 4  # of the five, as they are numbered in the file


def filtered(rows: Pixels, above: Pixels, bytes_per_pixel: int, kind: int) -> Pixels:
    """Filter some rows.

    Parameters
    ----------
    rows : ndarray of uint8, shape (H, B)
        Bytes of the rows.
    above : ndarray of uint8, shape (B,)
        The row above the first; zeros where there is none.
    bytes_per_pixel : int
        How far left the neighbour is.
    kind : int
        `NONE`, `UP` or `PAETH`.

    Returns
    -------
    ndarray of uint8, shape (H, 1 + B)
        As they are stored: the number of the filter before each row.
    """
    height, width = rows.shape
    stored = np.empty((height, 1 + width), np.uint8)
    stored[:, 0] = kind
    if kind == NONE:
        stored[:, 1:] = rows
        return stored
    # A pixel of zeros stands before each row.
    padded = np.zeros((height + 1, bytes_per_pixel + width), np.uint8)
    padded[0, bytes_per_pixel:] = above
    padded[1:, bytes_per_pixel:] = rows
    up = padded[:-1, bytes_per_pixel:]
    expected = up if kind == UP else _paeth(padded[1:, :width], up, padded[:-1, :width])
    np.subtract(rows, expected, out=stored[:, 1:])
    return stored


def _paeth(left: Pixels, up: Pixels, corner: Pixels) -> Pixels:
    """Whichever of the three is nearest to left + up - corner; the first of those that are as near.

    All distances fit a byte where they matter: the corner can be nearest only if it lies between the other
    two, and then its distance is the difference of theirs.
    """
    from_left = np.maximum(up, corner) - np.minimum(up, corner)
    from_up = np.maximum(left, corner) - np.minimum(left, corner)
    from_corner = np.maximum(from_left, from_up) - np.minimum(from_left, from_up)
    between = (up >= corner) != (left >= corner)
    between &= from_corner < np.minimum(from_left, from_up)
    nearest = np.where(from_left <= from_up, left, up)
    np.copyto(nearest, corner, where=between)
    return nearest
