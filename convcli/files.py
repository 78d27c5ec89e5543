"""Where data comes from and where it goes: '-', output names, checks before work, atomic writes.

Everything here speaks of bytes and paths; what the bytes mean is the media rooms' business.
"""

from __future__ import annotations

import os
import shutil
import string
import sys
import tempfile
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import CheckErrors, ConvError, ReadError, UsageError, WriteError

STREAM = "-"  # standard input as a source, standard output as a target

# The mask can be read only by setting it, which no two threads may do at once.
_UMASK = threading.Lock()

_FIELDS = ("stem", "suffix", "dir", "n", "command")


@dataclass(frozen=True, slots=True)
class Job:
    """One input and the output it becomes.

    Parameters
    ----------
    source : str
        Path as the user typed it, or ``"-"``.
    target : str
        Path of the result, or ``"-"``.
    number : int
        Position on the command line, from 1.
    suffix : str or None
        Format of the result as a lower-case suffix (``".png"``); None: the format of the input,
        known only once it is read.
    force : bool
        Whether an existing target may be replaced.
    """

    source: str
    target: str
    number: int = 1
    suffix: str | None = None
    force: bool = False


def plan_jobs(
    inputs: Sequence[str],
    output: str | None,
    *,
    command: str,
    suffixes: Collection[str],
    format: str | None = None,
    force: bool = False,
    json: bool = False,
    dry_run: bool = False,
) -> list[Job]:
    """Pair every input with its output, and check all of them before any work.

    Parameters
    ----------
    inputs : sequence of str
        Paths, or ``"-"`` for standard input.
    output : str or None
        A file, a folder, ``"-"``, or a template with ``{stem} {suffix} {dir} {n} {command}``;
        None: ``{stem}-{command}{suffix}`` beside the input, standard output for ``"-"``.
    command : str
        Name of the command, for the default names.
    suffixes : collection of str
        Suffixes that can be written, lower case with the dot.
    format : str, optional
        Format of the results by name (``"png"``); default: the output's suffix, else the input's.
    force : bool
        Allow existing outputs.
    json, dry_run : bool
        The report goes to standard output as JSON; nothing will be written.

    Returns
    -------
    list of Job
        In the order of the inputs.

    Raises
    ------
    UsageError, CheckErrors, ReadError, WriteError
        All problems at once, so that they can be mended before the next try.
    """
    wanted = None if format is None else _format_suffix(format, suffixes)
    jobs: list[Job] = []
    problems: list[ConvError] = []
    for number, source in enumerate(inputs, start=1):
        try:
            _check_source(source, repeated=source == STREAM and STREAM in inputs[: number - 1])
            jobs.append(_make_job(source, output, number, command=command, wanted=wanted, force=force))
            _check_suffix(jobs[-1], suffixes)
        except ConvError as error:
            problems.append(error)
    problems += _clashes(jobs)
    if any(job.target == STREAM for job in jobs):
        problems += _stdout_problems(len(inputs), json=json, dry_run=dry_run)
    if not dry_run:
        problems += [problem for job in jobs if (problem := _unwritable(job))]
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise CheckErrors(problems)
    return jobs


def display_name(source: str, *, output: bool = False) -> str:
    """Name of a source or target for messages: the path, or what ``"-"`` stands for."""
    if source != STREAM:
        return source
    return "standard output" if output else "standard input"


def _format_suffix(name: str, suffixes: Collection[str]) -> str:
    suffix = "." + name.lower().lstrip(".")
    if suffix not in suffixes:
        known = " ".join(sorted(s[1:] for s in suffixes))
        raise UsageError(
            f"--format: {name!r} is not a format that can be written here", hint=f"choose one of: {known}"
        )
    return suffix


def _check_source(source: str, *, repeated: bool) -> None:
    if source == STREAM:
        if repeated:
            raise UsageError("'-': standard input can be read only once")
        _check_stdin()
        return
    path = Path(source)
    if path.is_dir():
        raise ReadError(
            f"{source}: is a folder, not a file", hint="name the files in it, e.g. with a shell pattern"
        )
    if not path.exists():
        raise ReadError(f"{source}: no such file")
    if not os.access(path, os.R_OK):
        raise ReadError(f"{source}: permission to read is missing")


def _check_stdin() -> None:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("'-': standard input is a terminal", hint="pipe data in, or name a file")


def _make_job(
    source: str, output: str | None, number: int, *, command: str, wanted: str | None, force: bool
) -> Job:
    if output == STREAM or (output is None and source == STREAM):
        return Job(source, STREAM, number, wanted or _suffix_of(source), force)
    target = _target(source, output, number, command=command, wanted=wanted)
    return Job(source, target, number, wanted or _suffix_of(target) or _suffix_of(source), force)


def _suffix_of(path: str) -> str | None:
    return None if path == STREAM else Path(path).suffix.lower() or None


def _target(source: str, output: str | None, number: int, *, command: str, wanted: str | None) -> str:
    origin = Path("stdin" if source == STREAM else source)
    suffix = wanted or origin.suffix
    name = f"{origin.stem}-{command}{suffix}"
    if output is None:
        return str(origin.with_name(name))
    if Path(output).is_dir() or output.endswith(("/", os.sep)):
        return str(Path(output) / name)
    if "{" not in output and "}" not in output:
        return output
    values = (origin.stem, suffix, str(origin.parent), number, command)
    try:
        return string.Formatter().vformat(output, (), dict(zip(_FIELDS, values, strict=True)))
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        fields = " ".join(f"{{{field}}}" for field in _FIELDS)
        raise UsageError(
            f"--output: {output!r} is not a template ({error})", hint=f"the fields are {fields}"
        ) from None


