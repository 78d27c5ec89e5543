"""The README says what happens: its console blocks are run, and their output is compared."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

import convcli

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| [^|]* \| (`convcli .*) \|$", README, re.MULTILINE)  # of tables: what to type for what
BLOCKS = re.findall(r"^```console\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def transcript(block: str) -> list[tuple[str, str]]:
    """Return (command, expected standard output) for each ``$`` line of a block."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


@pytest.fixture
def home(work: Path) -> Path:
    """Return a folder with the samples, and a program called convcli."""
    program = work / ".bin" / "convcli"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convcli "$@"\n')
    program.chmod(0o755)
    return work


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0][2:60])
def test_console_block(home: Path, block: str) -> None:
    path = f"{home / '.bin'}{os.pathsep}{os.environ['PATH']}"
    commands = transcript(block)
    assert commands
    for command, expected in commands:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=home,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PATH": path},
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        if expected:
            check = doctest.OutputChecker().check_output
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            assert check(expected, done.stdout, flags), f"{command}\n{done.stdout}"


@pytest.mark.parametrize(
    "command",
    [text.replace(r"\|", "|") for row in ROWS for text in re.findall(r"`(convcli [^`]*)`", row)],
)
def test_what_to_type(
    convcli: Callable[..., tuple[int, str, str]],
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    for name in ("photo.jpg", "photo.tif", "psf.png", "stars.tif"):
        Image.fromarray(noise).save(name)
    Image.fromarray(noise[..., 0] / np.float32(255)).save("heights.tif")
    for name in ("talk.wav", "loop.wav", "guitar.wav", "hall.wav"):
        soundfile.write(name, noise[:, :5, 0].ravel() / 999, 8000)
    np.savetxt("series.csv", noise[0, :, 0])
    np.savetxt("weights.csv", np.ones((3, 3)), delimiter=",")
    for name, shape in (("x.npy", (1, 2, 8, 8)), ("w.npy", (4, 2, 3, 3)), ("b.npy", (4,))):
        np.save(name, np.ones(shape, np.float32))
    code, out, err = convcli(*shlex.split(command)[1:])
    assert code == 0, err
    if command.split()[1] in ("probability", "conv-arith", "shape", "kernels"):
        assert out.strip()
    else:
        assert Path(out.strip()).exists()


def test_the_readme_has_its_two_commands() -> None:
    commands = re.findall(r"^python3 -m venv \.venv && .*$", README, re.MULTILINE)
    assert len(commands) == 2
    assert "convcli blur" in commands[0]
    assert commands[1].endswith("pytest -n 2")


@pytest.mark.parametrize(
    "command", ["blur", "edge", "convolve", "echo", "reverb", "probability", "conv-arith", "shape", "kernels"]
)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"convcli {command}" in README


def test_the_library_example_runs() -> None:
    [code] = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(code, {}, "README.md", None, 0)
    assert test.examples
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


@pytest.mark.parametrize("name", convcli.__all__)
def test_the_public_names_exist_and_are_documented(name: str) -> None:
    value = getattr(convcli, name)
    assert isinstance(value, str) or (value.__doc__ or "").strip()
    assert name in dir(convcli)


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = convcli.nonsense
