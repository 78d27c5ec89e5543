"""The animations of the guide to convolution arithmetic, drawn anew: 15 of geometry and 4 with numbers.

Names, captions and parameters are those of the guide; the numbers are our own.

References
----------
.. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016,
   https://arxiv.org/abs/1603.07285
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from convcli import files
from convcli.arithmetic.axis import Axis
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked
from convcli.drawing import scenes
from convcli.drawing.frames import Animation
from convcli.drawing.rendering import Format, render
from convcli.drawing.themes import ThemeName
from convcli.errors import CheckErrors, WriteError

# Integers from 0 to 3, and from 0 to 2, as in the guide.
_INPUT = ((3, 1, 0, 0, 1), (0, 2, 1, 1, 0), (1, 0, 0, 2, 2), (2, 1, 1, 0, 1), (0, 1, 2, 1, 3))
_KERNEL = ((0, 1, 2), (2, 1, 0), (1, 0, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One animation: square, with one channel, a correlation or a pooling.

    Parameters
    ----------
    name : str
        Of its file, without suffix.
    caption : str
    size, kernel, padding, stride, dilation, output_padding : int
        Along both axes. The padding and the stride of a transposed one are those of the convolution that it
        transposes.
    transposed : bool
    pool : {"max", "avg"}, optional
    numbers : bool
        Whether the cells have numbers in them.
    """

    name: str
    caption: str
    size: int
    kernel: int = 3
    padding: int = 0
    stride: int = 1
    dilation: int = 1
    output_padding: int = 0
    transposed: bool = False
    pool: Literal["max", "avg"] | None = None
    numbers: bool = False

    def worked(self) -> Worked:
        """Return what is drawn."""
        axis = Axis(
            size=self.size,
            kernel=self.kernel,
            stride=self.stride,
            dilation=self.dilation,
            before=self.padding,
            after=self.padding,
            output_padding=self.output_padding,
            transposed=self.transposed,
        )
        kernel = Tensor.of(_KERNEL) if self.numbers else Tensor.full((self.kernel, self.kernel), 1)
        grid = Tensor.of(_INPUT) if self.numbers else Tensor.full((self.size, self.size), 1)
        return Worked(
            input=grid.reshaped((1, *grid.shape)),
            kernel=None if self.pool else kernel.reshaped((1, 1, *kernel.shape)),
            axes=(axis, axis),
            correlate=True,
            pool=self.pool,
        )

    def animation(self, *, fps: float = 1.0) -> Animation:
        """Return its frames, one for each cell of the output."""
        return scenes.animate(self.worked(), title=self.caption, fps=fps, blank=not self.numbers)


CATALOGUE: tuple[Entry, ...] = (
    Entry(name="no_padding_no_strides", caption="No padding, no strides", size=4),
    Entry(
        name="arbitrary_padding_no_strides",
        caption="Arbitrary padding, no strides",
        size=5,
        kernel=4,
        padding=2,
    ),
    Entry(name="same_padding_no_strides", caption="Half padding, no strides", size=5, padding=1),
    Entry(name="full_padding_no_strides", caption="Full padding, no strides", size=5, padding=2),
    Entry(name="no_padding_strides", caption="No padding, strides", size=5, stride=2),
    Entry(name="padding_strides", caption="Padding, strides", size=5, padding=1, stride=2),
    Entry(name="padding_strides_odd", caption="Padding, strides (odd)", size=6, padding=1, stride=2),
    Entry(
        name="no_padding_no_strides_transposed",
        caption="No padding, no strides, transposed",
        size=2,
        transposed=True,
    ),
    Entry(
        name="arbitrary_padding_no_strides_transposed",
        caption="Arbitrary padding, no strides, transposed",
        size=6,
        kernel=4,
        padding=2,
        transposed=True,
    ),
    Entry(
        name="same_padding_no_strides_transposed",
        caption="Half padding, no strides, transposed",
        size=5,
        padding=1,
        transposed=True,
    ),
    Entry(
        name="full_padding_no_strides_transposed",
        caption="Full padding, no strides, transposed",
        size=7,
        padding=2,
        transposed=True,
    ),
    Entry(
        name="no_padding_strides_transposed",
        caption="No padding, strides, transposed",
        size=2,
        stride=2,
        transposed=True,
    ),
    Entry(
        name="padding_strides_transposed",
        caption="Padding, strides, transposed",
        size=3,
        padding=1,
        stride=2,
        transposed=True,
    ),
    Entry(
        name="padding_strides_odd_transposed",
        caption="Padding, strides, transposed (odd)",
        size=3,
        padding=1,
        stride=2,
        output_padding=1,
        transposed=True,
    ),
    Entry(name="dilation", caption="No padding, no strides, dilation", size=7, dilation=2),
    Entry(
        name="numerical_no_padding_no_strides",
        caption="No padding, no strides, in numbers",
        size=5,
        numbers=True,
    ),
    Entry(
        name="numerical_padding_strides",
        caption="Padding, strides, in numbers",
        size=5,
        padding=1,
        stride=2,
        numbers=True,
    ),
    Entry(
        name="numerical_average_pooling",
        caption="Average pooling, in numbers",
        size=5,
        pool="avg",
        numbers=True,
    ),
    Entry(name="numerical_max_pooling", caption="Max pooling, in numbers", size=5, pool="max", numbers=True),
)


def write(
    folder: str,
    formats: Sequence[Format] = ("gif", "svg"),
    *,
    fps: float = 1.0,
    theme_name: ThemeName = "auto",
    scale: int = 1,
    force: bool = False,
) -> Iterator[str]:
    """Write the whole catalogue, one file for each animation and format.

    Parameters
    ----------
    folder : str
        Created if it is missing.
    formats : sequence of {"gif", "svg", "png"}
        A PNG shows the last frame.
    fps : float
        Frames a second.
    theme_name : {"light", "dark", "auto"}
    scale : int
        As of the renderers.
    force : bool
        Replace existing files.

    Yields
    ------
    str
        The path of each file, once it is written.

    Raises
    ------
    WriteError, CheckErrors
        Before anything is written: a file exists and `force` is not set, or the folder cannot be made.
    """
    place = Path(folder)
    targets = [(entry, kind, place / f"{entry.name}.{kind}") for entry in CATALOGUE for kind in formats]
    existing = [path for _, _, path in targets if path.exists()]
    if existing and not force:
        problems = [
            WriteError(f"{path}: exists already", hint="use --force to replace it, or name another folder")
            for path in existing[:1]
        ]
        if len(existing) > 1:
            problems.append(WriteError(f"{folder}: {len(existing) - 1} more of these files exist already"))
        raise problems[0] if len(problems) == 1 else CheckErrors(problems)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.write_error(folder, error) from None
    for entry, kind, path in targets:
        data = render(entry.animation(fps=fps), kind, theme_name=theme_name, scale=scale)
        files.write_bytes(str(path), data, force=force)
        yield str(path)