def _check_suffix(job: Job, suffixes: Collection[str]) -> None:
    if job.suffix is not None and job.suffix not in suffixes:
        known = " ".join(sorted(suffixes))
        raise UsageError(
            f"{display_name(job.target, output=True)}: cannot write the format {job.suffix!r}",
            hint=f"name another with --format or --output: {known}",
        )


def _stdout_problems(count: int, *, json: bool, dry_run: bool) -> list[ConvError]:
    if count > 1:
        return [
            UsageError(
                f"'-': standard output can carry one result, not {count}",
                hint="name a folder or a template with --output",
            )
        ]
    if dry_run:
        return []
    if json:
        return [
            UsageError("--json: standard output carries the data already", hint="name a file with --output")
        ]
    if sys.stdout is not None and sys.stdout.isatty():
        return [
            UsageError(
                "'-': refusing to write binary data to a terminal",
                hint="redirect it, or name a file with --output",
            )
        ]
    return []


def _clashes(jobs: Sequence[Job]) -> list[ConvError]:
    """Results that would overwrite each other, or an input that another job still has to read."""
    problems: list[ConvError] = []
    sources = {os.path.realpath(job.source): job for job in jobs if job.source != STREAM}
    targets: dict[str, Job] = {}
    for job in jobs:
        if job.target == STREAM or _is_special(job.target):
            continue
        real = os.path.realpath(job.target)
        if first := targets.get(real):
            problems.append(
                UsageError(
                    f"{job.target}: would be written twice, "
                    f"from {display_name(first.source)} and {display_name(job.source)}",
                    hint="name a folder, or a template with {stem} or {n}",
                )
            )
        targets.setdefault(real, job)
        if (owner := sources.get(real)) and owner is not job:
            problems.append(
                UsageError(f"{job.target}: is an input and would be overwritten by the result of another")
            )
    return problems


def _unwritable(job: Job) -> ConvError | None:
    if job.target == STREAM or _is_special(job.target):
        return None
    path = Path(job.target)
    folder = Path(os.path.realpath(path)).parent
    if path.is_dir():
        return WriteError(f"{job.target}: is a folder")
    if not folder.is_dir():
        return WriteError(
            f"{job.target}: no such folder: {folder}", hint=f"create it first: mkdir -p {folder}"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        return WriteError(f"{job.target}: no permission to write in {folder}")
    if path.exists() and not job.force:
        return _exists(job.target)
    return None


def _exists(target: str) -> WriteError:
    return WriteError(
        f"{target}: exists already", hint="use --force to replace it, or --output to name another file"
    )


def _is_special(target: str) -> bool:
    """Devices and named pipes: they are written to, never replaced."""
    path = Path(target)
    return path.exists() and not path.is_file() and not path.is_dir()


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


def read_bytes(source: str) -> bytes:
    """Return all bytes of a file, or of standard input for ``"-"``.

    Raises
    ------
    ReadError
        The file cannot be read, or holds nothing.
    UsageError
        Standard input is a terminal.
    """
    if source == STREAM:
        _check_stdin()
    try:
        data = stdin_binary().read() if source == STREAM else Path(source).read_bytes()
    except OSError as error:
        raise ReadError(f"{display_name(source)}: {_reason(error)}") from None
    if not data:
        raise ReadError(f"{display_name(source)}: is empty")
    return data


def write_bytes(target: str, data: bytes, *, force: bool = False) -> None:
    """Write all bytes to a file at once (atomically), or to standard output for ``"-"``.

    Raises
    ------
    WriteError
        The target exists and `force` is not set, or it cannot be written.
    """
    if target == STREAM:
        with stdout_binary() as stream:
            stream.write(data)
        return
    with replacing(target, force=force) as temporary:
        temporary.write_bytes(data)


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
    special = _is_special(target)
    try:
        temporary = _temporary(real, folder=None if special else real.parent)
    except OSError as error:
        raise write_error(target, error) from None
    try:
        yield temporary
        if special:
            with temporary.open("rb") as stream, real.open("wb") as device:
                shutil.copyfileobj(stream, device)
            return
        if real.exists() and not force:
            raise _exists(target)
        temporary.chmod(_permissions(real))
        temporary.replace(real)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise write_error(target, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def _temporary(real: Path, *, folder: Path | None) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{real.stem[:32]}-", suffix=real.suffix, dir=folder)
    os.close(descriptor)
    return Path(name)


def _permissions(real: Path) -> int:
    """Mode bits of the file to be replaced, else those that the umask gives a new file."""
    if real.exists():
        return real.stat().st_mode & 0o7777
    with _UMASK:
        mask = os.umask(0)
        os.umask(mask)
    return 0o666 & ~mask


def write_error(target: str, error: OSError) -> WriteError:
    """Say that the system refused to write, and why."""
    return WriteError(f"{display_name(target, output=True)}: {_reason(error)}")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
