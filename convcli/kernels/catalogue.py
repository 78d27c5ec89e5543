"""The named kernels: how each is built, what it is for, where it comes from.

References
----------
- J. Daugman, "Uncertainty relation for resolution in space, spatial frequency, and orientation optimized by
  two-dimensional visual cortical filters", 1985
- H. Farid and E. Simoncelli, "Differentiation of discrete multidimensional signals", 2004
- R. Gonzalez and R. Woods, "Digital image processing", chapter 3 on spatial filtering
- D. Marr and E. Hildreth, "Theory of edge detection", 1980
- J. Prewitt, "Object enhancement and extraction", 1970
- L. Roberts, "Machine perception of three-dimensional solids", 1963
- H. Scharr, "Optimal operators in digital image processing", 2000
- I. Sobel and G. Feldman, "A 3x3 isotropic gradient operator for image processing", 1968
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError

from . import derivatives as d
from . import enhancing as e
from . import smoothing as s
from .model import Kernel, Weights


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a named kernel.

    Parameters
    ----------
    name : str
        As the help shows it: ``"SIZE"``.
    default : str
        As the user would type it.
    read : callable
        Turns text into the constructor's argument.
    usual : bool
        Whether the default is so usual that the kernel's name leaves it out.
    """

    name: str
    default: str
    read: Callable[[str], Any]
    usual: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One named kernel.

    Parameters
    ----------
    build : callable
        Takes the parameters' values in order and returns the weights.
    description, citation : str
        What it is, and its source.
    parameters : tuple of Parameter
    """

    build: Callable[..., Weights]
    description: str
    citation: str
    parameters: tuple[Parameter, ...] = ()


def read_sizes(text: str) -> tuple[int, ...]:
    """Read ``3`` or ``3x5``: whole numbers above 0, height first."""
    try:
        numbers = read_numbers(text)
        whole = all(number >= 1 and number == int(number) for number in numbers)
    except UsageError:
        whole = False
    if not whole:
        raise UsageError(f"{text!r} is not N or HxW in whole numbers above 0", hint="for example 3 or 3x5")
    return tuple(int(number) for number in numbers)


def read_numbers(text: str) -> tuple[float, ...]:
    """Read ``2`` or ``1x2.5``: numbers, vertical first."""
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) > 2 or not all(part.strip() for part in parts):
        raise UsageError(
            f"{text!r} is not one number, or two with an x between them", hint="for example 2 or 1x2"
        )
    return tuple(read_number(part) for part in parts)


def read_number(text: str) -> float:
    """Read one number; fractions such as 1/3 are allowed."""
    return float(parse_number(text))


def _read_positive(text: str) -> float:
    number = read_number(text)
    if number <= 0:
        raise UsageError(f"{text} is not above 0", hint="for example 4")
    return number


def _constant(weights: Weights) -> Callable[[], Weights]:
    return weights.copy


_SOBEL = "Sobel and Feldman 1968"
_PREWITT = "Prewitt 1970"
_SCHARR = "Scharr 2000"
_ROBERTS = "Roberts 1963"
_FARID = "Farid and Simoncelli 2004, table 1"
_MARR = "Marr and Hildreth 1980"
_GABOR = "Daugman 1985"
_GONZALEZ = "Gonzalez and Woods, chapter 3"

_LENGTH = Parameter("LENGTH", "15", read_number)
_ANGLE = Parameter("ANGLE", "0", read_number)

REGISTRY: Mapping[str, Entry] = {
    "identity": Entry(_constant(e.IDENTITY), "the picture as it is", "unit impulse"),
    "box": Entry(s.box, "mean of a rectangle", "moving average", (Parameter("SIZE", "3", read_sizes),)),
    "triangle": Entry(
        s.triangle,
        "mean with linear fall-off",
        "Bartlett window",
        (Parameter("SIZE", "5", read_sizes),),
    ),
    "gaussian": Entry(
        s.gaussian,
        "Gaussian, sampled, cut at TRUNCATE sigma",
        "as scipy.ndimage.gaussian_filter",
        (Parameter("SIGMA", "2", read_numbers), Parameter("TRUNCATE", "4", _read_positive, usual=True)),
    ),
    "disk": Entry(
        s.disk,
        "mean of a circle: out of focus",
        "exact area of each pixel inside the circle",
        (Parameter("RADIUS", "4", read_number),),
    ),
    "motion": Entry(
        s.motion,
        "mean along a line: a moved camera",
        "1 minus the distance from the line",
        (_LENGTH, _ANGLE),
    ),
    "sharpen": Entry(_constant(e.SHARPEN), "identity minus laplacian", _GONZALEZ),
    "unsharp": Entry(
        e.unsharp,
        "add what a Gaussian takes away",
        _GONZALEZ,
        (Parameter("SIGMA", "1", read_number), Parameter("AMOUNT", "0.5", read_number)),
    ),
    "emboss": Entry(_constant(e.EMBOSS), "relief, lit from the upper left", "identity plus a diagonal slope"),
    "pair-x": Entry(lambda: d.along_x(d.PAIR), "each pixel minus its left neighbour", "backward difference"),
    "pair-y": Entry(lambda: d.along_y(d.PAIR), "each pixel minus its upper neighbour", "backward difference"),
    "sobel-x": Entry(lambda: d.along_x(d.CENTRAL, d.SOBEL_SMOOTH), "slope to the right times 8", _SOBEL),
    "sobel-y": Entry(lambda: d.along_y(d.CENTRAL, d.SOBEL_SMOOTH), "slope downwards times 8", _SOBEL),
    "prewitt-x": Entry(
        lambda: d.along_x(d.CENTRAL, d.PREWITT_SMOOTH), "slope to the right times 6", _PREWITT
    ),
    "prewitt-y": Entry(lambda: d.along_y(d.CENTRAL, d.PREWITT_SMOOTH), "slope downwards times 6", _PREWITT),
    "scharr-x": Entry(lambda: d.along_x(d.CENTRAL, d.SCHARR_SMOOTH), "slope to the right times 32", _SCHARR),
    "scharr-y": Entry(lambda: d.along_y(d.CENTRAL, d.SCHARR_SMOOTH), "slope downwards times 32", _SCHARR),
    "roberts-a": Entry(_constant(d.ROBERTS_A), "pixel minus its upper left neighbour", _ROBERTS),
    "roberts-b": Entry(_constant(d.ROBERTS_B), "left neighbour minus upper neighbour", _ROBERTS),
    "farid-x": Entry(lambda: d.along_x(d.FARID_EDGE, d.FARID_SMOOTH), "slope to the right, 5 taps", _FARID),
    "farid-y": Entry(lambda: d.along_y(d.FARID_EDGE, d.FARID_SMOOTH), "slope downwards, 5 taps", _FARID),
    "laplacian": Entry(_constant(d.LAPLACIAN), "4 neighbours minus the pixel", "five-point stencil"),
    "laplacian8": Entry(_constant(d.LAPLACIAN8), "8 neighbours minus the pixel", "nine-point stencil"),
    "log": Entry(
        d.laplacian_of_gaussian, "Laplacian of a Gaussian", _MARR, (Parameter("SIGMA", "2", read_number),)
    ),
    "dog": Entry(
        d.difference_of_gaussians,
        "narrow Gaussian minus a wide one",
        _MARR,
        (Parameter("NARROW", "1", read_number), Parameter("WIDE", "2", read_number)),
    ),
    "gabor": Entry(
        d.gabor,
        "wave under a Gaussian: stripes of one direction",
        _GABOR,
        (
            Parameter("WAVE", "8", read_number),
            _ANGLE,
            Parameter("SIGMA", "3", read_number),
            Parameter("ASPECT", "1", read_number),
            Parameter("PHASE", "0", read_number),
        ),
    ),
}


def make(
    name: str,
    *arguments: str,
    labels: Sequence[str] = (),
    build: Callable[..., Weights] | None = None,
) -> Kernel:
    """Build a named kernel.

    Parameters
    ----------
    name : str
        A key of `REGISTRY`.
    *arguments : str
        As typed after the colon; missing ones take their defaults.
    labels : sequence of str
        What messages call each of the parameters, the one that sets the size first; without them all are
        ``kernel 'name'``.
    build : callable, optional
        Another way to make the weights from the same parameters, as some other tool does.

    Returns
    -------
    Kernel
        Named with its arguments: ``"gaussian:2"``.

    Raises
    ------
    UsageError
        If there is no such kernel, too many arguments, or one out of range.
    """
    entry = find(name)
    if len(arguments) > len(entry.parameters):
        raise UsageError(
            f"kernel {name!r} takes {_count(len(entry.parameters))}, not {len(arguments)}",
            hint=f"its form is {usage(name)}",
        )
    texts = [*arguments, *(parameter.default for parameter in entry.parameters[len(arguments) :])]
    whole = f"kernel {name!r}"
    values = []
    for parameter, text, label in zip(entry.parameters, texts, labels or [whole] * len(texts), strict=True):
        with _blamed_on(label):
            values.append(parameter.read(text))
    named = [
        text.strip()
        for text, parameter in zip(texts, entry.parameters, strict=True)
        if not (parameter.usual and text == parameter.default)
    ]
    title = ":".join([name, ",".join(named)]) if named else name
    # Arguments next to the limits of floating point overflow, which the kernel's own check tells.
    with _blamed_on(labels[0] if labels else whole), np.errstate(all="ignore"):
        if build is not None:
            return Kernel(title, build(*values), f"{name} as another tool makes it")
        return Kernel(title, entry.build(*values), entry.description, entry.citation)


@contextmanager
def _blamed_on(label: str) -> Iterator[None]:
    """Put what is at fault before the message."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{label}: {error.message}", hint=error.hint) from None


def find(name: str) -> Entry:
    """Return the entry of a name, or say which names are close to it.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name in REGISTRY:
        return REGISTRY[name]
    close = get_close_matches(name, REGISTRY, n=3, cutoff=0.5)
    remedy = f"did you mean {' or '.join(close)}? " if close else ""
    raise UsageError(
        f"{name!r} is not a named kernel, a list of numbers or a file of numbers",
        hint=f"{remedy}'convcli kernels' lists the names; numbers look like 1,2,1 or 1,0,-1;2,0,-2",
    )


def usage(name: str) -> str:
    """Return the form of a kernel's text: ``"gaussian:SIGMA"``."""
    parameters = ",".join(parameter.name for parameter in REGISTRY[name].parameters)
    return f"{name}:{parameters}" if parameters else name


def _count(number: int) -> str:
    return "no arguments" if number == 0 else "1 argument" if number == 1 else f"{number} arguments"
