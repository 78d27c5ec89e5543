"""How a worked convolution is staged: which panels there are, and what each step lights up in them.

Along one axis the kernel slides under the padded input and the output fills up below them. Along two axes
input, kernel and output stand side by side, and the weights are written small into the window. Further
channels, and the slices of a third axis, are stacked. Transposed convolutions are shown over the stretched
input, where they are convolutions of stride 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcli.arithmetic.worked import Step, Worked, stretched
from convcli.drawing import wording
from convcli.drawing.frames import Animation, Frame, Panel
from convcli.drawing.panels import InputPanels, KernelPanels, OutputPanels, strip
from convcli.errors import ConvError, ShapeError

MOST_FRAMES = 1_000


def animate(
    worked: Worked,
    *,
    title: str | None = None,
    fps: float = 1.0,
    blank: bool = False,
    decimals: bool = False,
    numbers: Sequence[int] | None = None,
) -> Animation:
    """Stage a worked convolution, one frame an output.

    Parameters
    ----------
    worked : Worked
    title : str, optional
        In place of the name of the operation.
    fps : float
        Frames a second, above 0.
    blank : bool
        Show the geometry without numbers.
    decimals : bool
        Write fractions as decimals where they end.
    numbers : sequence of int, optional
        The steps to show, counted from 0; all of them by default.

    Returns
    -------
    Animation

    Raises
    ------
    ShapeError
        If the output is empty.
    ConvError
        If there are more than `MOST_FRAMES` frames.
    """
    chosen = range(worked.step_count) if numbers is None else numbers
    if not worked.step_count:
        raise ShapeError(
            "the output is empty: there is nothing to draw", hint="use a smaller kernel or more padding"
        )
    if len(chosen) > MOST_FRAMES:
        raise ConvError(
            f"an animation of {len(chosen):,} frames is too long, one an output: at most {MOST_FRAMES:,}",
            hint="use a smaller input or a larger --stride, or draw one step with --frame",
        )
    writer = wording.Writer(worked, decimals=decimals)
    stage = _Stage(worked, writer, blank=blank)
    frames = tuple(
        stage.frame(number, step) for number, step in zip(chosen, stage.drawn.steps(chosen), strict=True)
    )
    return Animation(
        title=title or worked.operation.capitalize(),
        subtitle=wording.parameters(worked),
        description=writer.description(frames=len(frames), blank=blank),
        frames=frames,
        fps=fps,
    )


class _Stage:
    """The panels of one worked convolution, and how they stand."""

    def __init__(self, worked: Worked, writer: wording.Writer, *, blank: bool) -> None:
        self.worked, self.drawn, self.writer, self.blank = worked, stretched(worked), writer, blank
        self.flat = worked.ndim == 1
        self.sliding = worked.kernel is not None
        shown = self.sliding and not blank and not self.flat
        self.inputs = InputPanels(self.drawn, writer, blank=blank, weighted=shown)
        self.kernels = KernelPanels(self.drawn, writer) if shown else None
        self.outputs = OutputPanels(worked, writer, blank=blank)

    def frame(self, number: int, step: Step) -> Frame:
        """Return the frame of one step."""
        formula = () if self.blank else self.writer.formula(step)
        caption = self.writer.caption(number, self.worked.step_count)
        outputs = tuple(self.outputs.at(number))
        if self.flat:
            return Frame(((*self._strips(step), *outputs),), formula, caption)
        inputs = tuple(panel for panel, _ in self.inputs.at(step))
        kernels = () if self.kernels is None else (self.kernels.at(step),)
        return Frame((inputs, *kernels, outputs), formula, caption)

    def _strips(self, step: Step) -> Iterator[Panel]:
        """The channels of an input along one axis, each with its kernel under it."""
        for panel, places in self.inputs.at(step):
            yield panel
            if self.sliding:
                yield strip(places, panel.shape[1], self.writer, blank=self.blank)
