"""Animations as GIF and PNG, drawn with Pillow.

Everything is drawn in the numbers of one palette, so that no colour is ever changed afterwards: the edges of
letters take one of a few steps between their ink and the ground they stand on.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from convcli.drawing import layout
from convcli.drawing.frames import Animation, Piece
from convcli.drawing.shapes import TEXTURE_PERIOD, Block, Box, Outline, Sheet, Text, Texture
from convcli.drawing.themes import Colour, Theme, ThemeName, mix, theme
from convcli.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

MOST_FPS = 50.0  # durations in GIF are hundredths of a second, and viewers show shorter ones than 2 slower
_STEPS = 4  # from a ground to an ink
_KEEP = 1  # what becomes of a frame of a GIF when its time is over

_Pair = tuple[str, str]  # an ink and the ground under it


def png(animation: Animation, *, frame: int = -1, theme_name: ThemeName = "light", scale: int = 1) -> bytes:
    """Draw one frame as PNG.

    Parameters
    ----------
    animation : Animation
    frame : int
        Index of the frame.
    theme_name : {"light", "dark", "auto"}
        ``auto`` is light: a picture cannot follow its reader.
    scale : int
        Pixels of the picture for each pixel of the layout; 2 is sharp on dense screens.

    Returns
    -------
    bytes
        The same for the same request.
    """
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("Title", animation.title)
    texts.add_text("Description", f"{animation.description} {animation.frames[frame].caption}.")
    canvas = _Canvas(layout.compose(animation), theme(theme_name), scale)
    buffer = io.BytesIO()
    canvas.draw(range(len(animation.frames))[frame]).save(buffer, "PNG", optimize=True, pnginfo=texts)
    return buffer.getvalue()


def gif(
    animation: Animation,
    *,
    theme_name: ThemeName = "light",
    scale: int = 1,
    watch: Callable[[float], None] | None = None,
) -> bytes:
    """Draw an animation as GIF that repeats for ever.

    Parameters
    ----------
    animation : Animation
    theme_name : {"light", "dark", "auto"}
    scale : int
        As of `png`.
    watch : callable, optional
        Gets the number of frames that are drawn, after each.

    Returns
    -------
    bytes
        The same for the same request.

    Raises
    ------
    UsageError
        If there are more frames a second than the format can say.
    """
    from PIL import GifImagePlugin

    if animation.fps > MOST_FPS:
        raise UsageError(
            f"{animation.fps:g} frames a second are too many: a GIF has at most {MOST_FPS:g}",
            hint="write an SVG, or choose a smaller --fps",
        )
    canvas = _Canvas(layout.compose(animation), theme(theme_name), scale)
    durations = _durations(animation)
    frames = zip(canvas.frames(), durations, strict=True)
    before, duration = next(frames)
    buffer = io.BytesIO()
    comment = f"{animation.title}. {animation.description}".encode("ascii", "replace")
    once = {"loop": 0, "comment": comment, "optimize": False}
    canvas.coloured(before).save(buffer, "GIF", duration=duration, disposal=_KEEP, **once)
    parts = [buffer.getvalue()[:-1]]  # all but the byte that ends the file
    for number, (frame, duration) in enumerate(frames, start=2):
        changed, place = canvas.change(before, frame)
        options = {"duration": duration, "disposal": _KEEP, "transparency": canvas.transparent}
        parts += GifImagePlugin.getdata(changed, place, **options)
        before = frame
        if watch is not None:
            watch(number)
    return b"".join((*parts, b";"))


def _durations(animation: Animation) -> list[int]:
    """Milliseconds of each frame, in whole hundredths of a second that never run away from the true time."""
    moments = [round(100 * number / animation.fps) for number in range(len(animation.frames) + 1)]
    return [10 * (end - begin) for begin, end in pairwise(moments)]


class _Canvas:
    """Draws the frames of a sheet in one palette."""

    def __init__(self, sheet: Sheet, colours: Theme, scale: int) -> None:
        self.sheet, self.scale = sheet, scale
        self.indices: dict[str | tuple[_Pair, int], int] = {}
        palette: list[Colour] = []
        for name in colours.colours:
            self.indices[name] = len(palette)
            palette.append(colours[name])
        for ink, ground in sorted(_pairs(sheet)):
            for step in range(1, _STEPS):
                self.indices[(ink, ground), step] = len(palette)
                palette.append(mix(colours[ink], colours[ground], step / _STEPS))
        self.transparent = len(palette)  # not drawn with: it stands for what is as in the frame before
        self.palette = [value for colour in (*palette, colours["ground"]) for value in colour]

    def draw(self, number: int) -> Image:
        """One frame."""
        image = self._empty()
        for block in self.sheet.frames[number]:
            self._block(image, block)
        return self.coloured(self._outlined(image, number))

    def frames(self) -> Iterator[Image]:
        """All frames in the numbers of the palette, each made from the one before."""
        image = self._empty()
        shown: Sequence[Block | None] = [None] * len(self.sheet.frames[0])
        for number, blocks in enumerate(self.sheet.frames):
            for before, block in zip(shown, blocks, strict=True):
                if block is not before:
                    self._block(image, block)
            shown = blocks
            yield self._outlined(image.copy(), number)

    def coloured(self, image: Image) -> Image:
        """The same numbers as colours of the palette."""
        copy = image.copy()
        copy.putpalette(self.palette)
        return copy

    def change(self, before: Image, after: Image) -> tuple[Image, tuple[int, int]]:
        """What is new in a frame, and where; all else around it is transparent."""
        from PIL import ImageChops

        difference = ImageChops.difference(before, after)
        area = difference.getbbox() or (0, 0, 1, 1)
        unchanged = difference.crop(area).point([255, *[0] * 255])
        part = after.crop(area)
        part.paste(self.transparent, (0, 0), unchanged)
        return self.coloured(part), area[:2]

    def _empty(self) -> Image:
        from PIL import Image

        size = (self.sheet.width * self.scale, self.sheet.height * self.scale)
        return Image.new("L", size, self.indices["ground"])

    def _block(self, image: Image, block: Block) -> None:
        """Draw a block over whatever was there."""
        from PIL import ImageDraw

        pen = ImageDraw.Draw(image)
        pen.rectangle(self._corners(block), fill=self.indices["ground"])
        for shape in block.shapes:
            if isinstance(shape, Text):
                self._text(image, shape)
            elif isinstance(shape, Box):
                line = self.indices[shape.line] if shape.line else None
                fill, width = self.indices[shape.fill], self.scale if shape.line else 0
                pen.rectangle(self._corners(shape), fill=fill, outline=line, width=width)
            elif isinstance(shape, Texture):
                self._texture(image, shape)

    def _outlined(self, image: Image, number: int) -> Image:
        from PIL import ImageDraw

        pen = ImageDraw.Draw(image)
        for shape in self.sheet.outlines[number]:
            width = shape.thickness * self.scale
            pen.rectangle(self._corners(shape), outline=self.indices["accent"], width=width)
        return image

    def _corners(self, shape: Box | Block | Outline) -> tuple[tuple[int, int], tuple[int, int]]:
        x, y, scale = shape.x, shape.y, self.scale
        last = (x + shape.width) * scale - 1, (y + shape.height) * scale - 1
        return (x * scale, y * scale), last

    def _texture(self, image: Image, shape: Texture) -> None:
        scale, period = self.scale, TEXTURE_PERIOD
        size = (shape.width * scale, shape.height * scale)
        mask = _texture_mask(shape.kind, size, (shape.x % period, shape.y % period), scale)
        x, y = shape.x * scale, shape.y * scale
        image.paste(self.indices["texture"], (x, y, x + size[0], y + size[1]), mask)

    def _text(self, image: Image, shape: Text) -> None:
        x, y = shape.x * self.scale, shape.y * self.scale
        font = _font(shape.size * self.scale)
        if shape.anchor != "start":
            length = sum(font.getlength(piece.text) for piece in shape.pieces)
            x -= round(length / 2 if shape.anchor == "middle" else length)
        start = float(x)
        for piece in shape.pieces:
            ink = _ink(piece, shape)
            left, top, masks = _letters(piece.text, shape.size * self.scale)
            for step, mask in enumerate(masks, start=1):
                index = self.indices[ink] if step == _STEPS else self.indices[(ink, shape.ground), step]
                at = (round(start) + left, y + top)
                image.paste(index, (*at, at[0] + mask.width, at[1] + mask.height), mask)
            start += font.getlength(piece.text)


def _ink(piece: Piece, shape: Text) -> str:
    return str(piece.tone) or shape.ink


def _pairs(sheet: Sheet) -> set[_Pair]:
    """Every ink that stands on a ground anywhere in the animation."""
    return {
        (_ink(piece, shape), shape.ground)
        for block in sheet.blocks()
        for shape in block.shapes
        if isinstance(shape, Text)
        for piece in shape.pieces
    }


@cache
def _font(size: int) -> FreeTypeFont:
    """The font that Pillow brings, so that the same text is the same pixels on every machine."""
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType")
    return font


@cache
def _letters(text: str, size: int) -> tuple[int, int, list[Image]]:
    """A text as masks, one for each step from its ground to its ink, and their place on the base line."""
    from PIL import Image, ImageDraw

    font = _font(size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text, anchor="ls"))
    image = Image.new("L", (max(right - left, 1) + 2, max(bottom - top, 1) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, fill=255, font=font, anchor="ls")
    steps = [round(value * _STEPS / 255) for value in range(256)]
    masks = [image.point([255 * (at == step) for at in steps], "1") for step in range(1, _STEPS + 1)]
    return left - 1, top - 1, masks


@cache
def _texture_mask(kind: str, size: tuple[int, int], phase: tuple[int, int], scale: int) -> Image:
    """Where a texture has its lines or dots, in a rectangle that begins at `phase` of the pattern."""
    from PIL import Image

    period = TEXTURE_PERIOD * scale
    across, down = (part * scale for part in phase)

    def marked(x: int, y: int) -> bool:
        if kind == "hatch":
            return (x + y) % period < scale
        return all(period // 2 - scale <= place % period < period // 2 + scale for place in (x, y))

    pixels = bytes(255 * marked(across + x, down + y) for y in range(size[1]) for x in range(size[0]))
    return Image.frombytes("L", size, pixels)
