"""What conv-arith prints: the worked steps in one view or another, gradients, laws, code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from convcli import console
from convcli.errors import UsageError

if TYPE_CHECKING:
    from convcli.arithmetic.sheet import Style
    from convcli.arithmetic.tensors import Tensor
    from convcli.arithmetic.worked import Worked
    from convcli.arithmetic.worked.coding import Target
    from convcli.arithmetic.worked.gradients import Gradients

# For what has no rows and columns of its own.
_NO_TABLE = "use --json, or leave --format out"


def show(
    worked: Worked, *, view: str | None, gradients: Gradients | None, form: str, decimals: bool, quiet: bool
) -> None:
    """Print a worked convolution, with its gradients if there are any."""
    from convcli.arithmetic import sheet

    if form == "json":
        console.emit(_record(worked, view, gradients))
        return
    if form == "csv":
        _print(_comma_separated(worked, view, gradients))
        return
    style = _style(decimals=decimals)
    views = {"table": sheet.table, "matrix": sheet.matrix_view, "scatter": sheet.scatter_view}
    steps = views.get(view or "", sheet.slide)(worked, style)
    _print((*sheet.heading(worked, style), "", *steps, "", "result", *sheet.result(worked, style)))
    if gradients is not None:
        _print(("", *sheet.gradients_view(gradients, style)))
    if not quiet:
        _report(worked)


def show_laws(
    names: str, f: Tensor, g: Tensor, h: Tensor | None, *, correlate: bool, form: str, decimals: bool
) -> None:
    """Print both sides of laws of convolution; `names` as typed."""
    from convcli.arithmetic import sheet
    from convcli.arithmetic.worked.properties import PROPERTIES, check

    asked = PROPERTIES if names == "all" else [name.strip().lower() for name in names.split(",")]
    checked = check(asked, f, g, h, correlate=correlate)
    if form == "csv":
        raise UsageError("--format csv: laws have no table of their own", hint=_NO_TABLE)
    if form == "json":
        operation = "correlation" if correlate else "convolution"
        console.emit({"operation": operation, "checks": [one.record() for one in checked]})
        return
    _print(sheet.properties_view(checked, _style(decimals=decimals)))


def show_code(worked: Worked, target: Target, *, form: str) -> None:
    """Print code that gives the same numbers."""
    from convcli.arithmetic.worked.coding import code

    written = code(worked, target)
    if form == "csv":
        raise UsageError("--format csv: code has no table of its own", hint=_NO_TABLE)
    if form == "json":
        console.emit({"operation": worked.operation, "framework": target, "code": written})
        return
    console.line(written)


def _record(worked: Worked, view: str | None, gradients: Gradients | None) -> dict[str, Any]:
    """Everything for JSON; the matrix and the gradients only where they are asked for."""
    record = worked.record()
    if view == "matrix":
        from convcli.arithmetic.worked.matrix import matrix

        record.update(matrix(worked).record())
    if gradients is not None:
        record["grad"] = gradients.record()
    return record


def _comma_separated(worked: Worked, view: str | None, gradients: Gradients | None) -> list[str]:
    from convcli.arithmetic import sheet

    if gradients is not None:
        raise UsageError("--format csv: gradients are several tables", hint=_NO_TABLE)
    if view == "matrix":
        from convcli.arithmetic.worked.matrix import matrix

        return sheet.comma_separated(matrix(worked).values)
    return sheet.comma_separated(worked.result())


def _style(*, decimals: bool) -> Style:
    from convcli.arithmetic import sheet

    return sheet.Style(
        width=console.width(),
        decimals=decimals,
        elide=console.on_terminal(),
        times=console.glyph("·", "*"),
        bar=console.glyph("│", "|"),
        dash=console.glyph("─", "-"),
        cross=console.glyph("┼", "+"),
        dots=console.glyph("…", "..."),
        star=console.glyph("⋆", "(x)"),
    )


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        console.line(line)


def _report(worked: Worked) -> None:
    from convcli.arithmetic.layers import AXIS_NAMES

    names = AXIS_NAMES[worked.ndim] if worked.ndim > 1 else ("output size",)
    for name, axis in zip(names, worked.axes, strict=True):
        console.note(f"{name}: {axis.formula}")
