"""The explorable page, in a real browser: what it computes, how it is handled, whom it lets in."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary
from convcli.drawing.page import render
from convcli.drawing.page.assembling import _part
from convcli.drawing.themes import contrast
from convcli.errors import ShapeError, UsageError

NAMES = ("zeros", "replicate", "reflect", "symmetric", "circular", "constant")
LISTS = {
    "kind": "numbers",
    "title": "two lists",
    "input": [1, 2, 3, 4],
    "kernel": [1, 2, 3],
    "padding": [[2, 2]],
}
TABLES = {
    "kind": "numbers",
    "title": "two tables",
    "input": [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2]],
    "kernel": [[0, 1, 2], [2, 2, 0]],
}
FUNCTIONS = {"kind": "functions", "title": "a box and a decay", "f": {"name": "box"}, "g": {"name": "decay"}}
DICE = {
    "kind": "distribution",
    "title": "two dice",
    "f": {"name": "d6", "support": list(range(1, 7)), "probability": [Fraction(1, 6)] * 6},
    "g": {"name": "d4", "support": list(range(1, 5)), "probability": [Fraction(1, 4)] * 4},
    "given": None,
}
SCENES = {"lists": LISTS, "tables": TABLES, "functions": FUNCTIONS, "dice": DICE}


# --- the browser -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser of this machine, once."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CONVCLI_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no browser: install chromium, or name one in CONVCLI_BROWSER")
    quiet = [
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    sandbox = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=[*quiet, "--disable-sync", *sandbox])
        yield started
        started.close()


@pytest.fixture(scope="module")
def desk(browser: Browser) -> Iterator[Page]:
    """Open one page as wide as a desk's, which most tests take in turn: new ones take their time."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


