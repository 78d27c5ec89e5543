"""Pictures or sounds: what the inputs of a command that takes both are, and which options go with them."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Literal

from convcli.errors import UsageError
from convcli.files import STREAM, stdin_binary

Medium = Literal["picture", "sound"]

# Known here, so that nobody has to load what reads sounds to learn that a picture is none.
SOUND_SUFFIXES = frozenset(
    {
        *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3"),
        *(".aiff", ".aif", ".aifc", ".au", ".snd", ".caf"),
    }
)

_MOST = 12  # first bytes that tell
_STARTS = (b"RF64", b"RIFX", b"riff", b"fLaC", b"OggS", b"ID3", b".snd", b"caff")


def is_sound_name(path: str) -> bool:
    """Say whether a name is that of a sound."""
    return PurePath(path).suffix.lower() in SOUND_SUFFIXES


def medium(inputs: Sequence[str], *, kernel: str) -> Medium:
    """Say what the inputs are: by their suffixes, or by their first bytes.

    Parameters
    ----------
    inputs : sequence of str
        Paths, or ``"-"``.
    kernel : str
        It decides on a named pipe, which cannot be looked into: only sounds are convolved with sounds.

    Raises
    ------
    UsageError
        There are pictures and sounds.
    """
    sounds = [name for name in inputs if _is_sound(name, kernel)]
    if sounds and len(sounds) < len(inputs):
        other = next(name for name in inputs if name not in sounds)
        raise UsageError(
            f"{sounds[0]} is a sound, {other} is none: they have different options",
            hint="convolve pictures and sounds in calls of their own",
        )
    return "sound" if sounds else "picture"


def refuse(given: Mapping[str, bool], *, medium: Medium) -> None:
    """Refuse options that are not for this medium.

    Parameters
    ----------
    given : mapping of str to bool
        Options of the other medium, and whether they were given.

    Raises
    ------
    UsageError
        One was.
    """
    other = "sounds" if medium == "picture" else "pictures"
    names = [name for name, is_given in given.items() if is_given]
    if names:
        raise UsageError(
            f"{names[0]}: is for {other}, and the input is a {medium}", hint=f"leave {names[0]} away"
        )


def _is_sound(name: str, kernel: str) -> bool:
    if name != STREAM and is_sound_name(name):
        return True
    start = _start_of_stdin() if name == STREAM else _start_of(name)
    return is_sound_name(kernel) if start is None else _begins_as_sound(start)


def _start_of_stdin() -> bytes | None:
    """The first bytes of standard input, which stay there to be read."""
    if sys.stdin is None or sys.stdin.isatty():
        return None
    stream = stdin_binary()
    return stream.peek(_MOST)[:_MOST] if hasattr(stream, "peek") else None


def _start_of(path: str) -> bytes | None:
    """The first bytes of a file; None if there is none, or reading would use it up."""
    try:
        if not Path(path).is_file():
            return None
        with Path(path).open("rb") as stream:
            return stream.read(_MOST)
    except OSError:  # said later, with all other problems
        return None


def _begins_as_sound(start: bytes) -> bool:
    if start.startswith(b"RIFF"):
        return start[8:12] != b"WEBP"
    if start.startswith(b"FORM"):
        return start[8:12] in (b"AIFF", b"AIFC")
    return start.startswith(_STARTS) or (
        start[:1] == b"\xff" and start[1:2] >= b"\xe0" and start[1:2] < b"\xff"
    )
