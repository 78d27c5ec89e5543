"""Animations as SVG: one file without scripts, that follows the colours and the motion its reader prefers.

Every shape is written once. Those that are not always there stand in groups, one for each set of frames,
which the style sheet shows and hides in turn; without animation those of the last frame are shown. Names
begin with one of the drawing's own, so that several drawings may stand in one page.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from convcli.drawing import layout
from convcli.drawing.frames import Animation, Tone
from convcli.drawing.shapes import TEXTURE_PERIOD, Block, Box, Outline, Shape, Sheet, Text, Texture
from convcli.drawing.themes import DARK, Theme, ThemeName, theme

_FONTS = "'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"


def animated(animation: Animation, *, theme_name: ThemeName = "auto", scale: int = 1) -> str:
    """Draw an animation that repeats for ever; one of a single frame does not move.

    Parameters
    ----------
    animation : Animation
    theme_name : {"light", "dark", "auto"}
        ``auto`` has the colours that the reader prefers.
    scale : int
        Pixels on the screen for each pixel of the layout.

    Returns
    -------
    str
        The text of the file, the same for the same request.
    """
    sheet = layout.compose(animation)
    groups = _Groups(sheet)
    told = f"{animation.title}{animation.description}{theme_name}{animation.fps}{''.join(groups.parts)}"
    name = f"c{zlib.crc32(told.encode()) >> 8:06x}"
    style = [*_colours(name, theme_name), *groups.motion(name, len(animation.frames) / animation.fps)]
    width, height = sheet.width, sheet.height
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" width="{width * scale}" '
            f'height="{height * scale}" viewBox="0 0 {width} {height}" role="img" '
            f'aria-labelledby="{name}-title {name}-description">',
            f'<title id="{name}-title">{escape(animation.title)}</title>',
            f'<desc id="{name}-description">{escape(animation.description)}</desc>',
            "<style>",
            *style,
            "</style>",
            *_patterns(name),
            f'<rect class="ground" width="{width}" height="{height}"/>',
            *groups.parts,
            "</svg>\n",
        )
    )


def _rules(name: str, rules: Mapping[str, str]) -> str:
    """Rules of a style sheet, by selector, for the drawing of a name alone."""
    return "\n".join(f"#{name} {selector}{{{body}}}" for selector, body in rules.items())


# --- what there is, and when --------------------------------------------------------------------


class _Groups:
    """The shapes of a sheet by the frames in which they are seen.

    Parameters
    ----------
    sheet : Sheet

    Attributes
    ----------
    parts : list of str
        The elements of the drawing, from the ground up.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.count = len(sheet.frames)
        self.names: dict[tuple[int, ...], str] = {}
        self.parts = [part for seen in _layers(sheet) for part in self._layer(seen)]

    def _layer(self, seen: Mapping[Shape, Sequence[int]]) -> Iterator[str]:
        """The elements of one layer, those that are not always there in groups."""
        always = self._always(seen)
        # Texts of one wording that differ only in what is behind them are one element.
        elements: dict[str, set[int]] = {}
        for shape, numbers in seen.items():
            elements.setdefault(_written(shape), set()).update(
                range(self.count) if shape in always else numbers
            )
        groups: dict[tuple[int, ...], list[str]] = {}
        for element, when in elements.items():
            groups.setdefault(tuple(sorted(when)), []).append(element)
        yield from groups.pop(tuple(range(self.count)), [])
        for moments, members in groups.items():
            resting = "" if self.count - 1 in moments else ' visibility="hidden"'
            yield "".join((f'<g class="{self._name(moments)}"{resting}>', *members, "</g>"))

    def _always(self, seen: Mapping[Shape, Sequence[int]]) -> set[Shape]:
        """Boxes that may always be there, since others of the same rectangle are drawn over them in time."""
        places: dict[tuple[int, ...], list[Shape]] = {}
        for shape in seen:
            if isinstance(shape, Box):
                places.setdefault((shape.x, shape.y, shape.width, shape.height), []).append(shape)
        return {
            max(boxes, key=lambda box: len(seen[box]))
            for boxes in places.values()
            if sum(len(seen[box]) for box in boxes) == self.count
        }

    def _name(self, when: tuple[int, ...]) -> str:
        return self.names.setdefault(when, f"f{len(self.names)}")

    def motion(self, drawing: str, seconds: float) -> Iterator[str]:
        """The rules of the style sheet that show and hide the groups, once in a number of seconds."""
        if not self.names:
            return
        yield "@media (prefers-reduced-motion:no-preference){"
        yield _rules(drawing, {"g": f"animation:{seconds:.6g}s step-end infinite"})
        yield _rules(drawing, {f".{name}": f"animation-name:{drawing}{name}" for name in self.names.values()})
        yield "}"
        for when, name in self.names.items():
            yield f"@keyframes {drawing}{name}{{{self._stops(frozenset(when))}}}"

    def _stops(self, when: frozenset[int]) -> str:
        """The moments at which a group comes, and those at which it goes; each holds until the next."""
        comes = sorted(number for number in when if number - 1 not in when)
        goes = sorted(number + 1 for number in when if number + 1 not in when and number + 1 < self.count)
        goes = goes if 0 in when else [0, *goes]
        written = ""
        for state, numbers in (("visible", comes), ("hidden", goes)):
            if numbers:
                moments = ",".join(_percent(number, self.count) for number in numbers)
                written += f"{moments}{{visibility:{state}}}"
        return written