@pytest.fixture
def visit(browser: Browser, desk: Page, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a scene, or a page, from a file; nothing may go wrong, and nothing be asked of a network."""
    problems: list[str] = []
    requests: list[str] = []
    pages: list[Page] = []
    listeners: dict[str, Callable[[Any], None]] = {
        "pageerror": lambda error: problems.append(str(error)),
        "console": lambda message: problems.append(message.text),
        "request": lambda request: requests.append(request.url),
    }

    def open_scene(scene: dict[str, Any] | str, *, hash: str = "", width: int = 1280, **options: Any) -> Page:
        if width == 1280 and not options and not pages:
            page = desk
            page.goto("about:blank")
            page.mouse.move(0, 0)
        else:
            page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        page.set_default_timeout(20_000)
        for event, listener in listeners.items():
            page.on(event, listener)  # type: ignore[call-overload]
        path = tmp_path / "page.html"
        path.write_text(scene if isinstance(scene, str) else render(scene), encoding="utf-8")
        page.goto(f"{path.as_uri()}{hash}")
        return page

    yield open_scene
    for page in pages:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        if page is not desk:
            page.close()
    assert not problems
    assert {url.partition("#")[0] for url in requests} <= {(tmp_path / "page.html").as_uri()}


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """Open one page for what needs only its arithmetic."""
    page = browser.new_page()
    page.set_content(render(LISTS))
    yield page
    page.close()


def formula(page: Page) -> str:
    return page.locator(".formula:visible").inner_text().replace("\n", "")


def number_of(text: str) -> float:
    return float(text.replace("−", "-"))


def result(page: Page) -> float:
    return number_of(formula(page).rpartition("= ")[2])


def grid_values(page: Page, label: str) -> list[float]:
    texts = page.get_by_role("grid", name=label).get_by_role("gridcell").all_inner_texts()
    return [number_of(text) for text in texts]


def drag(page: Page, locator: Locator, *, by: tuple[float, float]) -> None:
    """Take the middle of an element with the mouse and move it by so many pixels."""
    box = locator.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0], y + by[1], steps=2)
    page.mouse.up()


# --- the oracle: every output as a sum over the kernel, from the definition --------------------------


def expected(scene: dict[str, Any]) -> tuple[list[int], list[Fraction]] | None:
    """Shape and values of the output, in exact fractions; None where there is none."""
    x, w = np.array(scene["input"], dtype=object), np.array(scene["kernel"], dtype=object)
    axes = [
        Axis(
            size=size, kernel=taps, stride=stride, dilation=dilation, before=before, after=after,
            output_padding=extra if scene["transposed"] else 0, transposed=scene["transposed"],
        )
        for size, taps, stride, dilation, (before, after), extra in zip(
            x.shape, w.shape, scene["stride"], scene["dilation"], scene["padding"], scene["output_padding"],
            strict=True,
        )
    ]  # fmt: skip
    try:
        shape = [axis.output for axis in axes]
    except (ShapeError, UsageError):
        return None
    boundary = Boundary(scene["boundary"]["name"], Fraction(scene["boundary"]["value"]))
    kernel = w if scene["correlate"] else np.flip(w)
    values = [
        (_painted if scene["transposed"] else _read)(x, kernel, axes, index, boundary)
        + Fraction(scene["bias"])
        for index in np.ndindex(*shape)
    ]
    return shape, values


def _read(x: Any, kernel: Any, axes: list[Axis], index: tuple[int, ...], boundary: Boundary) -> Fraction:
    total = Fraction(0)
    for tap in np.ndindex(*kernel.shape):
        at = [n * a.stride + t * a.dilation - a.before for n, t, a in zip(index, tap, axes, strict=True)]
        sources = [boundary.source(position, a.size) for position, a in zip(at, axes, strict=True)]
        constant = boundary.value if boundary.name == "constant" else Fraction(0)
        total += Fraction(kernel[tap]) * (constant if None in sources else Fraction(x[tuple(sources)]))
    return total


def _painted(x: Any, kernel: Any, axes: list[Axis], index: tuple[int, ...], _: Boundary) -> Fraction:
    total = Fraction(0)
    for source, tap in itertools.product(np.ndindex(*x.shape), np.ndindex(*kernel.shape)):
        at = [i * a.stride + t * a.dilation - a.before for i, t, a in zip(source, tap, axes, strict=True)]
        if at == list(index):
            total += Fraction(x[source]) * Fraction(kernel[tap])
    return total


def drawn_scene(chance: random.Random) -> dict[str, Any]:
    """A random scene, possible or not."""
    axes = chance.choice((1, 1, 2))
    sizes = [chance.randint(1, 5) for _ in range(axes)]
    taps = [chance.randint(1, 4) for _ in range(axes)]

    def numbers(shape: list[int]) -> Any:
        return [numbers(shape[1:]) if shape[1:] else chance.randint(-9, 9) for _ in range(shape[0])]

    def each(low: int, high: int) -> list[int]:
        return [chance.randint(low, high) for _ in range(axes)]

    return {
        "kind": "numbers", "title": "any", "input": numbers(sizes), "kernel": numbers(taps),
        "bias": chance.randint(-3, 3),
        "transposed": chance.random() < 0.4, "correlate": chance.random() < 0.5,
        "padding": [each(0, 6)[:1] + each(0, 6)[:1] for _ in range(axes)], "stride": each(1, 4),
        "dilation": each(1, 3), "output_padding": each(0, 3),
        "boundary": {"name": chance.choice(NAMES), "value": chance.randint(-2, 2)},
    }  # fmt: skip


def test_the_page_computes_what_the_definition_says(blank: Page) -> None:
    chance = random.Random(20)
    scenes = [drawn_scene(chance) for _ in range(500)]
    got = blank.evaluate(
        """scenes => scenes.map(scene => {
            const layout = arithmetic.layout(settings.fromScene(scene));
            return [layout.problem, layout.shape, layout.output(), layout.axes.map(arithmetic.formula)];
        })""",
        scenes,
    )
    worked = 0
    for scene, (problem, shape, values, formulas) in zip(scenes, got, strict=True):
        wanted = expected(scene)
        assert (problem is None) == (wanted is not None), scene
        if wanted is not None:
            assert (shape, values) == (wanted[0], [float(value) for value in wanted[1]]), scene
            assert [int(text.rpartition("= ")[2]) for text in formulas] == shape
            worked += 1
    assert worked > 250


def test_rounding_alone_is_not_shown(blank: Page) -> None:
    scene = {**LISTS, "input": [0.1, 0.2, -0.3, 1e-20], "kernel": [1, 1, 1], "padding": [[0, 0]]}
    values = blank.evaluate("scene => arithmetic.layout(settings.fromScene(scene)).output()", scene)
    assert values == [0, pytest.approx(-0.1)]
    texts = blank.evaluate(
        "numbers => numbers.map(n => [words.format(n), words.short(n)])",
        [0.1 + 0.2, -1 / 3, 123456, -1234567, 2.5e-7, -0.0, 1e-300],
    )
    assert texts == [
        ["0.3", "0.3"],
        ["−0.333333", "−0.33"],
        ["123456", "123456"],
        ["−1.23457e6", "−1.2e6"],
        ["2.5e−7", "2.5e−7"],
        ["0", "0"],
        ["1e−300", "1e−300"],
    ]


def test_any_state_is_the_same_after_a_trip_through_the_address(blank: Page) -> None:
    chance = random.Random(9)
    scenes = [drawn_scene(chance) for _ in range(200)]
    pairs = blank.evaluate(
        """scenes => scenes.map(scene => {
            const state = { ...settings.fromScene(scene), at: 2 };
            const text = new URLSearchParams(settings.toParams(state)).toString();
            const other = settings.fromScene({ input: [7], kernel: [7] });
            return [state, settings.fromParams(new URLSearchParams(text), other)];
        })""",
        scenes,
    )
    for state, back in pairs:
        if state["boundary"]["name"] != "constant":
            state["boundary"]["value"] = back["boundary"]["value"] = 0
        assert state == back


def test_the_command_below_the_figure_works_the_same_convolution(
    blank: Page, convcli: Callable[..., tuple[int, str, str]]
) -> None:
    chance = random.Random(8)
    scenes = [scene for scene in (drawn_scene(chance) for _ in range(40)) if expected(scene) is not None]
    for scene in scenes:
        command, values = blank.evaluate(
            """scene => {
                const state = settings.fromScene(scene);
                return [settings.toCommand(state), arithmetic.layout(state).output()];
            }""",
            scene,
        )
        if command is None:
            assert all(len(scene[name]) == 1 for name in ("input", "kernel"))
            continue
        code, out, err = convcli(*shlex.split(command)[1:], "--json")
        assert code == 0, (command, err)
        assert np.ravel(json.loads(out)["output"]).tolist() == values, command
    assert len(scenes) > 20


def test_a_general_rule_names_the_products_of_its_output(blank: Page) -> None:
    chance = random.Random(3)
    for scene in (drawn_scene(chance) for _ in range(200)):
        wanted = expected(scene)
        if (
            wanted is None
            or len(scene["stride"]) > 1
            or (not scene["transposed"] and scene["boundary"]["name"] != "zeros")
        ):
            continue
        text = blank.evaluate("scene => arithmetic.rule(arithmetic.layout(settings.fromScene(scene)))", scene)
        (size,), values = wanted
        assert [by_rule(text, scene, n) for n in range(size)] == values, (text, scene)


def by_rule(text: str, scene: dict[str, Any], n: int) -> Fraction:
    """Evaluate a rule of a list as it is written, at output `n`."""
    x, w = scene["input"], scene["kernel"]
    plain = re.sub(r"(\d)([nij])", r"\1*\2", text.replace("−", "-"))
    tap, sample = (
        re.search(rf"{name}\[([^]]*)\]", plain.partition("=")[2])[1] for name in ("kernel", "input")
    )  # type: ignore[index]
    meet = plain.partition("where ")[2].replace("=", "==") or "True"
    total = Fraction(scene["bias"])
    for j, i in itertools.product(range(len(w)), range(len(x))):
        names = {"n": n, "j": j, "i": i}
        if eval(sample, {}, names) == i and eval(meet, {}, names):
            total += Fraction(w[eval(tap, {}, names)]) * Fraction(x[i])
    return total


def test_integrals_are_good_to_far_less_than_a_thousandth(blank: Page) -> None:
    def curve(name: str, width: float = 1, centre: float = 0, height: float = 1) -> dict[str, Any]:
        return {"name": name, "width": width, "centre": centre, "height": height}

    def smooth(x: float) -> float:
        return root / 20 * math.erf(10 * x / math.sqrt(2))

    def ran(x: float) -> float:
        return min(max(x, 0), 1) ** 2 / 2

    def left(t: float) -> float:
        return 0.1 * math.exp(-10 * max(t, 0))

    root = math.sqrt(2 * math.pi)
    cases: list[tuple[Any, Any, Callable[[float], float]]] = [
        (curve("box"), curve("box"), lambda t: max(0, 1 - abs(t))),
        (curve("box", 4, 1), curve("box", 1, -1, 2), lambda t: 2 * max(0, min(1, 2.5 - abs(t)))),
        (curve("decay"), curve("decay"), lambda t: max(t, 0) * math.exp(-max(t, 0))),
        (curve("gaussian", 0.3), curve("gaussian", 0.4), lambda t: root * 0.24 * math.exp(-2 * t * t)),
        (curve("gaussian", 0.1), curve("box", 4), lambda t: smooth(t + 2) - smooth(t - 2)),
        (curve("box", 2, 1), curve("decay", 0.1), lambda t: left(t - 2) - left(t)),
        (curve("ramp", 1, 0.5), curve("box", 1, 0.5), lambda t: ran(t) - ran(t - 1)),
    ]  # fmt: skip
    times = [n / 20 for n in range(-60, 80)]
    for f, g, exact in cases:
        got = blank.evaluate("([f, g, times]) => times.map(t => curves.convolved(f, g, t))", [f, g, times])
        assert max(abs(a - exact(t)) for a, t in zip(got, times, strict=True)) < 1e-6, (f, g)
        back = blank.evaluate("([f, g, times]) => times.map(t => curves.convolved(g, f, t))", [f, g, times])
        assert got == pytest.approx(back, abs=1e-6)


def test_sums_of_distributions_and_where_the_ball_was(blank: Page) -> None:
    chance = random.Random(4)
    for _ in range(60):
        laws = []
        for step in chance.choice(((1, 1), (0.5, 0.5), (2, 3), (0.5, 0.75))):
            outcomes = chance.sample([n * step for n in range(-3, 6)], chance.randint(1, 6))
            weights = [Fraction(chance.randint(1, 9)) for _ in outcomes]
            laws.append({x: weight / sum(weights) for x, weight in zip(outcomes, weights, strict=True)})
        scene = [
            {"name": "", "support": list(law), "probability": [float(p) for p in law.values()]}
            for law in laws
        ]
        got = blank.evaluate(
            """laws => {
                const sum = lattices.summed(...laws.map(lattices.fromOutcomes));
                return sum.totals.map(({c, p}, n) => [c, p, sum.at(n).filter(way => way.product > 0)]);
            }""",
            scene,
        )
        f, g = laws
        totals = {a + b for a in f for b in g}
        assert [c for c, p, _ in got if p > 0] == pytest.approx(sorted(totals))
        for c, p, ways in got:
            wanted = {a: f[a] * g[c - a] for a in f if c - a in g}
            assert p == pytest.approx(float(sum(wanted.values())))
            assert {way["a"]: way["product"] for way in ways} == pytest.approx(
                {a: float(v) for a, v in wanted.items()}
            )
            assert all(way["posterior"] == pytest.approx(way["product"] / p) for way in ways)


def test_lattices_far_from_zero_keep_their_step(blank: Page) -> None:
    support = [1_000_000 + k / 20 for k in range(-95, 96)]
    law = {"name": "far", "support": support, "probability": [1] * len(support)}
    found = blank.evaluate("(law) => lattices.fromOutcomes(law)", law)
    assert len(found["weights"]) == len(support)
    assert found["step"] == pytest.approx(0.05, rel=1e-9)


# --- numbers -----------------------------------------------------------------------------------------

TABLE = "-i 3,3,2,1,0;0,0,1,3,1;3,1,2,2,3;2,0,0,2,2 -k 0,1,2;2,2,0"
LIST = "-i 1,2,3,4 -k 1,2,3"
DRAGGED = [  # a command, and by how many samples its window moves along each axis
    (LIST, (1,)),
    (f"{LIST} --mode valid --correlate --bias=-7", (1,)),
    (f"{LIST} --stride 2", (2,)),
    (f"{LIST} --padding 2 --dilation 2 --padding-mode reflect", (1,)),
    (f"{LIST} --transposed --stride 2", (1,)),
    (f"{LIST} --transposed --stride 3 --dilation 2 --pad-begin 1 --output-padding 1 --convolve", (1,)),
    (f"{TABLE} --padding 1 --stride 2", (2, 2)),
    (f"{TABLE} --padding 1x0 --dilation 3x2 --correlate", (1, 1)),
    ("-i 1,2;3,4 -k 1,2;3,4 --transposed --stride 2x1 --bias 1/2 --pad-end 0x1", (1, 1)),
]


@pytest.mark.parametrize(("command", "moves"), DRAGGED)
def test_dragging_the_window_shows_each_result_of_the_command(
    visit: Callable[..., Page],
    convcli: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    command: str,
    moves: tuple[int, ...],
) -> None:
    arguments = ["conv-arith", *command.split(" ")]
    assert convcli(*arguments, "--html", tmp_path / "worked.html")[0] == 0
    code, out, _ = convcli(*arguments, "--json")
    assert code == 0
    record = json.loads(out)
    page = visit((tmp_path / "worked.html").read_text(encoding="utf-8"))
    drag_everywhere(page, moves, record["output_shape"], np.ravel(record["output"]).tolist())


def drag_everywhere(page: Page, steps: tuple[int, ...], shape: list[int], values: list[float]) -> None:
    """Drag the window from each place to the next, and compare the number shown there."""
    window = page.get_by_role("slider", name="window on the input")
    cell = page.locator(".cell").first.evaluate("cell => cell.offsetWidth + 3")
    last = (0,) * len(shape)
    for number, (index, value) in enumerate(zip(np.ndindex(*shape), values, strict=True)):
        moves = [(n - m) * step * cell for n, m, step in zip(index, last, steps, strict=True)]
        if number:
            drag(page, window, by=(moves[-1], moves[0] if len(moves) > 1 else 0))
        place = window.evaluate("window => [Number(window.ariaValueNow), Number(window.ariaValueMax)]")
        assert place == [number, len(values) - 1]
        text = formula(page)
        assert text.startswith(f"output[{', '.join(map(str, index))}] = ")
        assert number_of(text.rpartition("= ")[2]) == pytest.approx(value)
        last = index


def test_a_drag_over_a_plot_takes_what_slides_along(visit: Callable[..., Page]) -> None:
    page = visit({**DICE, "given": 3})
    plots = page.locator("svg[role=img]:visible")
    for plot in (plots.nth(0), plots.nth(1)):
        first, second = (
            plot.get_by_text(text, exact=True).evaluate("text => Number(text.getAttribute('x'))")
            for text in ("2", "4")
        )
        drag(page, plot, by=((second - first) * 1.02, 0))
    assert formula(page).startswith("P(7) = ")
    drag(page, plots.nth(2), by=(-2_000, 0))
    assert formula(page).startswith("P(2) = ")


def test_the_window_stays_where_it_belongs_when_dragged_beyond(visit: Callable[..., Page]) -> None:
    page = visit(LISTS)
    window = page.get_by_role("slider", name="window on the input")
    drag(page, window, by=(5_000, -300))
    assert (window.get_attribute("aria-valuenow"), result(page)) == ("5", 12)
    drag(page, window, by=(-5_000, 0))
    assert (window.get_attribute("aria-valuenow"), result(page)) == ("0", 1)


def test_a_finger_drags_the_window_and_taps_an_output(visit: Callable[..., Page]) -> None:
    page = visit(LISTS, width=360, has_touch=True, is_mobile=True)
    box = page.get_by_role("slider", name="window on the input").bounding_box()
    assert box is not None
    x, y = box["x"] + 66, box["y"] + 70
    touch = page.context.new_cdp_session(page)
    for kind, at in (("touchStart", 0), ("touchMove", 30), ("touchMove", 90), ("touchEnd", None)):
        points = [] if at is None else [{"x": x + at, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert formula(page) == "output[2] = 1·3 + 2·2 + 3·1 = 10"
    page.get_by_role("grid", name="output").get_by_role("gridcell").nth(1).tap()
    expect(page.locator(".formula:visible")).to_have_text("output[1] = 0·3 + 1·2 + 2·1 = 4")


def test_hovering_an_output_shows_its_products(visit: Callable[..., Page]) -> None:
    page = visit({**LISTS, "bias": -1})
    page.get_by_role("grid", name="output").get_by_role("gridcell").nth(2).hover()
    assert formula(page) == "output[2] = 1·3 + 2·2 + 3·1 + (−1) = 9"
    lit = page.locator(".cell.lit")
    assert lit.all_inner_texts() == ["1", "2", "3"]
    assert page.locator(".window .product").all_inner_texts() == ["3", "4", "3"]
    # And the other way round: which outputs read a sample.
    page.get_by_role("grid", name="input").get_by_role("gridcell").nth(5).hover()
    assert page.locator(".output.reader").all_inner_texts() == ["15", "16", "11"]


def test_the_keyboard_is_enough(visit: Callable[..., Page]) -> None:
    page = visit({**TABLES, "stride": [2, 1]})
    window = page.get_by_role("slider", name="window on the input")
    window.focus()
    for key, index in (
        ("ArrowRight", "0, 1"),
        ("ArrowDown", "1, 1"),
        ("End", "1, 2"),
        ("ArrowDown", "1, 2"),
        ("Home", "0, 0"),
    ):
        page.keyboard.press(key)
        assert formula(page).startswith(f"output[{index}]")
    page.get_by_role("gridcell", name="output[0, 0]").focus()
    for key, index in (("ArrowDown", "1, 0"), ("ArrowRight", "1, 1"), ("ArrowUp", "0, 1"), ("End", "0, 2")):
        page.keyboard.press(key)
        assert formula(page).startswith(f"output[{index}]")
        assert page.evaluate("document.activeElement.ariaLabel").startswith(f"output[{index}]")
    for label in ("input", "kernel", "output"):
        assert page.get_by_role("grid", name=label).locator("[tabindex='0']").count() == 1
    page.get_by_role("button", name="One step forward").press("Enter")
    assert formula(page).startswith("output[1, 0]")
    speed = page.locator(".transport:visible select")
    speed.select_option("0.5")
    page.get_by_role("button", name="Play").press("Enter")
    page.get_by_role("button", name="Pause").press("Enter")
    speed.select_option("4")
    page.get_by_role("button", name="Play").press("Enter")
    expect(page.locator(".formula:visible")).to_contain_text("output[1, 2]")
    assert page.get_by_role("button", name="Play").count() == 1  # it stops at the end
    page.get_by_role("tab", name="Numbers").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Functions").get_attribute("aria-selected") == "true"
    assert page.evaluate("document.activeElement.textContent") == "Functions"


def test_cells_are_edited_in_place(visit: Callable[..., Page]) -> None:
    page = visit(LISTS)
    kernel = page.get_by_role("grid", name="kernel").get_by_role("gridcell")
    kernel.nth(2).click()
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    assert grid_values(page, "output") == np.convolve([1, 2, 3, 4], [1, 2, 10]).tolist()
    assert page.evaluate("document.activeElement.ariaLabel") == "kernel[2] = 10"
    page.keyboard.type("-1/2")  # typing on a cell begins an edit
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    assert grid_values(page, "output") == np.convolve([1, 2, 3, 4], [1, 2, -0.5]).tolist()
    kernel.nth(0).click()
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    assert page.get_by_role("textbox", name="kernel[0]").get_attribute("aria-invalid") == "true"
    page.keyboard.press("Escape")
    # A cell below the window is reached through it.
    page.mouse.click(*middle(page.get_by_role("gridcell", name="input[0]")))
    page.keyboard.type("−5")
    page.get_by_role("button", name="stride: more").click()  # the click that leaves the cell counts, too
    assert grid_values(page, "output") == np.convolve([-5, 2, 3, 4], [1, 2, -0.5])[::2].tolist()


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_controls_lead_to_what_the_definition_says(visit: Callable[..., Page]) -> None:
    page = visit(LISTS)
    for _ in range(2):
        page.get_by_role("button", name="input size: more").click()
    page.get_by_role("button", name="same", exact=True).click()
    page.get_by_role("button", name="after: more").click()
    page.get_by_label("padding filled with").select_option("constant")
    page.get_by_label("constant", exact=True).fill("2")
    page.get_by_label("bias").fill("1/2")
    page.get_by_role("spinbutton", name="stride").fill("2")
    page.get_by_role("button", name="as it is").click()
    scene = {
        **LISTS, "input": [1, 2, 3, 4, 5, 6], "padding": [[1, 2]], "stride": [2], "dilation": [1],
        "output_padding": [0], "transposed": False, "correlate": True,
        "boundary": {"name": "constant", "value": 2}, "bias": 0.5,
    }  # fmt: skip
    wanted = expected(scene)
    assert wanted is not None
    assert grid_values(page, "output") == [float(value) for value in wanted[1]]
    assert page.locator(".sizes").inner_text().splitlines() == [
        "output size ⌊(6 + 1 + 2 − 3) / 2⌋ + 1 = 4",
        "rule output[n] = Σ kernel[j]·input[2n − 1 + j] + bias",
    ]
    page.get_by_role("button", name="transposed").click()
    page.get_by_role("button", name="output padding: more").click()
    wanted = expected({**scene, "transposed": True, "output_padding": [1]})
    assert wanted is not None
    assert grid_values(page, "output") == [float(value) for value in wanted[1]]
    assert page.get_by_label("padding filled with").is_hidden()
    page.get_by_role("button", name="a table").click()
    assert page.get_by_role("grid", name="output").get_by_role("row").count() == 3
    page.get_by_role("button", name="reset").click()
    assert grid_values(page, "output") == [1, 4, 10, 16, 17, 12]


def test_what_cannot_be_is_said_in_a_sentence(visit: Callable[..., Page]) -> None:
    page = visit({**LISTS, "padding": [[0, 0]], "stride": [2]})
    for _ in range(2):
        page.get_by_role("button", name="dilation: more").click()
    said = page.locator(".problem:visible")
    assert said.inner_text().startswith("Kernel 3, 3 taps spread over 7 by dilation 3, does not fit in 4")
    assert page.get_by_role("grid", name="output").count() == 0
    page.get_by_role("button", name="transposed").click()
    for _ in range(3):
        page.get_by_role("button", name="output padding: more").click()
    assert said.inner_text().startswith(
        "Output padding 3 must be below the larger of stride 2 and dilation 3"
    )
    page.get_by_role("button", name="output padding: less").click()
    assert page.get_by_role("grid", name="output").count() == 1
    assert said.count() == 0


def test_no_chain_of_settings_breaks_the_page(visit: Callable[..., Page]) -> None:
    page = visit(TABLES)
    seen = page.evaluate(
        """() => {
            let state = 7;
            const chance = n => (state = (state * 48271) % 2147483647) % n;
            const seen = [];
            for (let turn = 0; turn < 250; turn++) {
                const all = [...document.querySelectorAll("button, select, input[type=range], .window")]
                    .filter(one => !one.disabled && one.checkVisibility() && one.id !== "share");
                const one = all[chance(all.length)];
                if (one.matches("select")) {
                    one.selectedIndex = chance(one.options.length);
                    one.dispatchEvent(new Event("change"));
                } else if (one.matches("input")) {
                    one.value = Number(one.min) + (one.max - one.min) * chance(1000) / 1000;
                    one.dispatchEvent(new Event("input"));
                } else if (one.matches(".window")) {
                    const key = ["ArrowRight", "ArrowDown", "End"][chance(3)];
                    one.dispatchEvent(new KeyboardEvent("keydown", { key }));
                } else one.click();
                const text = document.body.innerText + document.querySelector("svg[role=img]").outerHTML;
                const bad = ["NaN", "undefined", "Infinity"].filter(word => text.includes(word));
                seen.push([turn, ...bad]);
            }
            return seen;
        }"""
    )
    assert seen == [[turn] for turn in range(250)]


# --- the address, the look, and who is let in --------------------------------------------------------


def test_the_address_keeps_the_state(visit: Callable[..., Page]) -> None:
    page = visit(LISTS)
    page.get_by_role("grid", name="kernel").get_by_role("gridcell").nth(0).click()
    page.keyboard.type("-2.5")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="dilation: more").click()
    page.get_by_role("slider", name="window on the input").press("End")
    expect(page).to_have_url(re.compile("d=2&"))
    link, shown = page.evaluate("location.hash"), formula(page)
    assert link == "#tab=numbers&x=1,2,3,4&w=-2.5,2,3&b=0&op=convolution&mode=zeros&p=2:2&s=1&d=2&a=0&at=3"
    page.reload()
    assert formula(page) == shown
    page.evaluate("location.hash = location.hash.replace('at=3', 'at=1')")
    expect(page.locator(".formula:visible")).to_contain_text("output[1] = ")
    other = visit(TABLES, hash=link)
    assert formula(other) == shown
    for tab, kind in (("Functions", "functions"), ("Distributions", "distribution")):
        other.get_by_role("tab", name=tab).click()
        other.locator(".transport:visible").get_by_role("button", name="One step forward").click()
        expect(other).to_have_url(re.compile(f"#tab={kind}&"))
        shown = formula(other)
        other.reload()
        assert formula(other) == shown
    other.get_by_role("button", name="reset").click()
    assert other.evaluate("location.hash") == ""


def test_the_heading_follows_what_is_shown(visit: Callable[..., Page]) -> None:
    page = visit(LISTS)
    heading = page.get_by_role("heading")
    assert (heading.inner_text(), page.title()) == ("two lists", "two lists")
    page.get_by_role("button", name="transposed").click()
    assert heading.inner_text() == "Transposed convolution of 4 and 3 numbers"
    page.get_by_role("button", name="a table").click()
    assert heading.inner_text() == page.title() == "Correlation of 5x5 and 3x3"
    page.get_by_role("tab", name="Functions").click()
    assert heading.inner_text() == "Convolution of two functions"
    page.get_by_role("tab", name="Distributions").click()
    assert heading.inner_text() == "d6 + d6"
    page.get_by_label("distribution of g").select_option("d4")
    assert heading.inner_text() == "d6 + d4"
    page.get_by_role("tab", name="Numbers").click()
    page.get_by_role("button", name="reset").click()
    assert heading.inner_text() == "two lists"


@pytest.mark.parametrize(
    "hash",
    [
        "#tab=numbers&x=&w=1;2&s=0&d=-1&p=9&at=1e9&mode=mirror",
        "#tab=numbers&x=1,2;3&w=a&s=1e99&b=inf&op=&a=%",
        "#tab=functions&f=box:0:0:0&g=none:1&t=NaN",
        "#tab=distribution&f=~~~&g=x~0~0~1&c=1e99",
        "#tab=distribution&f=x~0~1e-9~1,1&g=x~0~1~1,1&c=1",
        "#tab=numbers&p=99:99&d=99&s=65",
        "#nothing",
        "#tab=constructor&x=1",
    ],
)
def test_a_strange_address_is_no_trouble(visit: Callable[..., Page], hash: str) -> None:
    page = visit(LISTS, hash=hash)
    assert "NaN" not in page.inner_text("body")
    page.get_by_role("tab", name="Numbers").click()
    assert grid_values(page, "output") == [1, 4, 10, 16, 17, 12]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_everything_has_a_name_for_screen_readers(visit: Callable[..., Page], scene: dict[str, Any]) -> None:
    page = visit(scene)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    needing = {
        "button", "slider", "spinbutton", "textbox", "combobox", "checkbox", "gridcell", "grid", "tab",
        "tablist", "tabpanel", "image", "group", "complementary", "region",
    }  # fmt: skip
    found = [
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]
    ]
    named = [(role, name) for role, name in found if role in needing]
    assert len(named) > 12
    assert not [role for role, name in named if not name.strip()]
    # What is shown as an image says what there is to see.
    assert all(len(name) > 40 for role, name in named if role == "image")


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_phone_shows_all_of_it(visit: Callable[..., Page], scene: dict[str, Any]) -> None:
    page = visit(scene, width=360, has_touch=True, is_mobile=True)
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [360, 360]
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, label, input, .cell[role]")]
            .filter(one => one.checkVisibility() && one.type !== "checkbox")
            .map(one => [one.getBoundingClientRect(), one.ariaLabel ?? one.textContent])
            .filter(([{ width, height }]) => height < 40 || width < 30).map(([, name]) => name)"""
    )
    assert not small


