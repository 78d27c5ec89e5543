"""Whole processes: from a file to a file, start-up and codec included."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType

from . import commands, sounds, timing, verify, works
from .commands import Command
from .results import Part, Row
from .settings import Settings
from .timing import Contender

NAME = "processes"


class Failed(Exception):
    """A command that did not succeed."""


class Launcher:
    """Runs commands from a small process, so that their peak memory is their own."""

    def __init__(self, log: Path) -> None:
        self._log = log
        script = Path(__file__).with_name("launch.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Launcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._process.communicate()

    def run(self, argv: Sequence[str], env: dict[str, str] | None = None) -> float:
        """Run a command and return its peak resident memory in MiB.

        Raises
        ------
        Failed
            If it ends with another exit code than 0; the message is what it said.
        """
        program = shutil.which(argv[0]) or argv[0]
        order = {"argv": [program, *argv[1:]], "env": env or {}, "log": str(self._log)}
        if self._process.stdin is None or self._process.stdout is None:
            raise Failed("the launcher has no pipes")
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if answer["code"]:
            said = self._log.read_text(encoding="utf-8", errors="replace").strip()
            raise Failed(f"exit code {answer['code']}: {said.splitlines()[-1] if said else 'no message'}")
        return float(answer["kib"]) / 1024


@dataclass(frozen=True, slots=True)
class Errand:
    """One work, from a file to a file.

    Parameters
    ----------
    name : str
    source : str
        File name in the folder of inputs; its suffix is the output's too, but for commands with their own.
        Without a suffix a folder of `commands.BATCH` photographs.
    commands : list of Command
    check : callable, optional
        Takes source and target, says how far the result is from the true one.
    beside : str, optional
        File name of a second input.
    """

    name: str
    source: str
    commands: list[Command]
    check: Callable[[Path, Path], str] | None = None
    beside: str | None = None


def errands(threads: int) -> list[Errand]:
    """All works; those on the small picture tell how long a tool takes to start."""

    def blur(sigma: float, kind: str, source: str) -> Errand:
        suffix = Path(source).suffix
        check = None if suffix == ".jpg" else partial(verify.gaussian, sigma)
        return Errand(
            f"Gaussian {sigma:g}, {kind}", source, commands.blurs(sigma, suffix, threads=threads), check
        )

    def typed(kind: str, source: str) -> Errand:
        return Errand(f"Gaussian 2, {kind} as typed", source, commands.typed(2, threads=threads))

    return [
        typed("JPEG", "photograph.jpg"),
        typed("PNG", "photograph.png"),
        Errand(f"Gaussian 2, {commands.BATCH} JPEGs", "photographs", commands.batch(2, threads=threads)),
        blur(2, "uncompressed", "photograph.bmp"),
        blur(10, "uncompressed", "photograph.bmp"),
        blur(10, "JPEG", "photograph.jpg"),
        blur(10, "PNG", "photograph.png"),
        blur(2, "small", "small.bmp"),
        Errand("Sobel edges, uncompressed", "photograph.bmp", commands.edges(threads=threads)),
        Errand("echo, WAV", "sound.wav", commands.echoes(threads=threads), verify.echo),
        Errand(
            "reverb of 3 s, WAV",
            "sound.wav",
            commands.reverbs(threads=threads),
            verify.reverb,
            beside=commands.RESPONSE,
        ),
    ]


def measure(settings: Settings) -> Part:
    """Time whole commands on files in a temporary folder, and note their peak memory."""
    rows: list[Row] = []
    remarks: list[str] = []
    with _workplace() as folder, Launcher(folder / "log") as launcher:
        for errand in errands(settings.threads):
            if not settings.wants(errand.name):
                continue
            settings.tell(f"processes: {errand.name}")
            source = folder / errand.source
            suffixes = {source.suffix} | {each.suffix for each in errand.commands if each.suffix}
            inputs = [source.with_suffix(suffix) for suffix in suffixes]
            for path in [*inputs, *([folder / errand.beside] if errand.beside else [])]:
                if not path.exists():
                    write_input(path, quick=settings.quick)
            found, missing = run(launcher, errand, source, repeats=settings.repeats)
            rows += found
            remarks += [line for line in missing if line not in remarks]
    size, minutes = ("1000 x 750", 1) if settings.quick else ("4000 x 3000", 20)
    subject = (
        f"a photograph of {size} pixels, uncompressed, as JPEG of quality {commands.QUALITY} or as PNG of "
        f"effort {commands.LEVEL}, a small one of 600 x 400, and {minutes} min of 16-bit stereo WAV"
    )
    return settings.part(NAME, subject, rows, remarks)


def run(launcher: Launcher, errand: Errand, source: Path, *, repeats: int) -> tuple[list[Row], list[str]]:
    """Rows of one errand, and a line about each command that is missing or fails."""
    found, remarks = commands.available(errand.commands)
    peaks: dict[str, float] = {}
    judged: dict[str, str] = {}
    contenders: list[Contender] = []
    for command in found:
        given = source.with_suffix(command.suffix or source.suffix)
        target = given.with_name(f"result-{len(contenders)}{given.suffix}")
        if not given.suffix:
            target.mkdir(exist_ok=True)
        argv = command.argv(given, target)

        def once(command: Command = command, argv: list[str] = argv) -> None:
            peak = launcher.run(argv, dict(command.env))
            peaks[command.tool] = max(peak, peaks.get(command.tool, 0))

        try:
            once()
        except Failed as failure:
            remarks.append(f"{command.tool} is left out of {errand.name}: {failure}")
        else:
            contenders.append(Contender(command.tool, once, command.note))
            judged[command.tool] = errand.check(given, target) if errand.check and command.works else ""
    rows = timing.rows(errand.name, contenders, repeats=repeats)
    return [replace(row, memory=peaks[row.tool], accuracy=judged[row.tool]) for row in rows], remarks


def write_input(path: Path, *, quick: bool) -> None:
    """Make an input file.

    Parameters
    ----------
    path : Path
        Without a suffix a folder of photographs; ``small`` in its name makes a picture of 600 x 400 pixels,
        ``.wav`` a sound, or the response of a room if it is named so, all else the photograph.
    quick : bool
        A smaller photograph, and a shorter sound.
    """
    if not path.suffix:
        path.mkdir()
        first = path / "00.jpg"
        write_input(first, quick=quick)
        for number in range(1, commands.BATCH):
            shutil.copyfile(first, path / f"{number:02}.jpg")
        return
    if path.name == commands.RESPONSE:
        import soundfile

        soundfile.write(path, sounds.room(3 * sounds.RATE), sounds.RATE, subtype="FLOAT")
        return
    if path.suffix == ".wav":
        import soundfile

        minutes = 1 if quick else 20
        soundfile.write(path, sounds.music(minutes * 60 * sounds.RATE), sounds.RATE, subtype="PCM_16")
        return
    from PIL import Image

    height, width = (400, 600) if path.stem == "small" else (750, 1000) if quick else (3000, 4000)
    image = Image.fromarray(works.photograph(height, width))
    image.save(path, quality=commands.QUALITY, compress_level=commands.LEVEL)


@contextmanager
def _workplace() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="convcli-benchmark-") as folder:
        yield Path(folder)
