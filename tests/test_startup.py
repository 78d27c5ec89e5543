"""Start-up stays light and the layers stay apart: checked on modules, not on milliseconds."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import convcli

PACKAGE = Path(convcli.__file__).parent
HEAVY = {"numpy", "scipy", "PIL", "soundfile", "matplotlib"}
COMMANDS = ("blur", "edge", "convolve", "echo", "reverb", "probability", "conv-arith", "shape", "kernels")

PROBE = """
import json, sys
from convcli.__main__ import main
code = main({arguments!r})
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def loaded(*arguments: str, cwd: Path | None = None) -> set[str]:
    """Modules that a fresh interpreter holds after running a command line successfully."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=list(arguments))],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ,
        timeout=60,
        check=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        *((command, "--help") for command in COMMANDS),
        ("shape", "--stride", "2", "--padding", "1"),
        ("shape", "--net", "vgg16"),
        ("conv-arith", "--input", "1,2,3,4", "--kernel", "1,2,3"),
        ("probability", "2d6"),
        ("probability", "ball2:3", "--given", "1,0"),
    ],
    ids=" ".join,
)
def test_light_commands_load_no_numpy(arguments: tuple[str, ...]) -> None:
    assert not HEAVY & loaded(*arguments)


@pytest.mark.parametrize("question", [("-s", "2"), ("28", "--solve", "14"), ("--net", "unet")], ids=" ".join)
def test_shape_draws_its_tables_without_rich(question: tuple[str, ...]) -> None:
    assert not {name for name in loaded("shape", *question) if name.split(".")[0] == "rich"}


def test_blur_and_edge_load_neither_scipy_nor_soundfile(samples: Path, tmp_path: Path) -> None:
    for command in ("blur", "edge"):
        modules = loaded(command, str(samples / "chelsea.png"), "-o", str(tmp_path / f"{command}.png"))
        assert "PIL" in modules
        assert not {"scipy", "soundfile", "convcli.audio"} & modules


def test_echo_loads_neither_scipy_nor_pillow(samples: Path, tmp_path: Path) -> None:
    modules = loaded("echo", str(samples / "perc_snap.flac"), "-o", str(tmp_path / "a.wav"))
    assert "soundfile" in modules
    assert not {"scipy", "PIL", "convcli.images"} & modules


@pytest.mark.parametrize(
    "arguments", [("reverb", "--ir"), ("convolve", "-k")], ids=lambda arguments: arguments[0]
)
def test_rooms_load_no_slow_part_of_scipy_and_no_pictures(
    samples: Path, tmp_path: Path, arguments: tuple[str, str]
) -> None:
    command, option = arguments
    room = str(samples / "perc_snap.wav")
    modules = loaded(command, str(samples / "misc_crow.flac"), option, room, "-o", str(tmp_path / "a.wav"))
    assert "soundfile" in modules
    assert not {"scipy.signal", "scipy.stats", "PIL", "convcli.images", "matplotlib"} & modules


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, convcli; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not (HEAVY | {"typer", "rich"}) & set(done.stdout.split())


# --- layers --------------------------------------------------------------------------------------

ALLOWED = {  # room -> first-party rooms it may import
    "errors": set(),
    "files": {"errors"},
    "arrays": {"errors", "files"},
    "jobs": {"errors", "files"},
    "figures": {"errors", "files"},
    "arithmetic": {"errors"},
    "engine": {"errors", "arithmetic"},
    "kernels": {"errors", "arithmetic", "arrays", "files"},
    "images": {"errors", "arrays", "files", "jobs", "arithmetic", "engine", "kernels"},
    "audio": {"errors", "files", "figures", "jobs", "arithmetic", "engine", "kernels"},
    "probability": {"errors", "files", "figures", "arithmetic", "engine"},
    "drawing": {"errors", "files", "arithmetic"},
    "reports": {"errors", "files"},
    "halfblocks": set(),
    "console": {"errors", "halfblocks"},
    "batch": {"errors", "files", "jobs", "console", "reports"},
    "options": {"errors", "arithmetic"},
}
TYPER = {"cli", "options", "commands", "console", "__main__"}


def imports(path: Path) -> set[str]:
    """Names a module imports, anywhere in it: ``convcli.room`` or a third-party top-level name."""
    package = ("convcli", *path.relative_to(PACKAGE).parts[:-1])
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = [*base, *(node.module or "").split(".")]
            stem = ".".join(part for part in module if part)
            found |= {f"{stem}.{alias.name}" for alias in node.names}
    return found


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_run_one_way(path: Path) -> None:
    names = imports(path)
    here = room(path)
    if here not in TYPER:
        assert not {name for name in names if name.split(".")[0] == "typer"}
    if here != "console":
        assert not {name for name in names if name.split(".")[0] == "rich"}
    if here in ALLOWED:
        rooms = {name.split(".")[1] for name in names if name.startswith("convcli.")}
        assert rooms <= ALLOWED[here] | {here}


def test_every_room_has_its_rule() -> None:
    rooms = {room(path) for path in MODULES}
    assert rooms - set(ALLOWED) == {"__init__", "__main__", "cli", "commands"}


def test_a_command_loads_no_other() -> None:
    commands = {
        name.rpartition(".")[2] for name in loaded("shape", "7") if name.startswith("convcli.commands.")
    }
    assert "shape" in commands
    assert not commands & {
        "blur",
        "edge",
        "convolve",
        "echo",
        "reverb",
        "probability",
        "conv_arith",
        "kernels",
    }
