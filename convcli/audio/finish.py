"""How a result is brought into its file: level, dither and sample format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from convcli.errors import UsageError

from . import formats
from .dither import is_due
from .formats import Encoding

Clip = Literal["warn", "error", "normalize"]
DitherKind = Literal["tpdf", "none"]


@dataclass(frozen=True, slots=True)
class Finish:
    """How a result is brought into its file.

    Parameters
    ----------
    normalize : float or None
        Peak of the result in dBFS, as far as its samples can hold it; None: it is left where it is.
    clip : "warn", "error" or "normalize"
        What happens when samples leave the range of the output: they are limited; nothing is written;
        all is made softer by one gain.
    dither : "tpdf", "none" or None
        Whether noise is added to integer samples before they are rounded; None: where `dither.is_due`.
    seed : int
        Of the noise.
    subtype : str or None
        Sample format of the output; None: the input's, or the nearest that is not smaller.
    """

    normalize: float | None = None
    clip: Clip = "warn"
    dither: DitherKind | None = None
    seed: int = 0
    subtype: str | None = None

    def check(self, target: Encoding) -> None:
        """Raise `UsageError` if the samples of the result cannot be as loud as asked for."""
        if self.normalize is not None and self.normalize > 0 and formats.bits_of(target.subtype) is not None:
            raise UsageError(
                f"--normalize: {self.normalize:g} dB is above full scale, which {target.subtype} ends at",
                hint="choose 0 or less, or --subtype FLOAT",
            )

    def dithers(self, source: Encoding, target: Encoding) -> bool:
        """Say whether noise is added."""
        if formats.bits_of(target.subtype) is None:
            return False
        return is_due(source.subtype, target.subtype) if self.dither is None else self.dither == "tpdf"
