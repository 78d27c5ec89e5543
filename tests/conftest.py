"""What all tests share: a clean environment, the command line in this process, the samples."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = (ROOT / "samples" / "README.md").read_text(encoding="utf-8")

# Continuous integration tries the same examples every time; new ones are found at home.
settings.register_profile(
    "convcli",
    deadline=None,
    max_examples=60,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("convcli")

# Continuous integration and terminals set variables that colour or fold captured output.
for variable in ("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "CONVCLI_DEBUG"):
    os.environ.pop(variable, None)
os.environ.update(NO_COLOR="1", TERM="dumb", COLUMNS="200", TERMINAL_WIDTH="200")


@pytest.fixture
def samples() -> Path:
    """Return the folder of real pictures and sounds."""
    return ROOT / "samples"


@pytest.fixture
def work(tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty folder in which `samples/` holds what it is shipped with, and no results."""
    (tmp_path / "samples").mkdir()
    for sample in samples.iterdir():
        if f"| {sample.name}" in SHIPPED or f", {sample.name}" in SHIPPED:
            (tmp_path / "samples" / sample.name).symlink_to(sample)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def convcli(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command line in this process: exit code, standard output, standard error."""
    from convcli.__main__ import main

    def run(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a command line in a process of its own; `input` is bytes for its standard input."""

    def run(
        *arguments: object, input: bytes | None = b"", cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "convcli", *(str(argument) for argument in arguments)],
            input=input,
            capture_output=True,
            cwd=cwd,
            env={**os.environ, **variables},
            timeout=120,
            check=False,
        )

    return run
