"""Plots: what they show, the bytes they make, and what stops them."""

import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from convcli import figures
from convcli.errors import ConvError, UsageError, WriteError
from convcli.probability import plotting
from convcli.probability.questions import Asked
from convcli.probability.request import examine
from convcli.probability.request2 import Result2

Figure = pytest.importorskip("matplotlib.figure").Figure


def numbers(*texts: str, **options: Any) -> Any:
    return examine(texts, **{"asked": Asked(), **options})


def axes(result: Any, *, log: bool) -> list[Any]:
    """Draw into a figure, and return its axes."""
    figure = Figure()
    is_plane = isinstance(result, Result2)
    (plotting.draw_points if is_plane else plotting.draw_numbers)(figure, result, log=log)
    return figure.axes


def draw(result: Any, path: Path, *, log: bool = False) -> bytes:
    plotting.save(result, str(path), log=log, force=True)
    return path.read_bytes()


def test_bars_and_running_sums() -> None:
    upper, lower = axes(numbers("2d6"), log=False)
    assert [bar.get_height() for bar in upper.patches] == [min(i, 12 - i) / 36 for i in range(1, 12)]
    assert [bar.get_x() + bar.get_width() / 2 for bar in upper.patches] == pytest.approx(range(2, 13))
    [line] = lower.lines
    assert list(line.get_xdata()) == [1, *range(2, 13), 13]
    assert list(line.get_ydata())[:3] == [0, 1 / 36, 3 / 36]
    assert list(line.get_ydata())[-2:] == [1, 1]


def test_long_tables_are_outlines_of_what_can_be_seen() -> None:
    upper, _ = axes(numbers("1000d6"), log=False)
    assert not upper.patches
    low, high = upper.get_xlim()
    assert 3200 < low < 3300 < 3700 < high < 3800
    upper, _ = axes(numbers("300d6"), log=True)
    assert upper.get_xlim() == (299, 1801)
    assert upper.get_yscale() == "log"
    bottom, top = upper.get_ylim()
    assert 0 < bottom <= 6.0**-300
    assert 0.01 < top < 1


def test_a_posterior_stands_beside_what_it_began_as() -> None:
    *_, lowest = axes(numbers("2d6", given=(Fraction(4),)), log=False)
    shares = [(bar.get_x() + bar.get_width() / 2, bar.get_height()) for bar in lowest.patches]
    assert [a for a, _ in shares] == pytest.approx([1, 2, 3, *range(1, 7)])
    assert [share for _, share in shares] == pytest.approx([1 / 3] * 3 + [1 / 6] * 6)
    assert [text.get_text() for text in lowest.get_legend().get_texts()] == ["total known", "total not known"]


def test_f_reversed_g_and_their_product_share_one_axis() -> None:
    result = numbers("0:0.5,1:0.5", "0:0.75,1:0.25", given=(Fraction(1),))
    figure = Figure()
    plotting.draw_numbers(figure, result, log=False)
    first, rest, product, _ = figure.axes
    heights = [[bar.get_height() for bar in each.patches] for each in (first, rest, product)]
    assert heights == [[0.5, 0.5], [0.25, 0.75], [0.125, 0.375]]
    assert {each.get_xlim() for each in figure.axes} == {(-1.0, 2.0)}
    assert [text.get_text() for text in product.texts] == ["1/8", "3/8"]
    assert figure.get_suptitle() == "P(1) = Σ f(a) g(1 − a) = 0.5 = 1/2"
    [upper_edge] = rest.child_axes
    figure.draw_without_rendering()
    for a, b in ((0, 1), (1, 0), (2, -1)):
        assert upper_edge.transData.transform((b, 0))[0] == pytest.approx(rest.transData.transform((a, 0))[0])


def test_continuous_parts_are_filled_curves() -> None:
    result = numbers("norm:0,1", "expon", given=(Fraction(2),))
    figure = Figure()
    plotting.draw_numbers(figure, result, log=False)
    assert [len(each.patches) for each in figure.axes] == [0] * 4
    outlines = [each.collections[0].get_paths()[0].vertices for each in figure.axes]
    normal = 1 / math.sqrt(2 * math.pi)
    # The highest whole cell of the exponential law is the second one. The product is highest at a = 1.
    peaks = [normal, math.exp(-0.01), normal * math.exp(-1.5), normal / (1 + math.erf(math.sqrt(0.5))) * 2]
    assert [float(outline[:, 1].max()) for outline in outlines] == pytest.approx(peaks, rel=1e-3)


def test_the_sliding_picture_on_a_logarithmic_scale() -> None:
    for each in axes(numbers("3d6", given=(Fraction(4),)), log=True):
        assert each.get_yscale() == "log"
        low, high = each.get_ylim()
        heights = [bar.get_height() for bar in each.patches]
        assert 0 < low < min(heights) <= max(heights) < high


def test_what_was_known_before_stands_in_the_units_of_the_posterior() -> None:
    # 5994 of 999 dice is less probable than any float; the total of 6000 makes it certain.
    result = numbers("d6", times=1000, after=999, given=(Fraction(6000),))
    for log in (False, True):
        first, *_, lowest = axes(result, log=log)
        assert first.get_ylabel() == "f(a)\nin units of 1e-778"
        assert max(bar.get_height() for bar in lowest.patches) == 1
        assert lowest.get_ylim()[1] in (1.16, 2)


def test_a_heat_map_has_y_upwards_and_gaps_where_nothing_is_possible() -> None:
    heat = next(each for each in axes(numbers("ball2:2"), log=False) if each.images)
    [image] = heat.images
    cells = image.get_array()
    assert image.origin == "lower"
    assert image.get_extent() == pytest.approx([-2.5, 2.5, -2.5, 2.5])
    assert cells[2, 2] == 4 / 16
    assert cells.mask[0, 0]


@pytest.mark.parametrize(
    ("texts", "given"), [(("2d6",), None), (("ball:1", "ball:2"), (Fraction(1),)), (("ball2:3",), None)]
)
def test_pictures_of_all_kinds(tmp_path: Path, texts: tuple[str, ...], given: tuple[Fraction] | None) -> None:
    result = numbers(*texts, given=given)
    for log in (False, True):
        png, svg = (draw(result, tmp_path / f"a.{kind}", log=log) for kind in ("png", "svg"))
        assert draw(result, tmp_path / "b.png", log=log) == png
        assert draw(result, tmp_path / "b.svg", log=log) == svg
        assert not re.search(rb"<dc:date>", svg)
    with Image.open(tmp_path / "a.png") as image:
        assert image.width > 1000
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 10


def test_what_stops_a_plot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_text("mine")
    with pytest.raises(WriteError, match="exists already") as caught:
        figures.check_target(str(tmp_path / "a.png"), force=False)
    assert "--plot" in (caught.value.hint or "")
    figures.check_target(str(tmp_path / "a.png"), force=True)
    with pytest.raises(UsageError, match=r"a\.jpg: the name ends in \.png, \.svg or \.pdf"):
        figures.check_target("a.jpg", force=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ConvError, match="needs matplotlib, which is not installed") as missing:
        figures.check_target(str(tmp_path / "b.png"), force=False)
    assert missing.value.hint == 'install it with: pip install "convcli[plot]"'
