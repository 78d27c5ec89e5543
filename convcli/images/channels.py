"""Which channels of a picture are filtered, and what becomes of the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcli.errors import UsageError

from .bands import by_rows
from .light import Curve
from .picture import Layout, Picture, Pixels
from .setting import Setting

# Share of red, green and blue in how bright a colour looks: Recommendation ITU-R BT.709.
_LUMINANCE = {"R": 0.2126, "G": 0.7152, "B": 0.0722}


@dataclass(frozen=True, slots=True)
class Selection:
    """Channels to filter.

    Parameters
    ----------
    layout : Layout
        The picture they belong to.
    channels : tuple of int
        Positions of the channels that are filtered by themselves.
    alpha : bool
        Whether transparency is filtered beside the colours.
    gray : bool
        Whether the channels are mixed to their luminance first.
    curve : Curve or None
        How the samples stand for light, if that is to be filtered.
    """

    layout: Layout
    channels: tuple[int, ...]
    alpha: bool = False
    gray: bool = False
    curve: Curve | None = None

    @property
    def result(self) -> Layout:
        """The layout of the picture that results."""
        if not self.gray:
            return self.layout
        return replace(self.layout, channels=("L", "A") if self.layout.has_alpha else ("L",))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what `values` gives."""
        size = (self.layout.height, self.layout.width)
        count = len(self.channels)
        return size if self.gray or count == 1 else (*size, count)

    @property
    def colours(self) -> bool:
        """Whether what is filtered are colours that transparency may hide."""
        alpha = len(self.layout.channels) - 1
        return self.layout.has_alpha and not self.layout.premultiplied and alpha not in self.channels

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of what `values` gives."""
        light = self.curve.light_dtype if self.curve else self.layout.dtype
        return _mixture(light) if self.gray and len(self.channels) > 1 else light

    def values(self, pixels: Pixels, *, workers: int | None = None) -> Pixels:
        """Return what is to be filtered, shape (H, W) or (H, W, C): a view of the pixels where it can be."""
        chosen, curve = self._chosen(pixels), self.curve
        mixed = self.gray and chosen.ndim == 3
        if curve is None and not mixed:
            return chosen
        result = np.empty(chosen.shape[:2] if mixed else chosen.shape, self.dtype)

        def fill(rows: slice) -> None:
            part = curve.decode(chosen[rows]) if curve else chosen[rows]
            result[rows] = self._luminance(part) if mixed else part

        by_rows(fill, chosen.shape, workers=workers)
        return result

    def _chosen(self, pixels: Pixels) -> Pixels:
        if pixels.ndim == 2:
            return pixels
        first, count = self.channels[0], len(self.channels)
        return pixels[..., first] if count == 1 else pixels[..., first : first + count]

    def _luminance(self, samples: Pixels) -> Pixels:
        """Mix red, green and blue, shape (H, W, 3), to their luminance, not rounded, shape (H, W)."""
        mixed = np.zeros(samples.shape[:2], _mixture(samples.dtype))
        for position, channel in enumerate(self.channels):
            mixed += samples[..., position] * mixed.dtype.type(_LUMINANCE[self.layout.channels[channel]])
        return mixed

    def in_light(self, setting: Setting) -> Setting:
        """Return the setting with a constant outside in the units of what `values` gives."""
        if self.curve is None:
            return setting
        return setting.with_outside(self.curve.level(float(setting.border.value)))

    def assemble(
        self, filtered: Pixels, alpha: Pixels | None, picture: Picture, setting: Setting, weights: Pixels
    ) -> Pixels:
        """Put filtered channels and those that are kept together.

        Parameters
        ----------
        filtered : ndarray, shape (H', W') or (H', W', C)
        alpha : ndarray, shape (H', W'), or None
            The filtered transparency, if it is.
        picture : Picture
        setting : Setting
        weights : ndarray
            What was convolved with: a kept channel is that of the pixel in the middle of each window.
        """
        channels = len(self.result.channels)
        if channels == 1 or len(self.channels) == channels:
            return filtered
        result = np.empty((*filtered.shape[:2], channels), filtered.dtype)
        into = (0,) if self.gray else self.channels
        result[..., into[0] : into[-1] + 1] = filtered if filtered.ndim == 3 else filtered[..., np.newaxis]
        if alpha is None and self.layout.has_alpha and channels - 1 not in into:
            alpha = self.alpha_of(picture, setting, weights.shape, filtered.dtype)
        if alpha is not None:
            result[..., -1] = alpha
        for channel in range(channels - (alpha is not None)):
            if channel not in into:
                result[..., channel] = setting.middle(picture.pixels[..., channel], weights.shape)
        return result

    def alpha_of(
        self, picture: Picture, setting: Setting, kernel_shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> Pixels | None:
        """Return the transparency of the pixel in the middle of each window, None if there is none.

        In a result of real numbers it goes from 0 to 1.
        """
        if picture.alpha is None:
            return None
        middle = setting.with_outside(self.layout.opaque).middle(picture.alpha, kernel_shape)
        if dtype.kind != "f" or middle.dtype.kind == "f":
            return middle
        opacity: Pixels = middle / dtype.type(self.layout.opaque)
        return opacity


def _mixture(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Type of a luminance that is exact enough to be rounded once after it was filtered."""
    return np.dtype(np.float32 if dtype in (np.float16, np.float32) else np.float64)


def select(
    layout: Layout, choice: str | None, *, default: str, alike: bool = False, curve: Curve | None = None
) -> Selection:
    """Find the channels that are meant.

    Parameters
    ----------
    layout : Layout
    choice : str or None
        ``rgb`` the colours, ``rgba`` transparency too, ``gray`` the colours mixed to their luminance, or the
        name of one channel, whose case counts only if two names differ in nothing else.
    default : str
        What None means.
    alike : bool
        Whether transparency, if it is filtered, is filtered as the colours are.
    curve : Curve or None
        How the samples stand for light, if that is to be filtered.

    Raises
    ------
    UsageError
        If there is no such channel, or the colours are not red, green and blue.
    """
    names = layout.channels
    colours = tuple(range(len(names) - layout.has_alpha))
    match (choice or default).lower():
        case "rgb":
            return Selection(layout, colours, curve=curve)
        case "rgba" if alike or layout.premultiplied:
            return Selection(layout, tuple(range(len(names))))
        case "rgba":
            return Selection(layout, colours, alpha=layout.has_alpha, curve=curve)
        case "gray":
            if len(colours) > 1 and sorted(names[channel] for channel in colours) != sorted(_LUMINANCE):
                raise UsageError(
                    f"--channels gray: {_listed(names)} have no luminance", hint="convert it to RGB first"
                )
            return Selection(layout, colours, gray=True, curve=curve)
    channel = _named(names, choice or default)
    return Selection(layout, (channel,), curve=curve if channel in colours else None)


def _named(names: tuple[str, ...], name: str) -> int:
    """Position of a channel."""
    folded = [other.lower() for other in names]
    if name in names:
        return names.index(name)
    if folded.count(name.lower()) == 1:
        return folded.index(name.lower())
    raise UsageError(
        f"--channels {name}: there is no such channel",
        hint=f"choose rgb, rgba, gray or one of {', '.join(names)}",
    )


def _listed(names: tuple[str, ...]) -> str:
    return f"channel {names[0]}" if len(names) == 1 else f"channels {', '.join(names)}"
