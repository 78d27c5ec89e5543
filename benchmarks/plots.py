"""Curves of time against kernel size, as small PNG files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

Points = Sequence[tuple[float, float]]

# Okabe and Ito's colours, which the colour-blind can tell apart, and a marker each besides.
STYLES: Mapping[str, tuple[str, str]] = {
    "convcli": ("#000000", "o"),
    "OpenCV": ("#D55E00", "s"),
    "libvips": ("#0072B2", "^"),
    "libvips, float": ("#56B4E9", "v"),
    "Pillow": ("#009E73", "D"),
    "scipy.ndimage": ("#CC79A7", "P"),
    "scikit-image": ("#E69F00", "X"),
}

# Width of a label, as a part of the axis.
LABEL = 0.065

AXES: Mapping[str, tuple[str, str]] = {
    "box": ("side of the box, pixels", "Boxes"),
    "Gaussian": ("sigma, pixels", "Gaussians"),
    "dense": ("side of the kernel, pixels", "Dense kernels"),
}


def draw(curves: Mapping[str, Mapping[str, Points]], folder: Path) -> dict[str, Path]:
    """Draw one plot a family, both axes logarithmic.

    Parameters
    ----------
    curves : mapping of str to mapping of str to sequence of (float, float)
        Points (size, seconds) by family and tool.
    folder : Path
        Made if it is not there.

    Returns
    -------
    dict of str to Path
        The file of each family; empty if matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        return {}
    mpl.use("agg")
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for family, tools in curves.items():
        paths[family] = folder / f"{family.lower()}.png"
        _one(family, tools, paths[family])
    return paths


def spaced(sizes: Collection[float]) -> list[float]:
    """Those sizes whose labels have room on a logarithmic axis; the largest is always one of them.

    Parameters
    ----------
    sizes : collection of float
        Above 0.
    """
    kept: list[float] = []
    room = (max(sizes) / min(sizes)) ** LABEL
    for size in sorted(sizes, reverse=True):
        if not kept or kept[-1] >= size * room:
            kept.append(size)
    return kept[::-1]


def _one(family: str, tools: Mapping[str, Points], path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullLocator

    label, title = AXES.get(family, ("size", family))
    figure = Figure(figsize=(7, 4.2), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for tool, points in tools.items():
        colour, marker = STYLES.get(tool, ("#666666", "."))
        sizes, seconds = zip(*points, strict=True)
        own = tool == "convcli"
        axes.plot(
            sizes,
            [1000 * s for s in seconds],
            color=colour,
            marker=marker,
            markersize=5,
            linewidth=2.5 if own else 1.3,
            zorder=3 if own else 2,
            label=tool,
        )
    axes.set(xscale="log", yscale="log", xlabel=label, ylabel="milliseconds", title=title)
    plain = FuncFormatter(lambda value, _: f"{value:g}")
    ticks = spaced({size for points in tools.values() for size, _ in points})
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(plain)
    axes.grid(which="major", color="#dddddd", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=100)
