"""Blurring: a weighted mean of neighbours, with transparency taken into account."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from convcli import engine
from convcli.kernels import Kernel

from .convolving import Setting
from .picture import Layout, Picture, Pixels

_OPAQUE = 255
_VISIBLE = 0.5  # less alpha than this is stored as 0
_TOLERANCE = 1e-3  # of an alpha step: what float32 sums of 8-bit values stay within


@dataclass(frozen=True, slots=True)
class Blur:
    """Blur with a kernel whose weights sum to 1.

    Parameters
    ----------
    kernel : Kernel
    setting : Setting
    """

    kernel: Kernel
    setting: Setting = field(default_factory=Setting)

    def plan(self, layout: Layout) -> engine.Plan:
        """Return the engine's plan, and refuse what cannot be done.

        Raises
        ------
        UsageError, ShapeError, ConvError
            If a constant border is out of range, the kernel does not fit, or the method does not apply.
        """
        self.setting.check_border(layout)
        return self.setting.plan(layout.shape, layout.dtype, self.kernel.plane)

    def result(self, layout: Layout) -> Layout:
        """Return the kind of the result, which is that of the picture."""
        return layout

    def apply(self, picture: Picture) -> tuple[Pixels, int]:
        """Blur a picture.

        Parameters
        ----------
        picture : Picture

        Returns
        -------
        pixels : ndarray, shape (H', W') or (H', W', C)
            Of the picture's dtype.
        clipped : int
            Samples that left the range: none, a mean stays inside.

        Notes
        -----
        Colours count by their opacity, as light does: with straight alpha a and colour c the result is
        sum(w a c) / sum(w a), so what is transparent lends no colour. Where everything under the kernel is
        opaque this is the plain sum(w c), and is computed as such. Where hardly anything is left (less than
        half a step of alpha) the colour is 0.
        """
        if picture.alpha is None or self._stays_opaque(picture.alpha):
            return self.setting.convolve(picture.pixels, self.kernel.plane), 0
        return self._weighted(picture.colours, picture.alpha), 0

    def measure(self, plan: engine.Plan, picture: Picture) -> engine.Plan:
        """Return the plan with the times that its candidates take on the picture."""
        return engine.measure(plan, picture.pixels, self.kernel.plane)

    def _stays_opaque(self, alpha: Pixels) -> bool:
        """Whether nothing is transparent inside, nor outside by the border's rule."""
        return not self.setting.border.constant and bool((alpha == _OPAQUE).all())

    def _weighted(self, colours: Pixels, alpha: Pixels) -> Pixels:
        """Blur colours by their opacity, and the opacity itself."""
        weights = self.kernel.plane
        coverage = self.setting.for_alpha(_OPAQUE).convolve(alpha, weights, out_dtype=np.float32)
        result = np.empty((*coverage.shape, colours.shape[-1] + 1), np.uint8)
        result[..., :-1] = self.setting.convolve(colours, weights)
        result[..., -1] = np.clip(np.rint(coverage), 0, _OPAQUE)
        # Products of two 8-bit values fit 16 bits, so the engine starts from exact numbers.
        mean = self.setting.for_light(_OPAQUE).convolve(
            colours * alpha[..., np.newaxis].astype(np.uint16), weights, out_dtype=np.float32
        )
        mean /= np.maximum(coverage, _VISIBLE)[..., np.newaxis]
        mean[coverage <= _VISIBLE] = 0
        np.clip(np.rint(mean, out=mean), 0, _OPAQUE, out=mean)
        mixed = coverage < _OPAQUE - _TOLERANCE
        np.copyto(result[..., :-1], mean, where=mixed[..., np.newaxis], casting="unsafe")
        return result
