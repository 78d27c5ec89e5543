"""Which input becomes which output: names, templates, and everything checked before any work."""

from __future__ import annotations

import os
import re
import string
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import CheckErrors, ConvError, ReadError, UsageError, WriteError
from .files import STREAM, check_stdin, display_name, exists, is_special

_FIELDS = ("stem", "suffix", "dir", "n", "command")
# The system's names of the streams. As files they would be named, and their results reported, among the data.
_STANDARD_INPUT, _STANDARD_OUTPUT = "/dev/stdin", "/dev/stdout"
_WIDTH = re.compile(r"0?[1-9]d?")


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
    inputs = [STREAM if source == _STANDARD_INPUT else source for source in inputs]
    output = STREAM if output == _STANDARD_OUTPUT else output
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
        problems += [problem for job in jobs if (problem := unwritable(job))]
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise CheckErrors(problems)
    return jobs


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
        check_stdin()
        return
    if not source:
        raise UsageError("an input has an empty name")
    path = Path(source)
    if path.is_dir():
        raise ReadError(
            f"{source}: is a folder, not a file", hint="name the files in it, e.g. with a shell pattern"
        )
    if not path.exists():
        raise ReadError(f"{source}: no such file")
    if path.is_char_device() or path.is_block_device():
        raise ReadError(f"{source}: is a device, not a file", hint="pipe its data in, with - as the input")
    if not os.access(path, os.R_OK):
        raise ReadError(f"{source}: permission to read is missing")


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
        if is_special(source):
            raise UsageError(f"{source}: a pipe has no name for a result", hint="name one with --output")
        return str(origin.with_name(name))
    if not output:
        raise UsageError("--output: the name is empty")
    if Path(output).is_dir() or output.endswith(("/", os.sep)):
        return str(Path(output) / name)
    if "{" not in output and "}" not in output:
        return output
    values = (origin.stem, suffix, str(origin.parent), number, command)
    return _filled(output, dict(zip(_FIELDS, values, strict=True)))


def _filled(template: str, values: Mapping[str, str | int]) -> str:
    """Put values into a template: plain fields, and a width for the number as in ``{n:03}``."""
    parts: list[str] = []
    try:
        for literal, field, spec, conversion in string.Formatter().parse(template):
            parts.append(literal)
            if field is None:
                continue
            if field not in values or conversion or (spec and not (field == "n" and _WIDTH.fullmatch(spec))):
                raise ValueError(f"{{{field}{':' if spec else ''}{spec}}} is not a field")
            parts.append(format(values[field], spec or ""))
    except ValueError as error:
        fields = " ".join(f"{{{field}}}" for field in _FIELDS)
        raise UsageError(
            f"--output: {template!r} is not a template ({error})",
            hint=f"the fields are {fields}, or {{n:03}}",
        ) from None
    return "".join(parts)


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
        if job.target == STREAM or is_special(job.target):
            continue
        real = os.path.realpath(job.target)
        if first := targets.get(real):
            problems.append(
                UsageError(
                    f"{job.target}: would be written twice, "
                    f"from {display_name(first.source)} and {display_name(job.source)}",
                    hint="name each input once"
                    if first.source == job.source
                    else "name a folder, or a template with {stem} or {n}",
                )
            )
        targets.setdefault(real, job)
        if (owner := sources.get(real)) and owner is not job:
            problems.append(
                UsageError(f"{job.target}: is an input and would be overwritten by the result of another")
            )
    return problems


def unwritable(job: Job) -> ConvError | None:
    """Return what would keep the result of a job from being written, if anything."""
    if job.target == STREAM or is_special(job.target):
        return None
    path = Path(job.target)
    folder = Path(os.path.realpath(path)).parent
    if path.is_dir():
        return WriteError(f"{job.target}: is a folder")
    if Path(os.path.realpath(path)).is_symlink():
        return WriteError(f"{job.target}: is a link to itself")
    if folder.exists() and not folder.is_dir():
        return WriteError(f"{job.target}: {folder} is not a folder")
    if not folder.is_dir():
        return WriteError(
            f"{job.target}: no such folder: {folder}", hint=f"create it first: mkdir -p {folder}"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        return WriteError(f"{job.target}: no permission to write in {folder}")
    if path.exists() and not job.force:
        return exists(job.target)
    return None
