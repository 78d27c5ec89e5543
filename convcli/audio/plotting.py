"""A sound as it was and as it became, as a picture: waveforms and spectrograms on the same scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcli import figures

from .effects import Block
from .overview import Overview

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (12.0, 6.5)  # inches
_COLOURS = ("#2f6690", "#c8553d")  # of odd and even channels
_MAP = "magma"
_RANGE = 90  # dB from the loudest colour to black
_LOWEST = 40  # Hz, where the axis of frequencies begins
_MOST_LANES = 8  # channels that are drawn


class Portrait:
    """Gathers both sounds while they pass, and draws them."""

    def __init__(self) -> None:
        self._sides: dict[str, Overview] = {}

    def before(self, block: Block, rate: int) -> None:
        """See the next block of the input."""
        self._see("before", block, rate)

    def after(self, block: Block, rate: int) -> None:
        """See the next block of the result."""
        self._see("after", block, rate)

    def save(self, target: str, *, title: str, force: bool) -> None:
        """Draw what passed into a file.

        Parameters
        ----------
        target : str
            A name that `figures.check_target` lets pass.
        title : str
        force : bool
            Replace an existing file.

        Raises
        ------
        WriteError
            The file cannot be written.
        """
        with figures.drawn(target, size=_SIZE, force=force) as figure:
            self._draw(figure, title)

    def _see(self, side: str, block: Block, rate: int) -> None:
        if side not in self._sides:
            self._sides[side] = Overview(rate, block.shape[1])
        self._sides[side].push(block)

    def _draw(self, figure: Figure, title: str) -> None:
        grid = figure.subplots(2, 2, sharex=True, height_ratios=(2, 3))
        sides = {name: self._sides.get(name, Overview(1, 1)) for name in ("before", "after")}
        end = max([side.frames / side.rate for side in sides.values()]) or 1.0
        extents = {name: side.extent() for name, side in sides.items()}
        peak = max([float(np.abs(part).max(initial=0)) for _, *both in extents.values() for part in both])
        images = {name: side.spectrogram() for name, side in sides.items()}
        loudest = max([float(levels.max(initial=-200)) for *_, levels in images.values()])
        for (name, side), wave, spectrum in zip(sides.items(), grid[0], grid[1], strict=True):
            _waveform(wave, extents[name], peak or 1.0)
            seconds, frequencies, levels = images[name]
            nyquist = side.rate / 2
            if levels.size:
                mesh = spectrum.pcolormesh(
                    seconds,
                    frequencies,
                    levels,
                    cmap=_MAP,
                    vmin=loudest - _RANGE,
                    vmax=loudest,
                    rasterized=True,
                )
            spectrum.set_facecolor("black")
            wave.set(title=name, xlim=(0, end))
            spectrum.set(yscale="log", ylim=(min(_LOWEST, nyquist / 2), nyquist), xlabel="seconds")
            spectrum.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        grid[1, 0].set_ylabel("Hz")
        grid[0, 0].set_ylabel("channel")
        if any(levels.size for *_, levels in images.values()):
            figure.colorbar(mesh, ax=grid[1, :], label="dBFS", pad=0.01)
        figure.suptitle(title, fontsize=11)


def _waveform(axes: Axes, extent: tuple[np.ndarray, np.ndarray, np.ndarray], peak: float) -> None:
    """Draw the range of each channel in a lane of its own, the first on top."""
    seconds, low, high = extent
    lanes = min(low.shape[1], _MOST_LANES)
    for lane in range(lanes):
        centre = -2.1 * peak * lane
        axes.fill_between(
            seconds,
            centre + low[:, lane],
            centre + high[:, lane],
            color=_COLOURS[lane % 2],
            linewidth=0.4,
        )
        axes.axhline(centre, color="black", linewidth=0.3, alpha=0.5)
    ticks = {peak: f"{peak:.3g}", **{-2.1 * peak * lane: f"{lane + 1}" for lane in range(lanes)}}
    axes.set_ylim(-2.1 * peak * (lanes - 1) - 1.05 * peak, 1.05 * peak)
    axes.set_yticks(list(ticks), list(ticks.values()))
