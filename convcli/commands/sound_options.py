"""Options of the commands that work on sounds, and what they choose together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from convcli.errors import UsageError
from convcli.options import CONVOLUTION, OUTPUT, parse_seed

from .batches import FileChoices

if TYPE_CHECKING:
    from convcli.audio.finish import Finish

Clip = Literal["warn", "error", "normalize"]
Dither = Literal["tpdf", "none"]

# --- convolution --------------------------------------------------------------------------------

MixOpt = Annotated[
    str | None,
    typer.Option(
        "--mix",
        metavar="M",
        help="Share of the effect, 0 to 1 or 0% to 100%: (1 - M) of the sound itself and M of the effect.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
TailOpt = Annotated[
    str,
    typer.Option(
        "--tail",
        metavar="keep|cut|SECONDS",
        help="How long to go on after the sound ends: until all has faded, not at all, or so long.",
        rich_help_panel=CONVOLUTION,
    ),
]

# --- output -------------------------------------------------------------------------------------

LEVEL_HELP = "Bring the peak of the result to so many decibels below full scale, e.g. -1"

LevelOpt = Annotated[
    str,
    typer.Option("--normalize", metavar="DB|off", help=f"{LEVEL_HELP}.", rich_help_panel=OUTPUT),
]
ClipOpt = Annotated[
    Clip,
    typer.Option(
        "--clip",
        metavar="warn|error|normalize",
        help="When samples leave the range: limit and count them, write nothing, or make all softer.",
        rich_help_panel=OUTPUT,
    ),
]
DitherOpt = Annotated[
    Dither | None,
    typer.Option(
        "--dither",
        metavar="tpdf|none",
        help="Noise of up to one step before rounding to integers, against distortion of soft sounds. "
        "Without it tpdf only where samples lose depth.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
SeedOpt = Annotated[
    int,
    typer.Option(
        "--seed", parser=parse_seed, metavar="N", help="Another dither noise.", rich_help_panel=OUTPUT
    ),
]
SubtypeOpt = Annotated[
    str | None,
    typer.Option(
        "--subtype",
        metavar="NAME",
        help="Sample format: PCM_16, PCM_24, FLOAT ...; without it the input's, or the nearest not smaller.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]

PlotOpt = Annotated[
    str | None,
    typer.Option(
        "--plot",
        metavar="FILE",
        help="Draw waveform and spectrogram before and after: .png, .svg or .pdf. Needs the extra plot.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]

_FARTHEST = 300  # dB from full scale: no sample is farther


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundChoices(FileChoices):
    """What is done with files of sounds, whatever the effect.

    Parameters
    ----------
    normalize : float or None
        Peak of the result in dBFS; None: as it comes.
    clip, dither, seed, subtype
        As their options say.
    plot : str or None
        File for a picture of one sound before and after.
    """

    normalize: float | None = None
    clip: Clip = "warn"
    dither: Dither | None = None
    seed: int = 0
    subtype: str | None = None
    plot: str | None = None

    def finish(self) -> "Finish":
        """Put the choices into the words of the sounds' room."""
        from convcli.audio.finish import Finish

        return Finish(
            normalize=self.normalize,
            clip=self.clip,
            dither=self.dither,
            seed=self.seed,
            subtype=self.subtype,
        )


def parse_level(text: str) -> float | None:
    """Read ``off``, or decibels relative to full scale: ``-1`` or ``-1dB``.

    Raises
    ------
    UsageError
        The text is neither.
    """
    from convcli.arithmetic.literals import parse_number

    written = text.strip().lower()
    if written == "off":
        return None
    hint = "write e.g. -1 for 1 dB below full scale, or off"
    try:
        level = float(parse_number(written.removesuffix("fs").removesuffix("db")))
    except UsageError:
        raise UsageError(f"--normalize: {text!r} is not a level in decibels", hint=hint) from None
    if abs(level) > _FARTHEST:
        raise UsageError(f"--normalize: {text!r} is out of range", hint=hint)
    return level
