"""Animations as SVG: one file without scripts, that follows the colours and the motion its reader prefers.

Every shape is written once. Those that are not always there stand in groups, one for each set of frames,
which the style sheet shows and hides in turn; without animation those of the last frame are shown.
"""

from __future__ import annotations

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
    count = len(animation.frames)
    groups = _Groups(sheet, count / animation.fps)
    return _document(animation, sheet, theme_name, scale, groups.parts, [*groups.motion()])


def _document(
    animation: Animation,
    sheet: Sheet,
    theme_name: ThemeName,
    scale: int,
    parts: Sequence[str],
    rules: Sequence[str],
) -> str:
    width, height = sheet.width, sheet.height
    style = "\n".join((*_colours(theme_name), *rules))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale}" height="{height * scale}" '
            f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description">',
            f'<title id="title">{escape(animation.title)}</title>',
            f'<desc id="description">{escape(animation.description)}</desc>',
            f"<style>\n{style}\n</style>",
            *_patterns(),
            f'<rect class="ground" width="{width}" height="{height}"/>',
            *parts,
            "</svg>\n",
        )
    )


# --- what there is, and when --------------------------------------------------------------------


class _Groups:
    """The shapes of a sheet by the frames in which they are seen.

    Parameters
    ----------
    sheet : Sheet
    seconds : float
        Time of one round.
    """

    def __init__(self, sheet: Sheet, seconds: float) -> None:
        self.seconds, self.count = seconds, len(sheet.frames)
        self.names: dict[tuple[int, ...], str] = {}
        layers = _layers(sheet)
        self.parts = [part for seen in layers for part in self._layer(seen)]

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
            yield "".join((f'<g class="{self._name(moments)}">', *members, "</g>"))

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

    def motion(self) -> Iterator[str]:
        """The rules of the style sheet that show and hide the groups."""
        if not self.names:
            return
        resting = [name for when, name in self.names.items() if self.count - 1 not in when]
        if resting:
            yield ",".join(f".{name}" for name in resting) + "{visibility:hidden}"
        yield "@media (prefers-reduced-motion:no-preference){"
        yield f"g{{animation:{self.seconds:.6g}s step-end infinite}}"
        yield "".join(f".{name}{{animation-name:{name}}}" for name in self.names.values())
        yield "}"
        for when, name in self.names.items():
            stops = self._stops(frozenset(when))
            yield f"@keyframes {name}{{{stops}}}"

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
        name = f"{shape.kind}ed" if shape.kind == "hatch" else "dotted"
    return f'<rect class="{name}" x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}"/>'


def _text(shape: Text) -> str:
    classes = [name for name in (shape.anchor, shape.ink) if name not in ("start", "text")]
    kind = f' class="{" ".join(classes)}"' if classes else ""
    body = ""
    for tone, pieces in groupby(shape.pieces, key=lambda piece: piece.tone):
        text = escape("".join(piece.text for piece in pieces))
        body += text if tone is Tone.PLAIN else f'<tspan class="{tone}">{text}</tspan>'
    return f'<text x="{shape.x}" y="{shape.y}" font-size="{shape.size}"{kind}>{body}</text>'


def _patterns() -> Iterator[str]:
    """Hatching and dots; they go on from cell to cell since they are tied to the drawing, not to the cell."""
    period = TEXTURE_PERIOD
    half = period // 2
    attributes = f'width="{period}" height="{period}" patternUnits="userSpaceOnUse"'
    lines = f"M-1,1l2,-2M0,{period}l{period},-{period}M{period - 1},{period + 1}l2,-2"
    yield (
        f'<defs><pattern id="hatch" {attributes}><path class="stroke" d="{lines}"/></pattern>'
        f'<pattern id="dots" {attributes}><rect class="dot" x="{half - 1}" y="{half - 1}" width="2" '
        'height="2"/></pattern></defs>'
    )


def _colours(theme_name: ThemeName) -> Iterator[str]:
    yield f"text{{font-family:{_FONTS};white-space:pre;font-variant-numeric:tabular-nums}}"
    yield f".{Tone.STRONG}{{font-weight:bold}}.middle{{text-anchor:middle}}.end{{text-anchor:end}}"
    yield ".outline{fill:none}.stroke{fill:none;stroke-width:1}"
    yield ".hatched{fill:url(#hatch)}.dotted{fill:url(#dots)}"
    yield from _palette(theme(theme_name))
    if theme_name == "auto":
        yield "@media (prefers-color-scheme:dark){"
        yield from _palette(DARK)
        yield "}"


def _palette(colours: Theme) -> Iterator[str]:
    yield f"text{{fill:{colours.css('text')}}}"
    yield (
        f".cell{{stroke:{colours.css('line')}}}.stroke{{stroke:{colours.css('texture')}}}"
        f".dot{{fill:{colours.css('texture')}}}.outline{{stroke:{colours.css('accent')}}}"
    )
    fills = [name for name in colours.colours if name not in ("text", "line", "texture", "accent")]
    yield "".join(f".{name}{{fill:{colours.css(name)}}}" for name in fills)