def _layers(sheet: Sheet) -> list[dict[Shape, list[int]]]:
    """All shapes with the frames in which they are seen, in layers from the ground up.

    Shapes of one layer lie on each other only if they have the same rectangle.
    """
    shown: dict[Block, list[int]] = {}
    for number, blocks in enumerate(sheet.frames):
        for block in blocks:
            shown.setdefault(block, []).append(number)
    layers: list[dict[Shape, list[int]]] = [{} for _ in range(5)]
    for block, numbers in shown.items():
        for shape in block.shapes:
            layers[_depth(shape)].setdefault(shape, []).extend(numbers)
    for number, outlines in enumerate(sheet.outlines):
        for outline in outlines:
            layers[-1].setdefault(outline, []).append(number)
    return layers


def _depth(shape: Shape) -> int:
    """Cells lie below textures, these below the patches behind numbers, and these below the numbers."""
    if isinstance(shape, Box):
        return 0 if shape.line else 2
    return 1 if isinstance(shape, Texture) else 3


def _percent(number: int, count: int) -> str:
    """Where a frame begins, rounded up so that it never comes early; 0.0001 % is far less than a frame."""
    return f"{-(-number * 1_000_000 // count) / 10_000:.7g}%"


# --- elements -----------------------------------------------------------------------------------


def _written(shape: Shape) -> str:
    """A shape as an element."""
    if isinstance(shape, Text):
        return _text(shape)
    if isinstance(shape, Outline):
        # A line is drawn on both sides of its path.
        inset = shape.thickness / 2
        return (
            f'<rect class="outline" x="{shape.x + inset:g}" y="{shape.y + inset:g}" '
            f'width="{shape.width - 2 * inset:g}" height="{shape.height - 2 * inset:g}" '
            f'stroke-width="{shape.thickness}"/>'
        )
    if isinstance(shape, Box):
        if shape.line:
            return (
                f'<rect class="{shape.fill} cell" x="{shape.x + 0.5:g}" y="{shape.y + 0.5:g}" '
                f'width="{shape.width - 1}" height="{shape.height - 1}"/>'
            )
        name = shape.fill
    else:
        name = shape.kind
    return f'<rect class="{name}" x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}"/>'


def _text(shape: Text) -> str:
    classes = [name for name in (shape.anchor, shape.ink) if name not in ("start", "text")]
    kind = f' class="{" ".join(classes)}"' if classes else ""
    body = ""
    for tone, pieces in groupby(shape.pieces, key=lambda piece: piece.tone):
        text = escape("".join(piece.text for piece in pieces))
        body += text if tone is Tone.PLAIN else f'<tspan class="{tone}">{text}</tspan>'
    return f'<text x="{shape.x}" y="{shape.y}" font-size="{shape.size}"{kind}>{body}</text>'


def _patterns(name: str) -> Iterator[str]:
    """Hatching and dots; they go on from cell to cell since they are tied to the drawing, not to the cell."""
    period = TEXTURE_PERIOD
    half = period // 2
    attributes = f'width="{period}" height="{period}" patternUnits="userSpaceOnUse"'
    lines = f"M-1,1l2,-2M0,{period}l{period},-{period}M{period - 1},{period + 1}l2,-2"
    yield f'<pattern id="{name}-hatch" {attributes}><path class="stroke" d="{lines}"/></pattern>'
    dot = f'<rect class="dot" x="{half - 1}" y="{half - 1}" width="2" height="2"/>'
    yield f'<pattern id="{name}-dots" {attributes}>{dot}</pattern>'


def _colours(name: str, theme_name: ThemeName) -> Iterator[str]:
    rules = {
        "text": f"font-family:{_FONTS};white-space:pre;font-variant-numeric:tabular-nums",
        f".{Tone.STRONG}": "font-weight:bold",
        ".middle": "text-anchor:middle",
        ".end": "text-anchor:end",
        ".outline": "fill:none",
        ".stroke": "fill:none",
        ".hatch": f"fill:url(#{name}-hatch)",
        ".dots": f"fill:url(#{name}-dots)",
    }
    yield _rules(name, rules)
    yield _rules(name, _palette(theme(theme_name)))
    if theme_name == "auto":
        yield "@media (prefers-color-scheme:dark){"
        yield _rules(name, _palette(DARK))
        yield "}"


def _palette(colours: Theme) -> dict[str, str]:
    """The rules of a theme, by selector."""
    lines = {".cell": "line", ".stroke": "texture", ".outline": "accent"}
    fills = {"text": "text", ".dot": "texture"}
    fills |= {f".{name}": name for name in colours.colours if name not in ("text", *lines.values())}
    return {
        **{selector: f"fill:{colours.css(name)}" for selector, name in fills.items()},
        **{selector: f"stroke:{colours.css(name)}" for selector, name in lines.items()},
    }
