"""The command lines of the process benchmarks, each tool's own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

# Effort of PNG, quality of JPEG, wherever a tool lets one choose.
LEVEL = 1
QUALITY = 90

BATCH = 20  # photographs in one go

RESPONSE = "response.wav"  # beside a sound

Argv = Callable[[Path, Path], list[str]]


@dataclass(frozen=True, slots=True)
class Command:
    """One tool at one file.

    Parameters
    ----------
    tool : str
    argv : callable
        Takes input and output, returns the command line.
    env : mapping of str to str
        Variables that set the number of threads.
    note : str
    works : bool
        Whether it does the work; False for what only reads and writes.
    suffix : str or None
        Of its input and output, if not that of the others'.
    """

    tool: str
    argv: Argv
    env: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    works: bool = True
    suffix: str | None = None


def own(*arguments: str, works: bool = True, typed: bool = False) -> Command:
    """convcli, run by the interpreter that runs this; `typed` leaves effort and quality to it."""

    def argv(source: Path, target: Path) -> list[str]:
        command, *options = arguments
        saved = {".png": [f"--compress-level={LEVEL}"], ".jpg": [f"--quality={QUALITY}"]}
        return [
            *(sys.executable, "-m", "convcli", command, str(source), "-o", str(target), "-f", "-q"),
            *options,
            *([] if typed else saved.get(target.suffix, [])),
        ]

    return Command("convcli" if works else "convcli, no blur", argv, works=works)


def blurs(sigma: float, suffix: str, *, threads: int) -> list[Command]:
    """A Gaussian, by every tool that writes the format as asked; ``.bmp`` stands for no compression."""
    s = f"{sigma:g}"
    commands = [
        own("blur", "--sigma", s),
        own("blur", "--size", "1", works=False),
        _vips(threads, "gaussblur", s),
        _magick("convert", threads, "-blur", f"0x{s}"),
        _magick("gm", threads, "-blur", f"0x{s}"),
    ]
    if suffix != ".png":  # it has no choice of PNG effort
        commands.append(_gmic(threads, "-blur", s))
    if suffix != ".jpg":  # it would blur brightness and colour apart, and has no such quality
        commands.append(_ffmpeg(threads, "-vf", f"gblur=sigma={s}"))
    return _uncompressed(commands) if suffix == ".bmp" else commands


def typed(sigma: float, *, threads: int) -> list[Command]:
    """A Gaussian as a person types it: effort and quality are what each tool takes by itself."""
    s = f"{sigma:g}"
    return [
        own("blur", "--sigma", s, typed=True),
        own("blur", "--size", "1", works=False, typed=True),
        _vips(threads, "gaussblur", s, typed=True),
        _magick("convert", threads, "-blur", f"0x{s}", typed=True),
        _gmic(threads, "-blur", s, typed=True),
    ]


def batch(sigma: float, *, threads: int) -> list[Command]:
    """A Gaussian of every JPEG in a folder, into a new one, quality as each tool takes it by itself."""
    s = f"{sigma:g}"

    def together(source: Path, target: Path) -> list[str]:
        files = [str(path) for path in sorted(source.glob("*.jpg"))]
        return [sys.executable, "-m", "convcli", "blur", *files, "-o", f"{target}/", "-f", "-q", "--sigma", s]

    def one_by_one(source: Path, target: Path) -> list[str]:
        loop = 'for file in "$0"/*.jpg; do vips gaussblur "$file" "$1/${file##*/}" "$2" || exit 1; done'
        return ["sh", "-c", loop, str(source), str(target), s]

    return [
        Command("convcli", together, note="one call"),
        Command("vips", one_by_one, {"VIPS_CONCURRENCY": str(threads)}, note="a shell loop"),
    ]


def edges(*, threads: int) -> list[Command]:
    """Sobel edges; the tools combine the two differences in ways of their own."""
    commands = [
        own("edge", "--operator", "sobel"),
        _vips(threads, "sobel"),
        _magick("convert", threads, "-edge", "1", note="-edge 1, a Laplacian"),
        _gmic(threads, "-gradient_norm", note="central differences"),
        _ffmpeg(threads, "-vf", "sobel"),
    ]
    return _uncompressed(commands)


def echoes(*, threads: int) -> list[Command]:
    """One echo after 300 ms, half as loud."""

    def sox(source: Path, target: Path) -> list[str]:
        return ["sox", "-D", str(source), str(target), "echo", "1", "1", "300", "0.5"]

    return [
        own("echo"),
        Command("SoX", sox, note="without dither"),
        _ffmpeg(threads, "-af", "aecho=1:1:300:0.5"),
    ]


def reverbs(*, threads: int) -> list[Command]:
    """A sound in a room, whose response is in `RESPONSE` beside it."""

    def here(source: Path, target: Path) -> list[str]:
        return [*own("reverb").argv(source, target), "--ir", str(source.with_name(RESPONSE))]

    def ffmpeg(source: Path, target: Path) -> list[str]:
        # Half as loud: version 5.1 makes it twice as loud as the response says, and would clip.
        filters = "[0][1]afir=dry=1:wet=0.5:gtype=none"
        return [
            *("ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", str(threads), "-i", str(source)),
            *("-i", str(source.with_name(RESPONSE)), "-lavfi", filters, str(target)),
        ]

    def pedalboard(source: Path, target: Path) -> list[str]:
        script = Path(__file__).with_name("convolve_with_pedalboard.py")
        return [sys.executable, str(script), str(source), str(source.with_name(RESPONSE)), str(target)]

    return [
        Command("convcli", here),
        Command("FFmpeg", ffmpeg, note="afir, no tail"),
        Command("pedalboard", pedalboard, note="Convolution in a script, no tail"),
    ]


def _uncompressed(commands: Sequence[Command]) -> list[Command]:
    """The other tools with raw TIFF, which they know best; convcli writes TIFF with compression only."""
    return [each if each.tool.startswith("convcli") else replace(each, suffix=".tif") for each in commands]


def available(
    commands: Sequence[Command], which: Callable[[str], str | None] = shutil.which
) -> tuple[list[Command], list[str]]:
    """The commands whose program is installed, and a line about each that is not."""
    found, missing = [], []
    for command in commands:
        program = command.argv(Path("in"), Path("out"))[0]
        if which(program):
            found.append(command)
        else:
            missing.append(f"{command.tool} is left out: {program} is not installed")
    return found, missing


def _vips(threads: int, operation: str, *arguments: str, typed: bool = False) -> Command:
    def argv(source: Path, target: Path) -> list[str]:
        options = {} if typed else {".png": f"[compression={LEVEL}]", ".jpg": f"[Q={QUALITY}]"}
        return ["vips", operation, str(source), f"{target}{options.get(target.suffix, '')}", *arguments]

    return Command("vips", argv, {"VIPS_CONCURRENCY": str(threads)})


def _magick(program: str, threads: int, *arguments: str, note: str = "", typed: bool = False) -> Command:
    def argv(source: Path, target: Path) -> list[str]:
        # The last digit of a PNG's quality is the filter: 5 chooses one for each line.
        options = {
            ".png": ["-quality", f"{LEVEL}5"],
            ".jpg": ["-quality", str(QUALITY)],
            ".tif": ["-compress", "none"],
        }
        head = [program, "convert"] if program == "gm" else [program]
        chosen = [] if typed else options.get(target.suffix, [])
        return [*head, str(source), *arguments, *chosen, str(target)]

    tool = {"gm": "GraphicsMagick", "convert": "ImageMagick"}[program]
    env = {"OMP_NUM_THREADS": str(threads), "MAGICK_THREAD_LIMIT": str(threads)}
    return Command(tool, argv, env, note)


def _gmic(threads: int, *arguments: str, note: str = "", typed: bool = False) -> Command:
    def argv(source: Path, target: Path) -> list[str]:
        form = {} if typed else {".jpg": f"{target},{QUALITY}", ".tif": f"{target},uchar"}
        return ["gmic", "-v", "0", str(source), *arguments, "-o", form.get(target.suffix, str(target))]

    return Command("G'MIC", argv, {"OMP_NUM_THREADS": str(threads)}, note)


def _ffmpeg(threads: int, *arguments: str) -> Command:
    def argv(source: Path, target: Path) -> list[str]:
        options = {".png": ["-compression_level", str(LEVEL)], ".tif": ["-compression_algo", "raw"]}
        return [
            *("ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", str(threads), "-i", str(source)),
            *arguments,
            *options.get(target.suffix, []),
            str(target),
        ]

    return Command("FFmpeg", argv)
