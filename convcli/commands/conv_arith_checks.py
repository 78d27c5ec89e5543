"""Which options of conv-arith go together: each one acts, or is refused."""

from __future__ import annotations

from collections.abc import Iterable

from convcli import files
from convcli.commands.shape_options import check_questions
from convcli.errors import UsageError

# What data for other programs have of the views: the steps of the JSON are those of the slide.
_VIEWS_OF_DATA = {"json": ("slide", "matrix"), "csv": ("matrix",)}


def check_together(
    *,
    grad: bool,
    upstream: str | None,
    check: str | None,
    third: str | None,
    code: str | None,
    output: str | None,
    view: str | None,
    form: str,
    draws: bool,
) -> None:
    """Refuse two questions at a time, and what belongs to a question that is not asked.

    Parameters
    ----------
    grad, upstream, check, third, code, output, view
        The options of these names.
    form : {"table", "csv", "json"}
        How to print.
    draws : bool
        Whether a drawing is asked for.

    Raises
    ------
    UsageError
    """
    questions = {
        "--grad": grad,
        "--check": check is not None,
        "--code": code is not None,
        "--output": output is not None,
        "a drawing": draws,
    }
    viewed = {f"--view {view}": view is not None}
    check_questions(questions)
    check_questions({**viewed, **questions, "--grad": False})  # the gradients stand below any view
    check_questions({f"--{form}": form == "json", "--format csv": form == "csv", "a drawing": draws})
    check_with("--upstream", upstream is not None, "--grad", grad)
    check_with("--third", third is not None, "--check", check is not None)
    if view is not None and form in _VIEWS_OF_DATA and view not in _VIEWS_OF_DATA[form]:
        raise UsageError(
            f"--view {view} is not in --format {form}, which has the same numbers without it",
            hint="leave --view out, or take --view matrix",
        )


def check_with(option: str, given: bool, question: str, asked: bool) -> None:
    """Refuse an option that does nothing without another."""
    if given and not asked:
        raise UsageError(f"{option} belongs to {question}", hint=f"add {question}")


def check_streams(sources: Iterable[str | None]) -> None:
    """Refuse standard input for two of the operands."""
    if list(sources).count(files.STREAM) > 1:
        raise UsageError("'-': standard input can be read only once", hint="name a file for one of the two")


def check_alone(others: Iterable[str]) -> None:
    """Refuse any other options next to --catalogue, whose numbers and settings are its own."""
    for name in others:
        raise UsageError(
            f"{name} and --catalogue: the animations are those of the guide, as they stand there",
            hint=f"leave {name} out",
        )