def test_a_long_command_is_broken_between_its_lines(visit: Callable[..., Page]) -> None:
    page = visit({**LISTS, "input": list(range(40))}, width=360)
    assert page.locator("code").evaluate("one => [one.scrollWidth - one.clientWidth, one.innerText]") == [
        0,
        f"convcli conv-arith --input={','.join(map(str, range(40)))} --kernel=1,2,3 --padding 2 --convolve",
    ]


def test_the_window_is_scrolled_into_sight_on_a_phone(visit: Callable[..., Page]) -> None:
    page = visit({**LISTS, "input": list(range(16))}, width=360)
    page.get_by_role("slider", name="window on the input").press("End")
    page.wait_for_timeout(250)
    box = page.get_by_role("slider", name="window on the input").bounding_box()
    assert box is not None
    assert 0 < box["x"] < box["x"] + box["width"] < 360


@pytest.mark.parametrize("width", [360, 1280])
def test_numbers_stay_in_their_cells(visit: Callable[..., Page], width: int) -> None:
    numbers = [-288, -1234.5, 0.0625, 123456, 1e-9, -99, 224, 1.25e-7]
    table = {"input": [numbers, numbers[::-1]], "kernel": [[1, -288]], "padding": [[0, 0], [1, 1]]}
    for scene in ({**LISTS, "input": numbers, "kernel": [1, -1000, 0.3333]}, {**LISTS, **table}):
        page = visit(scene, width=width)
        for output in range(5):
            page.get_by_role("grid", name="output").get_by_role("gridcell").nth(output).hover()
            beyond = page.evaluate(
                """() => [...document.querySelectorAll(".cell[role], .flat .window .cell")]
                    .filter(cell => cell.checkVisibility() && cell.firstChild)
                    .filter(cell => {
                        const text = document.createRange();
                        text.selectNodeContents(cell);
                        const [drawn, box] = [text.getBoundingClientRect(), cell.getBoundingClientRect()];
                        const inside = box.left + cell.clientLeft;
                        return drawn.left < inside - 0.5 || drawn.right > inside + cell.clientWidth + 0.5;
                    }).map(cell => cell.textContent)"""
            )
            assert not beyond


