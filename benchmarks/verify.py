"""Are the files that programs wrote right?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import accuracy, commands, sounds
from .works import Work

# Side of the corner of a picture that is looked at, and frames of a sound.
CORNER = 512
FRAMES = 10 * sounds.RATE


def gaussian(sigma: float, source: Path, target: Path) -> str:
    """Say how far a blurred picture is from the true one, as `accuracy.judge` does.

    Parameters
    ----------
    sigma : float
    source, target : Path
        RGB pictures of 8 bits; of a target of another kind, or one that Pillow cannot read, nothing is said.
    """
    from PIL import Image, UnidentifiedImageError

    with Image.open(source) as before:
        corner = (0, 0, min(CORNER, before.width), min(CORNER, before.height))
        given = np.asarray(before.crop(corner))
    try:
        with Image.open(target) as after:
            result = np.asarray(after.crop(corner))
    except UnidentifiedImageError:
        return ""
    if result.shape != given.shape or result.dtype != given.dtype:
        return ""
    return accuracy.judge(result, accuracy.exact(Work("gaussian", sigma), given))


def echo(source: Path, target: Path) -> str:
    """Say how far a sound is from itself with one echo, in steps of 16 bits.

    Parameters
    ----------
    source, target : Path
        16-bit sounds.
    """
    import soundfile

    given, result = (
        soundfile.read(path, frames=FRAMES, dtype="int16")[0].astype(np.float64) for path in (source, target)
    )
    truth = given.copy()
    truth[sounds.DELAY :] += sounds.GAIN * given[: -sounds.DELAY]
    limits = np.iinfo(np.int16)
    return accuracy.deviation(result, np.clip(truth, limits.min, limits.max))


def reverb(source: Path, target: Path) -> str:
    """Say how far a sound is from itself in the room whose response lies beside it, as `sounds.judge` does.

    Parameters
    ----------
    source, target : Path
        16-bit sounds.
    """
    import soundfile
    from scipy.signal import oaconvolve

    given, result = (soundfile.read(path, frames=FRAMES, dtype="float64")[0] for path in (source, target))
    response = soundfile.read(source.with_name(commands.RESPONSE), dtype="float64")[0]
    return sounds.judge(result, np.asarray(oaconvolve(given, response, axes=0)))
