"""Where bytes come from and where they go: '-', atomic writes, and what the system says when it refuses.

What the bytes mean is the media rooms' business.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from .errors import ReadError, UsageError, WriteError

STREAM = "-"  # standard input as a source, standard output as a target

_FIRST_PART, _PART = 1 << 12, 1 << 20  # bytes read at a time

_temporaries: set[Path] = set()  # those that `replacing` has under way

# The mask can be read only by setting it, which no two threads may do at once.
_UMASK = threading.Lock()


def display_name(source: str, *, output: bool = False) -> str:
    """Name of a source or target for messages: the path, or what ``"-"`` stands for."""
    if source != STREAM:
        return source
    return "standard output" if output else "standard input"


def check_stdin() -> None:
    """Refuse to wait for a person to type data."""
    if sys.stdin is None:
        raise ReadError("standard input: is closed")
    if sys.stdin.isatty():
        raise UsageError("'-': standard input is a terminal", hint="pipe data in, or name a file")


def stdin_binary() -> BinaryIO:
    """Return standard input as a buffered stream of bytes."""
    return sys.stdin.buffer


@contextmanager
def stdout_binary() -> Iterator[BinaryIO]:
    """Standard output as a buffered stream of bytes, flushed at the end.

    A fresh buffered writer on the descriptor: with ``PYTHONUNBUFFERED`` set, ``sys.stdout.buffer`` is
    a raw file whose ``write`` may stop half-way without an error.
    """
    try:
        sys.stdout.flush()
        with open(sys.stdout.fileno(), "wb", closefd=False) as stream:
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise write_error(STREAM, error) from None


def read_bytes(source: str, *, watch: Callable[[bytes, int], None] | None = None) -> bytes:
    """Return all bytes of a file, or of standard input for ``"-"``.

    Parameters
    ----------
    source : str
    watch : callable, optional
        Gets each part as it comes, and how many bytes came before; what it raises ends the reading, which
        some streams never do. The first part has 16 bytes or more, unless the file is shorter.

    Raises
    ------
    ReadError
        The file cannot be read, or holds nothing.
    UsageError
        Standard input is a terminal.
    """
    if source == STREAM:
        check_stdin()
    gathered = io.BytesIO()
    try:
        with nullcontext(stdin_binary()) if source == STREAM else Path(source).open("rb") as stream:
            part = stream.read(_FIRST_PART)
            while part:
                if watch is not None:
                    watch(part, gathered.tell())
                gathered.write(part)
                part = stream.read(_PART)
    except OSError as error:
        raise ReadError(f"{display_name(source)}: {reason(error)}") from None
    if not gathered.tell():
        raise ReadError(f"{display_name(source)}: is empty")
    return gathered.getvalue()


def write_bytes(target: str, *parts: bytes | memoryview, force: bool = False) -> None:
    """Write all bytes, part after part, to a file at once (atomically), or to standard output for ``"-"``.

    Raises
    ------
    WriteError
        The target exists and `force` is not set, or it cannot be written.
    """
    if target == STREAM:
        with stdout_binary() as stream:
            stream.writelines(parts)
        return
    with replacing(target, force=force) as temporary, temporary.open("wb") as stream:
        stream.writelines(parts)


@contextmanager
def replacing(target: str, *, force: bool = False) -> Iterator[Path]:
    """Give a temporary file that becomes `target` when the block succeeds, and vanishes when it fails.

    The temporary file stands in the target's own folder with its suffix, so that the final step is one
    atomic rename. Links are followed, permissions kept; devices and named pipes are written to, not replaced.

    Raises
    ------
    WriteError
        The target exists and `force` is not set, or the system refuses (full disk, permissions).
    """
    real = Path(os.path.realpath(target))
    special = is_special(target)
    try:
        temporary = _temporary(real, folder=None if special else real.parent)
    except OSError as error:
        raise write_error(target, error) from None
    try:
        yield temporary
        if special:
            # By its own name: what a pipe on a descriptor resolves to is no path.
            with temporary.open("rb") as stream, Path(target).open("wb") as device:
                shutil.copyfileobj(stream, device)
            return
        if real.exists() and not force:
            raise exists(target)
        temporary.chmod(_permissions(real))
        temporary.replace(real)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise write_error(target, error) from None
    finally:
        temporary.unlink(missing_ok=True)
        _temporaries.discard(temporary)


def _temporary(real: Path, *, folder: Path | None) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{real.stem[:32]}-", suffix=real.suffix, dir=folder)
    os.close(descriptor)
    _temporaries.add(Path(name))
    return Path(name)


def remove_temporaries() -> None:
    """Remove all temporary files at once, before a process that cannot wait for their owners ends."""
    for temporary in tuple(_temporaries):
        temporary.unlink(missing_ok=True)


def _permissions(real: Path) -> int:
    """Mode bits of the file to be replaced, else those that the umask gives a new file."""
    if real.exists():
        return real.stat().st_mode & 0o7777
    with _UMASK:
        mask = os.umask(0)
        os.umask(mask)
    return 0o666 & ~mask


def is_special(target: str) -> bool:
    """Devices and named pipes: they are written to, never replaced."""
    path = Path(target)
    return path.exists() and not path.is_file() and not path.is_dir()


def exists(target: str, *, option: str = "--output") -> WriteError:
    """Say that a target is there already, and what to do; `option` is what names it."""
    return WriteError(
        f"{target}: exists already", hint=f"use --force to replace it, or {option} to name another file"
    )


def check_absent(target: str, *, option: str, force: bool) -> None:
    """Refuse a file that is there already, before any work; `option` is what names it.

    Raises
    ------
    WriteError
        The file exists and `force` is not set.
    """
    if Path(target).exists() and not force:
        raise exists(target, option=option)


def write_error(target: str, error: OSError) -> WriteError:
    """Say that the system refused to write, and why."""
    return WriteError(f"{display_name(target, output=True)}: {reason(error)}")


def reason(error: OSError) -> str:
    """Return why the system refused, as part of a message."""
    return (error.strerror or str(error)).lower()