def test_labels_of_plots_are_whole(visit: Callable[..., Page]) -> None:
    even = {"support": list(range(90)), "probability": [1 / 90] * 90}
    rare = {"support": [0, 5], "probability": [1, 1e-12]}
    for scene in (
        FUNCTIONS,
        {**DICE, "f": {"name": "f", **even}, "g": {"name": "g", **even}},
        {**DICE, "f": {"name": "f", **even}, "g": {"name": "g", **rare}, "given": 94},
    ):
        page = visit(scene)
        cut = page.evaluate(
            """() => [...document.querySelectorAll(".chart svg")].filter(one => one.checkVisibility())
                .flatMap(picture => [...picture.querySelectorAll("text")].filter(text => {
                    const [outer, inner] = [picture, text].map(one => one.getBoundingClientRect());
                    return inner.left < outer.left || inner.right > outer.right + 1;
                })).map(text => text.textContent)"""
        )
        assert not cut


def test_on_paper_there_is_nothing_to_press(visit: Callable[..., Page]) -> None:
    page = visit(TABLES, color_scheme="dark")
    page.get_by_role("button", name="theme").click()
    page.get_by_role("button", name="theme").click()
    tint = "getComputedStyle(document.querySelector('.cell.input')).backgroundColor"
    dark = page.evaluate(tint)
    page.emulate_media(media="print")
    for control in ("button", "select", "input", "[role=tab]"):
        assert page.locator(f"{control}:visible").count() == 0
    assert page.get_by_role("grid").count() == 3
    assert page.evaluate(tint) != dark
    exact = "getComputedStyle(document.querySelector('.cell.padding, .cell.input')).printColorAdjust"
    assert page.evaluate(exact) == "exact"


