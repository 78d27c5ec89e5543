"""Terms of the command line that are points of the plane: ball2:METRES, files of x, y and probability."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from convcli.errors import UsageError, shortened
from convcli.files import STREAM, display_name

from .questions import Place, point
from .sums2 import BALL2_METRE, Problem2, Term2
from .tables2 import MatrixFrame, read_table2
from .terms import Reader, names_data

_BALL2 = re.compile(r"\s*ball2:([1-9][0-9]{0,11})\s*", re.IGNORECASE)


def matrix_frame(origin: Place | None, step: Place | None) -> MatrixFrame | None:
    """Where the entries of matrices stand, by the options; None if these do not say.

    Parameters
    ----------
    origin : Place, optional
        The x and y of the first entry, 0,0 if only the steps are given.
    step : Place, optional
        Along x and along y, or for both; a single one without an origin is that of continuous laws.

    Raises
    ------
    UsageError
        If the origin is not a point.
    """
    if origin is None and (step is None or len(step) == 1):
        return None
    steps = step or (Fraction(1),)
    return MatrixFrame(
        (Fraction(0), Fraction(0)) if origin is None else point(origin, option="--origin"),
        (steps[0], steps[-1]),
    )


def read_points(
    texts: Sequence[str], *, times: int, read: Reader, frame: MatrixFrame | None
) -> Problem2 | None:
    """Read the terms of a sum of points.

    Parameters
    ----------
    texts : sequence of str
        At least one.
    times : int
        Independent repetitions of the whole, > 0.
    read : callable
        What reads files and standard input.
    frame : MatrixFrame, optional
        Where the entries of matrices stand.

    Returns
    -------
    Problem2 or None
        None if no term is a point.

    Raises
    ------
    UsageError
        If some terms are points and others are not, or a frame is given and there are no points.
    ReadError
        If a file cannot be read, or holds a wrong distribution of points.
    """
    if list(texts).count(STREAM) > 1:
        raise UsageError("'-': standard input can be read only once")
    terms = [_read_point(text, read=read, frame=frame) for text in texts]
    points = tuple(term for term in terms if term is not None)
    if len(points) == len(texts):
        return Problem2(points, times)
    number = shortened(texts[terms.index(None)])
    if points:
        raise UsageError(
            f"{number}: a number cannot be added to {points[0].text}, which is a point of the plane"
        )
    if frame is not None:
        raise UsageError(f"{number}: no matrix, which --origin and --step X,Y are for")
    return None


def _read_point(text: str, *, read: Reader, frame: MatrixFrame | None) -> Term2 | None:
    """Read one term; None if it is no point."""
    if names_data(text):
        law = read_table2(read(text), display_name(text), frame=frame)
        return None if law is None else Term2(display_name(text), law.pmf, warnings=law.warnings)
    ball = _BALL2.fullmatch(text)
    return Term2(text.strip(), BALL2_METRE, int(ball[1])) if ball else None
