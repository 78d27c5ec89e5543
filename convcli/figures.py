"""Figures that matplotlib draws into files; it is an extra, and loaded only for them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ConvError, UsageError, shortened
from .files import check_absent, replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")

# No dates: the same figure is the same bytes.
_METADATA: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
_DOTS_PER_INCH = 150


def check_target(target: str, *, force: bool) -> None:
    """Refuse a file that could not be written in the end, before any work.

    Raises
    ------
    UsageError
        The name ends in none of `SUFFIXES`.
    ConvError
        matplotlib is not installed.
    WriteError
        The file exists and `force` is not set.
    """
    if not target.lower().endswith(SUFFIXES):
        raise UsageError(
            f"--plot {shortened(target)}: the name ends in .png, .svg or .pdf", hint="e.g. --plot a.png"
        )
    if importlib.util.find_spec("matplotlib") is None:
        raise ConvError(
            "--plot: needs matplotlib, which is not installed",
            hint='install it with: pip install "convcli[plot]"',
        )
    check_absent(target, option="--plot", force=force)


@contextmanager
def drawn(target: str, *, size: tuple[float, float], force: bool) -> Iterator[Figure]:
    """Give an empty figure, and save it at the end.

    Parameters
    ----------
    target : str
        A name that `check_target` lets pass.
    size : tuple of float
        Width and height in inches.
    force : bool
        Replace an existing file.

    Yields
    ------
    Figure

    Raises
    ------
    WriteError
        The file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    kind = Path(target).suffix[1:].lower()
    with rc_context({"svg.hashsalt": "convcli", "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=size, layout="constrained")
        yield figure
        with replacing(target, force=force) as temporary:
            figure.savefig(temporary, format=kind, dpi=_DOTS_PER_INCH, metadata=_METADATA[kind])