def test_themes_and_motion(visit: Callable[..., Page]) -> None:
    def ground(page: Page) -> Any:
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    dark = visit(LISTS, color_scheme="dark", reduced_motion="reduce")
    light = visit(LISTS, color_scheme="light")
    assert ground(dark) != ground(light)
    for text in ("theme: light", "theme: dark", "theme: auto"):
        dark.locator("#theme").click()
        assert dark.locator("#theme").inner_text() == text
        assert (ground(dark) == ground(light)) == (text == "theme: light")
    moves = "getComputedStyle(document.querySelector('.window')).transitionDuration"
    assert (dark.evaluate(moves), light.evaluate(moves)) == ("0s", "0.16s, 0.16s") or dark.evaluate(
        moves
    ) == "0s"


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_marks_stand_out(theme: int) -> None:
    colours = {
        name: tuple(bytes.fromhex((light, dark)[theme]))
        for name, light, dark in re.findall(
            r"--([a-z-]+): light-dark\(#(\w{6}), #(\w{6})\)", _part("page.css")
        )
    }
    grounds = {
        "ink": ("page", "card", "press", "input-tint", "kernel-tint", "output-tint", "padding-tint", "hatch"),
        "soft": ("page", "card", "output-tint"),
        "problem": ("page", "card"),
        "input-ink": ("page", "card"),
        "kernel-ink": ("page", "card", "kernel-tint"),
        "output-ink": ("page", "card"),
    }
    for text, behind in grounds.items():
        for ground in behind:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for mark in ("input", "kernel", "output", "edge", "window"):
        assert contrast(colours[mark], colours["card"]) >= 3, mark


