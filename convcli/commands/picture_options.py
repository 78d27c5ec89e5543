"""Options of the commands that filter pictures, and what they choose together."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from convcli.errors import UsageError, shortened
from convcli.options import BOUNDARY_HELP, CONVOLUTION, OUTPUT

from .batches import FileChoices

Like = Literal["scipy", "opencv", "imagemagick", "vips", "pillow"]

_PIXELS = re.compile(r"([0-9]{1,12})([kmg]?)", re.IGNORECASE)
_THOUSANDS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


def parse_pixel_count(text: str | int) -> int:
    """Read a number of pixels: ``500000000``, ``500M`` or ``2G``."""
    match = _PIXELS.fullmatch(str(text).strip())
    count = int(match[1]) * _THOUSANDS[match[2].lower()] if match else 0
    if count < 1:
        raise typer.BadParameter(f"{shortened(str(text))!r} is not a number of pixels, e.g. 500M or 2G")
    return count


def parse_real(text: str, *, option: str) -> float:
    """Read one finite number, which may be a fraction.

    Raises
    ------
    UsageError
        If it is none.
    """
    from convcli.arithmetic.literals import parse_number

    try:
        return float(parse_number(text))
    except UsageError as error:
        raise UsageError(f"{option}: {error.message}", hint=error.hint) from None


# --- convolution --------------------------------------------------------------------------------

KernelNormalizeOpt = Annotated[
    Literal["none", "sum", "abs", "positive"] | None,
    typer.Option(
        "--normalize",
        metavar="none|sum|abs|positive",
        help="Divide the kernel by the sum of its weights, of their absolute values, or of the positive. "
        "Without it none, and sum for a picture.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
PaddingModeOpt = Annotated[
    str | None,
    typer.Option(
        "--padding-mode",
        metavar="MODE",
        help=f"{BOUNDARY_HELP} Without it replicate, or what --like does.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
CHANNELS = "rgb|rgba|gray|NAME"
CHANNELS_HELP = (
    "Which channels to filter: the colours, transparency too, their luminance (the result is gray), or one "
    "alone."
)
ChannelsOpt = Annotated[
    str | None,
    typer.Option(
        "--channels",
        metavar=CHANNELS,
        help=f"{CHANNELS_HELP} Without it rgba; rgb where the weights sum to 0.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
LinearOpt = Annotated[
    bool,
    typer.Option(
        "--linear",
        metavar="",
        help="Filter light itself, as a lens does, not the sRGB numbers that code it.",
        rich_help_panel=CONVOLUTION,
    ),
]
NanOpt = Annotated[
    Literal["propagate", "ignore"],
    typer.Option(
        "--nan",
        metavar="propagate|ignore",
        help="What missing numbers (NaN) do: spread as far as the kernel reaches, or leave their weight to "
        "the others.",
        rich_help_panel=CONVOLUTION,
    ),
]
LikeOpt = Annotated[
    Like | None,
    typer.Option(
        "--like",
        metavar="TOOL",
        help="The kernels, centre and border of scipy, opencv, imagemagick, vips or pillow. "
        "Without it convcli's own; other options win.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]

# --- output -------------------------------------------------------------------------------------

QualityOpt = Annotated[
    int | None,
    typer.Option(
        "--quality",
        metavar="1-100",
        help="Of JPEG, WebP and AVIF. Without it: JPEG as its input, else 95; WebP without loss, unless the "
        "input has lost already, then 90; AVIF 90.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
CompressLevelOpt = Annotated[
    int | None,
    typer.Option(
        "--compress-level",
        metavar="0-9",
        help="Effort of PNG. Without it 4, or less where a trial finds that enough: for photographs, which"
        " are then 8 % larger than with 6 in an eighth of its time.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
PreviewOpt = Annotated[
    bool,
    typer.Option(
        "--preview",
        metavar="",
        help="Draw the picture before and after in the terminal, on standard error; with -n just that.",
        rich_help_panel=OUTPUT,
    ),
]
MaxPixelsOpt = Annotated[
    int | None,
    typer.Option(
        "--max-pixels",
        parser=parse_pixel_count,
        metavar="N",
        help="Largest picture to read, e.g. 500M or 2G, and four times as much for all frames of one file; "
        "without it 178956970.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureChoices(FileChoices):
    """What is done with files of pictures, whatever the filter.

    Parameters
    ----------
    quality, compress_level, max_pixels : int or None
        None: as the pictures' room does by itself.
    preview : bool
        Whether to draw them.
    """

    quality: int | None
    compress_level: int | None
    max_pixels: int | None
    preview: bool
