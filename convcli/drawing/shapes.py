"""What a drawing is made of: a few kinds of shapes, in whole pixels, that every renderer knows how to draw.

Shapes are values. Those that keep their place together make a block, and a block that stays as it is from one
frame to the next is the same object, so that a renderer can draw it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convcli.drawing.frames import Piece

TEXTURE_PERIOD = 8  # pixels from one line of hatching, or one dot, to the next


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; `line` is the colour of its border, of one pixel, inside."""

    x: int
    y: int
    width: int
    height: int
    fill: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Texture:
    """Hatching or dots over a rectangle, continued from one to its neighbour."""

    x: int
    y: int
    width: int
    height: int
    kind: str  # "hatch" or "dots"


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: its pieces one after the other, each in the ink of its tone.

    `x` is the left end, the middle or the right end of the base line, as `anchor` says.
    """

    x: int
    y: int
    size: int
    pieces: tuple[Piece, ...]
    ground: str = "ground"
    anchor: str = "start"  # "middle", "end"
    ink: str = "text"  # of plain pieces


@dataclass(frozen=True, slots=True)
class Outline:
    """A frame around a rectangle; its line is drawn inwards."""

    x: int
    y: int
    width: int
    height: int
    thickness: int


Shape = Box | Texture | Text | Outline


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A rectangle and all that is in it, from the ground up; it is told from others by identity.

    Parameters
    ----------
    x, y, width, height : int
        Pixels. Neighbours may share a border.
    shapes : tuple of Shape
    """

    x: int
    y: int
    width: int
    height: int
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An animation as shapes.

    Parameters
    ----------
    width, height : int
        Pixels.
    frames : tuple of tuples of Block
        As many in each frame, of the same rectangles in the same order; they do not lie on each other.
    outlines : tuple of tuples of Outline
        For each frame, on top of all blocks.
    """

    width: int
    height: int
    frames: tuple[tuple[Block, ...], ...]
    outlines: tuple[tuple[Outline, ...], ...]

    def shapes(self, frame: int) -> Iterator[Shape]:
        """All shapes of a frame, from the ground up."""
        for block in self.frames[frame]:
            yield from block.shapes
        yield from self.outlines[frame]

    def blocks(self) -> Iterator[Block]:
        """Every block of the animation once."""
        seen: set[Block] = set()
        for blocks in self.frames:
            fresh = [block for block in blocks if block not in seen]
            seen.update(fresh)
            yield from fresh