# --- functions and distributions ---------------------------------------------------------------------


def test_a_function_slides(visit: Callable[..., Page]) -> None:
    page = visit({**FUNCTIONS, "g": {"name": "box", "width": 1, "centre": 0, "height": 1}})
    picture = page.locator("svg[role=img]:visible").first
    for t in (-1, 0.25, 1.25):
        # The ticks say where on the picture t is.
        ticks = picture.evaluate(
            """svg => [...svg.querySelectorAll('text[text-anchor=middle]')]
                .map(one => [one.textContent, one.getAttribute('x')])"""
        )
        places = {number_of(text): float(x) for text, x in ticks}
        (a, xa), (b, xb) = sorted(places.items())[0], sorted(places.items())[-1]
        box = picture.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + xa + (t - a) / (b - a) * (xb - xa), box["y"] + 60)
        shown = number_of(re.findall(r"^\(f ∗ g\)\((−?[\d.]+)\)", formula(page))[0])
        assert shown == pytest.approx(t, abs=0.02)
        value = number_of(re.findall(r"= ([\d.]+), the striped area", formula(page))[0])
        assert value == pytest.approx(min(1, max(0, 1.5 - abs(shown))), abs=1e-4)
    page.get_by_label("shape of f").select_option("gaussian")
    page.get_by_label("width of f").fill("0.5")
    assert "Gaussian" in (picture.get_attribute("aria-label") or "")
    slider = page.get_by_role("slider", name="t", exact=True)
    before = result_of_slider(slider)
    slider.press("ArrowRight")
    assert result_of_slider(slider) == pytest.approx(before + 0.01)


