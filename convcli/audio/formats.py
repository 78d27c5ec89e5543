"""Containers and the sample formats they can hold, under libsndfile's names."""

from __future__ import annotations

from dataclasses import dataclass, replace

import soundfile

from convcli.errors import UsageError

# What can be written, by suffix: the container, and the subtype where the suffix implies one.
_SUFFIXES: dict[str, tuple[str, str | None]] = {
    ".wav": ("WAV", None),
    ".wave": ("WAV", None),
    ".rf64": ("RF64", None),
    ".w64": ("W64", None),
    ".flac": ("FLAC", None),
    ".ogg": ("OGG", None),
    ".oga": ("OGG", None),
    ".opus": ("OGG", "OPUS"),
    ".aiff": ("AIFF", None),
    ".aif": ("AIFF", None),
    ".au": ("AU", None),
    ".snd": ("AU", None),
    ".caf": ("CAF", None),
    ".mp3": ("MP3", None),
}
WRITABLE = frozenset(_SUFFIXES)

_FLOATING = {"FLOAT", "DOUBLE"}
_LOSSY = {"VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"}
# libsndfile 1.2.2 goes through a temporary file of its own for these, and crashes when the disk is full;
# beyond 16 bits it writes noise wherever the sound does not compress.
_BROKEN = {"ALAC_16", "ALAC_20", "ALAC_24", "ALAC_32"}
_BITS = {
    "PCM_U8": 8,
    "PCM_S8": 8,
    "PCM_24": 24,
    "PCM_32": 32,
    "ALAC_20": 20,
    "ALAC_24": 24,
    "ALAC_32": 32,
    "DWVW_12": 12,
    "DWVW_24": 24,
}
# Where a container lacks the input's subtype: the first of these that it has and that is not smaller.
_LADDER = ("PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "DOUBLE")
_DOUBLE_BITS = 53
_FLOAT_BITS = 33  # the range of a float32 is in no integer format: only a double is not smaller

# Containers whose sizes are 32-bit numbers, and the bytes of samples that leave room for the chunks around.
_SHORT = {"WAV", "WAVEX", "AIFF"}
_LARGEST = 2**32 - 2**16


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the samples of a sound are stored.

    Parameters
    ----------
    container, subtype : str
        libsndfile's names, e.g. ``"WAV"`` and ``"PCM_16"``.
    rate : int
        Samples a second.
    channels : int
    speakers : int or None
        Channel mask of an extensible WAV, a bit for each loudspeaker; None where none is said.
    """

    container: str
    subtype: str
    rate: int
    channels: int
    speakers: int | None = None


def holds_nonfinite(subtype: str) -> bool:
    """Say whether infinities and NaN are samples like others; an encoder may crash at them."""
    return subtype in _FLOATING


def bits_of(subtype: str) -> int | None:
    """Return the bits of an integer sample; None for floating-point and lossy subtypes.

    Companded and adaptive subtypes are made from 16-bit integers.
    """
    return None if subtype in _FLOATING | _LOSSY else _BITS.get(subtype, 16)


def largest(subtype: str) -> float:
    """Return the largest sample that is not limited, relative to full scale; infinity if none is."""
    bits = bits_of(subtype)
    return float("inf") if bits is None else 1 - 2.0 ** (1 - bits)


def choose(source: Encoding, *, suffix: str | None, subtype: str | None) -> Encoding:
    """Choose how the result of processing a sound is stored.

    Parameters
    ----------
    source : Encoding
        That of the input, kept as far as the container allows.
    suffix : str or None
        A suffix of `WRITABLE`; None: the input's container.
    subtype : str or None
        What the user asked for, in any case; None: the input's, or the nearest that is not smaller.

    Raises
    ------
    UsageError
        The container cannot be written, or lacks the subtype, or all that are large enough.
    """
    container, implied = _SUFFIXES[suffix] if suffix else (source.container, None)
    # An extensible WAV remains one: it is a WAV to everybody.
    if source.container == "WAVEX" and container == "WAV":
        container = "WAVEX"
    if container != "WAVEX" and container not in {name for name, _ in _SUFFIXES.values()}:
        raise UsageError(f"{container}: this format is only read", hint="choose another with --format")
    available = tuple(name for name in soundfile.available_subtypes(container) if name not in _BROKEN)
    wanted = implied or _nearest(source.subtype, container, available) if subtype is None else subtype.upper()
    if wanted not in available:
        raise UsageError(
            f"--subtype: {container} has no {wanted!r}", hint=f"choose one of: {' '.join(available)}"
        )
    return replace(source, container=container, subtype=wanted)


def can_be_empty(encoding: Encoding) -> bool:
    """Say whether libsndfile makes a readable file of no samples at all."""
    return encoding.container not in {"FLAC", "MP3"} and encoding.subtype != "OPUS"


def overflows(encoding: Encoding, frames: int) -> bool:
    """Say whether so many frames are more than the container can hold: 4 GiB for WAV and AIFF."""
    return encoding.container in _SHORT and frames * frame_bytes(encoding) > _LARGEST


def fit(encoding: Encoding, frames: int | None) -> Encoding:
    """Return the encoding in a container that holds so many frames: RF64 where WAV ends."""
    if frames is None or encoding.container == "AIFF" or not overflows(encoding, frames):
        return encoding
    return replace(encoding, container="RF64")


def frame_bytes(encoding: Encoding) -> int:
    """Return the bytes of one sample of every channel, uncompressed."""
    floating = {"FLOAT": 32, "DOUBLE": 64}
    bits = floating.get(encoding.subtype) or bits_of(encoding.subtype) or 16
    return encoding.channels * bits // 8


def _nearest(subtype: str, container: str, available: tuple[str, ...]) -> str:
    default = soundfile.default_subtype(container)
    # An MP3 decoded into a WAV is not encoded again, although a WAV could hold it so.
    if subtype in available and (subtype not in _LOSSY or default in _LOSSY):
        return subtype
    if default in _LOSSY:
        return str(default)
    needed = {"FLOAT": _FLOAT_BITS, "DOUBLE": _DOUBLE_BITS}.get(subtype) or bits_of(subtype) or 16
    for candidate in _LADDER:
        if candidate in available and (bits_of(candidate) or _DOUBLE_BITS) >= needed:
            return candidate
    raise UsageError(
        f"--subtype: {container} has nothing that holds {subtype} in full",
        hint=f"choose one of: {' '.join(available)}",
    )
