"""SVG files: valid, small, and at every moment what the frame of that moment shows."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked
from convcli.drawing import layout, svg
from convcli.drawing.catalogue import CATALOGUE
from convcli.drawing.frames import Animation
from convcli.drawing.rendering import render
from convcli.drawing.scenes import animate
from convcli.drawing.shapes import Box, Outline, Text
from convcli.drawing.themes import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def animation() -> Animation:
    """A transposed convolution, which has hatching, dots, weights and quiet terms."""
    axis = Axis(size=2, kernel=3, stride=2, before=1, after=1, output_padding=1, transposed=True)
    worked = Worked(
        input=Tensor.of([[[1, 2], [3, -4]]]),
        kernel=Tensor.of([[[[1, 2, 0], [0, 3, 1], [2, 0, "1/7"]]]]),
        axes=(axis, axis),
        correlate=True,
    )
    return animate(worked)


class Moments:
    """Which elements of an animated SVG are visible when, read from its text alone."""

    def __init__(self, text: str) -> None:
        self.root = ElementTree.fromstring(text)
        style = self.root.findtext(f"{SVG}style") or ""
        name = self.root.get("id")
        rule = re.search(rf"^#{name} g\{{animation:([\d.]+)s step-end infinite\}}$", style, re.M)
        assert rule is not None
        self.seconds = float(rule[1])
        assert dict(re.findall(rf"^#{name} \.(f\d+)\{{animation-name:{name}(f\d+)\}}$", style, re.M)) == {
            group.get("class"): group.get("class") for group in self.root.iter(f"{SVG}g")
        }
        self.stops: dict[str, dict[float, bool]] = {}
        for group, body in re.findall(rf"^@keyframes {name}(f\d+)\{{(.*)\}}$", style, re.M):
            stops = self.stops.setdefault(group, {})
            for moments, state in re.findall(r"([^{}]+)\{visibility:(visible|hidden)\}", body):
                for moment in moments.split(","):
                    percent = float(moment.removesuffix("%"))
                    assert percent not in stops
                    stops[percent] = state == "visible"
            assert stops[0.0] in (True, False)
        assert len(set(self.stops)) == len(self.stops)

    def visible(self, percent: float | None) -> list[ElementTree.Element]:
        """Elements that are there at a moment, or without animation, in the order of the file."""
        found = []
        for element in self.root:
            if element.tag != f"{SVG}g":
                found.append(element)
                continue
            name = element.get("class")
            assert name is not None
            if percent is None:
                there = element.get("visibility") != "hidden"
            else:
                there = self.stops[name][max(at for at in self.stops[name] if at <= percent)]
            found += list(element) * there
        return found


def texts(elements: list[ElementTree.Element]) -> list[str]:
    return sorted("".join(each.itertext()) for each in elements if each.tag == f"{SVG}text")


def expected(animation: Animation, number: int) -> list[str]:
    shapes = layout.compose(animation).shapes(number)
    return sorted(
        "".join(piece.text for piece in shape.pieces) for shape in shapes if isinstance(shape, Text)
    )


def test_every_moment_shows_the_texts_of_its_frame(animation: Animation) -> None:
    count = len(animation.frames)
    moments = Moments(svg.animated(animation))
    for number in range(count):
        for share in (0.001, 0.5, 0.999):
            shown = texts(moments.visible(100 * (number + share) / count))
            assert shown == expected(animation, number)
            [caption] = [text for text in shown if text.startswith("step")]
            assert caption.startswith(f"step {number + 1} of {count}: ")
    assert texts(moments.visible(None)) == expected(animation, count - 1)


def test_every_moment_has_its_outlines_and_the_right_cells_on_top(animation: Animation) -> None:
    count = len(animation.frames)
    moments = Moments(svg.animated(animation))
    for number in range(count):
        elements = moments.visible(100 * (number + 0.5) / count)
        outlines = [shape for shape in layout.compose(animation).shapes(number) if isinstance(shape, Outline)]
        assert len([each for each in elements if each.get("class") == "outline"]) == len(outlines) == 2
        top: dict[tuple[str | None, str | None], str] = {}
        for each in elements:
            name = each.get("class") or ""
            if name.endswith(" cell"):
                top[each.get("x"), each.get("y")] = name.removesuffix(" cell")
        boxes = [shape for shape in layout.compose(animation).shapes(number) if isinstance(shape, Box)]
        assert top == {(f"{box.x + 0.5:g}", f"{box.y + 0.5:g}"): box.fill for box in boxes if box.line}


def test_elements_lie_where_the_shapes_are(animation: Animation) -> None:
    """The line of an outline is drawn on both sides of its path, and a border in the middle of its pixels."""
    sheet = layout.compose(animation)
    last = len(animation.frames) - 1
    drawn = set()
    for each in Moments(svg.animated(animation)).visible(None):
        if each.get("class") == "outline":
            x, y, width, height, line = (
                float(each.get(name) or 0) for name in ("x", "y", "width", "height", "stroke-width")
            )
            drawn.add((x - line / 2, y - line / 2, width + line, height + line))
    assert drawn == {(each.x, each.y, each.width, each.height) for each in sheet.outlines[last]}


def test_patches_lie_between_textures_and_numbers(animation: Animation) -> None:
    root = ElementTree.fromstring(svg.animated(animation))
    order = []
    for each in root.iter():
        name = each.get("class") or ""
        if each.tag == f"{SVG}text":
            order.append(3)
        elif name in ("hatch", "dots"):
            order.append(1)
        elif name.endswith(" cell"):
            order.append(0)
        elif name.split("-")[0] in ("padding", "inserted"):
            order.append(2)
    assert order == sorted(order)
    assert set(order) == {0, 1, 2, 3}


@pytest.mark.parametrize(("name", "follows"), [("light", False), ("dark", False), ("auto", True)])
def test_only_auto_follows_its_reader(animation: Animation, name: str, follows: bool) -> None:
    text = svg.animated(animation, theme_name=name)  # type: ignore[arg-type]
    assert ("prefers-color-scheme" in text) is follows
    assert ((DARK if name == "dark" else LIGHT).css("input") in text) is True


def test_one_round_takes_as_long_as_its_frames(animation: Animation) -> None:
    slow = dataclasses.replace(animation, fps=0.4)
    assert Moments(svg.animated(slow)).seconds == 40
    assert Moments(svg.animated(animation)).seconds == 16


def test_a_single_frame_does_not_move(animation: Animation) -> None:
    text = render(dataclasses.replace(animation, frames=animation.frames[3:4]), "svg").decode()
    assert "animation" not in text.partition("<style>")[2]
    assert not ElementTree.fromstring(text).findall(f"{SVG}g")


def test_screen_readers_are_told(animation: Animation) -> None:
    odd = dataclasses.replace(animation, title='<&> "a"')
    root = ElementTree.fromstring(svg.animated(odd))
    assert root.get("role") == "img"
    named = [root.find(f"*[@id='{name}']") for name in (root.get("aria-labelledby") or "").split()]
    assert [each.text for each in named if each is not None] == ['<&> "a"', animation.description]
    assert [each.tag for each in named if each is not None] == [f"{SVG}title", f"{SVG}desc"]


def test_drawings_in_one_page_leave_each_other_alone(animation: Animation) -> None:
    """No rule and no name of one means anything in another, or in the page."""
    first, second = animation, dataclasses.replace(animation, title="another")
    texts = [svg.animated(each) for each in (first, second)]
    names = [set(re.findall(r'id="([^"]*)"|@keyframes ([^{]*)', text)) for text in texts]
    assert len(names[0]) == len(names[1]) > 20
    assert not names[0] & names[1]
    for text in texts:
        name = ElementTree.fromstring(text).get("id")
        style = text.partition("<style>")[2].partition("</style>")[0]
        for line in style.splitlines():
            assert line.startswith((f"#{name} ", f"@keyframes {name}", "@media", "}")) or not line


def test_nothing_is_loaded_or_run(animation: Animation) -> None:
    text = svg.animated(animation)
    assert not re.search(r"<script|href|@import|onload|url\((?!#)", text)
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_the_catalogue_is_small_and_always_the_same(entry: object) -> None:
    [text] = {svg.animated(entry.animation()) for _ in range(2)}  # type: ignore[attr-defined]
    ElementTree.fromstring(text)
    # 49 frames of 130 cells each, written one by one, would be half a megabyte.
    assert len(text) < 75_000


def test_scale_is_the_size_on_the_screen_alone(animation: Animation) -> None:
    small, large = (ElementTree.fromstring(svg.animated(animation, scale=scale)) for scale in (1, 3))
    assert int(large.get("width") or 0) == 3 * int(small.get("width") or 0)
    assert large.get("viewBox") == small.get("viewBox")


# --- in a browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Image.Image]:
    """Open a document in the browser of this machine, and return what it shows."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CONVCLI_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no browser: install chromium, or name one in CONVCLI_BROWSER")
    folder = tmp_path_factory.mktemp("browser")

    def shoot(text: str, suffix: str, *options: str) -> Image.Image:
        document = folder / f"document{suffix}"
        document.write_text(text)
        picture = folder / "picture.png"
        picture.unlink(missing_ok=True)
        quiet = "--headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --window-size=800,500"
        command = [found, *shlex.split(quiet), f"--user-data-dir={folder}/profile", *options]
        target = [f"--screenshot={picture}", document.as_uri()]
        subprocess.run([*command, *target], capture_output=True, timeout=60, check=True)
        return Image.open(picture).convert("RGB")

    return shoot