def result_of_slider(slider: Locator) -> float:
    return float(
        re.match(r"t = (−?[\d.]+)", slider.get_attribute("aria-valuetext") or "")[1].replace("−", "-")
    )  # type: ignore[index]


def test_the_ball_ends_where_two_dice_add_up(visit: Callable[..., Page]) -> None:
    page = visit({**DICE, "given": 9})
    assert formula(page) == "P(9) = Σ f(a)·g(9 − a) = 0.04167 + 0.04167 = 0.0833333"
    assert page.locator("tbody tr").all_inner_texts() == [
        "5\t0.1667\t4\t0.25\t0.04167\t0.5",
        "6\t0.1667\t3\t0.25\t0.04167\t0.5",
    ]
    slider = page.get_by_role("slider", name="c, the total")
    slider.press("Home")
    for total in range(2, 11):
        ways = sum(1 for a in range(1, 7) for b in range(1, 5) if a + b == total)
        assert formula(page).startswith(f"P({total}) = ")
        assert result(page) == pytest.approx(ways / 24, rel=1e-5)
        assert page.locator("tbody tr").count() == ways
        slider.press("ArrowRight")
    page.get_by_label("weights of f").fill("1, 0, 3")
    page.get_by_label("weights of f").press("Enter")
    page.get_by_label("first outcome of f").fill("0")
    page.get_by_label("first outcome of f").press("Enter")
    slider.press("End")
    assert formula(page) == "P(6) = Σ f(a)·g(6 − a) = 0.1875 = 0.1875"
    page.get_by_label("weights of f").fill("1, -2")
    page.get_by_label("weights of f").press("Enter")
    assert page.locator(".problem:visible").inner_text().startswith("Weights of f: ")
    assert page.get_by_label("weights of f").input_value() == "1, 0, 3"


