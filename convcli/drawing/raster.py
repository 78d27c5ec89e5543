"""Animations as GIF and PNG, drawn with Pillow.

Everything is drawn in the numbers of one palette, so that no colour is ever changed afterwards: the edges of
letters take one of a few steps between their ink and the ground they stand on.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from convcli.drawing import layout
from convcli.drawing.frames import Animation, Piece
from convcli.drawing.layout import Box, Outline, Sheet, Text, Texture
from convcli.drawing.themes import Colour, Theme, ThemeName, mix, theme
from convcli.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

MOST_FPS = 50.0  # durations in GIF are hundredths of a second, and viewers show shorter ones than 2 slower
_STEPS = 4  # from a ground to an ink

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


def gif(animation: Animation, *, theme_name: ThemeName = "light", scale: int = 1) -> bytes:
    """Draw an animation as GIF that repeats for ever.

    Parameters
    ----------
    animation : Animation
    theme_name : {"light", "dark", "auto"}
    scale : int
        As of `png`.

    Returns
    -------
    bytes
        The same for the same request.

    Raises
    ------
    UsageError
        If there are more frames a second than the format can say.
    """
    if animation.fps > MOST_FPS:
        raise UsageError(
            f"{animation.fps:g} frames a second are too many: a GIF has at most {MOST_FPS:g}",
            hint="write an SVG, or choose a smaller --fps",
        )
    canvas = _Canvas(layout.compose(animation), theme(theme_name), scale)
    frames = canvas.frames()
    buffer = io.BytesIO()
    next(frames).save(
        buffer,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=_durations(animation),
        loop=0,
        disposal=1,
        # What stays as it is becomes transparent, which packs well.
        palette=bytes(canvas.palette),
        transparency=len(canvas.palette) // 3 - 1,
        optimize=True,
        comment=f"{animation.title}. {animation.description}".encode("ascii", "replace"),
    )
    return buffer.getvalue()


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
        # The last one is not drawn with: it stands for what has not changed since the frame before.
        self.palette = [value for colour in (*palette, colours["ground"]) for value in colour]

    def frames(self) -> Iterator[Image]:
        """All frames, one after the other."""
        for number in range(len(self.sheet.layers)):
            yield self.draw(number)

    def draw(self, number: int) -> Image:
        """One frame as an image with a palette."""
        from PIL import Image, ImageDraw

        size = (self.sheet.width * self.scale, self.sheet.height * self.scale)
        image = Image.new("P", size, self.indices["ground"])
        image.putpalette(self.palette)
        pen = ImageDraw.Draw(image)
        for shape in self.sheet.shapes(number):
            if isinstance(shape, Text):
                self._text(image, shape)
                continue
            x, y = shape.x * self.scale, shape.y * self.scale
            corner = (x + shape.width * self.scale - 1, y + shape.height * self.scale - 1)
            if isinstance(shape, Box):
                line = self.indices[shape.line] if shape.line else None
                fill, width = self.indices[shape.fill], self.scale if shape.line else 0
                pen.rectangle(((x, y), corner), fill=fill, outline=line, width=width)
            elif isinstance(shape, Outline):
                width = shape.thickness * self.scale
                pen.rectangle(((x, y), corner), outline=self.indices["accent"], width=width)
            else:
                self._texture(image, shape)
        return image

    def _texture(self, image: Image, shape: Texture) -> None:
        scale, period = self.scale, layout.TEXTURE_PERIOD
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
        for frame in range(len(sheet.layers))
        for shape in sheet.shapes(frame)
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

    period = layout.TEXTURE_PERIOD * scale
    across, down = (part * scale for part in phase)

    def marked(x: int, y: int) -> bool:
        if kind == "hatch":
            return (x + y) % period < scale
        return all(period // 2 - scale <= place % period < period // 2 + scale for place in (x, y))

    pixels = bytes(255 * marked(across + x, down + y) for y in range(size[1]) for x in range(size[0]))
    return Image.frombytes("L", size, pixels)
