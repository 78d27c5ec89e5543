"""What an animation of a convolution shows, apart from how it is drawn.

An animation is a list of frames, a frame is columns of panels, a panel is a grid of cells. The renderers for
pictures, vector graphics and the terminal all draw this one model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a cell stands for."""

    INPUT = "input"
    PADDING = "padding"
    INSERTED = "inserted"  # a zero between the samples of a stretched input
    KERNEL = "kernel"
    OUTPUT = "output"
    PENDING = "pending"  # an output that is still to come


class Light(StrEnum):
    """Whether a frame is about a cell."""

    OFF = ""
    READ = "read"  # the window reads it, or it is written now
    CHOSEN = "chosen"  # it is the one that counts: the greatest of a window


class Tone(StrEnum):
    """How loud a piece of text is."""

    PLAIN = ""
    QUIET = "quiet"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid.

    Parameters
    ----------
    role : Role
    text : str
        Its number; empty in blank animations.
    weight : str
        The weight of the kernel that lies on it, written small into its corner.
    light : Light
    """

    role: Role
    text: str = ""
    weight: str = ""
    light: Light = Light.OFF


Row = tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The outline of what one output sees, in cells of a panel.

    Parameters
    ----------
    row, column : int
        The upper left cell.
    rows, columns : int
        Cells down and across, the gaps between the taps included.
    spaced : bool
        Whether there are such gaps, so that each tap needs an outline of its own.
    """

    row: int
    column: int
    rows: int
    columns: int
    spaced: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A titled grid.

    Parameters
    ----------
    label : str
    cells : tuple of Row
        Rows of one length; None where there is no cell. Rows that stay as they are in the next frame are the
        same objects there.
    window : Window, optional
    apart : bool
        Whether something new begins with it, such as a group of channels, so that it keeps its distance.
    """

    label: str
    cells: tuple[Row, ...]
    window: Window | None = None
    apart: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.cells), len(self.cells[0])

    def placed(self) -> Iterator[tuple[int, int, Cell]]:
        """Row, column and cell of every place that has one."""
        for row, cells in enumerate(self.cells):
            for column, cell in enumerate(cells):
                if cell is not None:
                    yield row, column, cell


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a line of text; lines are broken between pieces only."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment.

    Parameters
    ----------
    columns : tuple of tuples of Panel
        Side by side; the panels of a column stand below each other.
    formula : tuple of Piece
        The output with its numbers put in; empty in blank animations.
    caption : str
        Which step this is; no two frames of an animation have the same.
    """

    columns: tuple[tuple[Panel, ...], ...]
    formula: tuple[Piece, ...]
    caption: str

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, column by column."""
        return tuple(panel for column in self.columns for panel in column)


@dataclass(frozen=True, slots=True)
class Animation:
    """Frames of one geometry: only what stands in the cells, and where the window is, changes.

    Parameters
    ----------
    title, subtitle : str
        Two lines above: what is shown, and its parameters.
    description : str
        The whole in words, for those who cannot see it.
    frames : tuple of Frame
        At least one.
    fps : float
        Frames a second.
    """

    title: str
    subtitle: str
    description: str
    frames: tuple[Frame, ...]
    fps: float = 1.0

    def __post_init__(self) -> None:
        geometries = {
            tuple(tuple((panel.shape, panel.apart) for panel in column) for column in frame.columns)
            for frame in self.frames
        }
        if len(geometries) != 1:
            raise ValueError(f"frames of an animation have one geometry, here are {len(geometries)}")
        if len({frame.caption for frame in self.frames}) != len(self.frames):
            raise ValueError("two frames have the same caption")