def test_parts_keep_their_names_and_only_balls_are_dropped(visit: Callable[..., Page]) -> None:
    page = visit({**DICE, "given": 9})
    panel = page.get_by_role("tabpanel", name="Distributions")
    assert panel.locator("legend").all_inner_texts() == ["f d6", "g d4"]
    assert panel.locator("caption").inner_text() == "What a was, given a total of 9"
    assert "ball" not in panel.locator(".about").inner_text()
    for which in "fg":
        page.get_by_label(f"distribution of {which}").select_option("ball to the right")
    assert panel.locator("legend").all_inner_texts() == ["f ball to the right", "g ball to the right"]
    assert panel.locator("caption").inner_text().startswith("Where the ball was after the first drop")
    assert panel.locator(".about").inner_text().startswith("A ball is dropped")


# --- the text of the page ----------------------------------------------------------------------------


def test_equal_scenes_give_equal_pages_that_need_no_other_file() -> None:
    page = render(LISTS)
    assert page == render(dict(reversed(LISTS.items())))
    assert set(re.findall(r"https?://[^\s\"'<>]+", page)) == {"http://www.w3.org/2000/svg"}
    assert set(re.findall(r"(?:\b(?:src|srcset|href)=|@import|url\()[^\s>]*", page)) == {
        'href="data:,"',
        "url(#product);",
        "url(#second);",
    }
    assert len(page.encode()) < 120_000


def test_titles_and_names_cannot_leave_their_place(visit: Callable[..., Page]) -> None:
    nasty = "</script><script>document.title = 'broken'</script><!-- <script>"
    page = visit({**DICE, "title": nasty, "f": {**DICE["f"], "name": nasty}})
    assert page.title() == nasty
    assert page.get_by_role("heading").inner_text() == nasty
    assert formula(page).startswith("P(5) = ")


@pytest.mark.parametrize(
    ("scene", "message"),
    [
        ({"kind": "sound", "title": ""}, "'sound' is not a kind of scene"),
        ({**LISTS, "kernel": [[1]]}, "the page needs an input and a kernel of as many axes"),
        ({**LISTS, "input": [[1, 2], [3]]}, "input is neither a list nor a table"),
        ({**LISTS, "input": []}, "input is neither a list nor a table"),
        ({**LISTS, "input": [[[1]]]}, "the page shows lists and tables, and input has 3 axes"),
        ({**LISTS, "stride": [1, 2]}, "stride has 2 entries for 1 axes"),
        ({**LISTS, "bias": math.inf}, "the page shows finite numbers only, and not inf"),
        (
            {**DICE, "f": {"name": "", "support": [1], "probability": []}},
            "f has 1 outcomes and 0 probabilities",
        ),
        ({**FUNCTIONS, "f": {"name": "sine"}}, "f: 'sine' is not a shape"),
        ({**FUNCTIONS, "g": {"width": 0}}, "g: width 0 must be above 0"),
        (
            {**DICE, "f": {"name": "", "support": [0, 1, 1.00001], "probability": [1, 1, 1]}},
            "f has outcomes on more than 5,000 points",
        ),
        (
            {**DICE, "g": {"name": "", "support": [1, 2], "probability": [0, 0]}},
            "g needs probabilities of 0 or more",
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_scenes_that_cannot_be_shown_are_refused(scene: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}"):
        render(scene)