def stopped(animation: Animation, number: int) -> str:
    """A page that shows an animation in the middle of a frame."""
    moment = 1000 * (number + 0.5) / animation.fps
    return (
        f"<!doctype html><style>body{{margin:0}}svg{{display:block}}</style>"
        f"{svg.animated(animation, theme_name='light')}<script>for (const each of document.getAnimations()) "
        f"{{ each.pause(); each.currentTime = {moment}; }}</script>"
    )


def alone(animation: Animation, number: int, theme: str = "light") -> str:
    frame = dataclasses.replace(animation, frames=(animation.frames[number],))
    return svg.animated(frame, theme_name=theme)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [0, 6, 15])
def test_a_browser_shows_each_frame(
    photograph: Callable[..., Image.Image], animation: Animation, number: int
) -> None:
    moving = photograph(stopped(animation, number), ".html")
    still = photograph(
        f"<!doctype html><style>body{{margin:0}}svg{{display:block}}</style>{alone(animation, number)}",
        ".html",
    )
    assert ImageChops.difference(moving, still).getbbox() is None
    assert LIGHT["input-read"] in {colour for _, colour in still.getcolors(1 << 16) or []}


def test_a_browser_that_prefers_no_motion_shows_the_last_frame(
    photograph: Callable[..., Image.Image], animation: Animation
) -> None:
    calm = photograph(svg.animated(animation), ".svg", "--force-prefers-reduced-motion")
    last = photograph(alone(animation, -1, "auto"), ".svg")
    assert ImageChops.difference(calm, last).getbbox() is None


@pytest.mark.parametrize(("preferred", "colours"), [(0, DARK), (1, LIGHT)], ids=["dark", "light"])
def test_a_browser_chooses_the_colours(
    photograph: Callable[..., Image.Image], animation: Animation, preferred: int, colours: object
) -> None:
    text = alone(animation, 3, "auto")
    picture = photograph(text, ".svg", f"--blink-settings=preferredColorScheme={preferred}")
    assert picture.getpixel((2, 2)) == colours["ground"]  # type: ignore[index]


def test_files_open_as_they_are_written(
    photograph: Callable[..., Image.Image], animation: Animation, tmp_path: Path
) -> None:
    picture = photograph(render(animation, "svg").decode(), ".svg", "--blink-settings=preferredColorScheme=1")
    assert LIGHT["output-read"] in {colour for _, colour in picture.getcolors(1 << 16) or []}
