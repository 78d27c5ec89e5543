"""What all tests share: a clean environment, the command line in this process, the samples."""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="session")
def layouts() -> Callable[..., Any]:
    """Return a strategy for small worked convolutions of all kinds, in whole numbers and fractions."""
    from hypothesis import assume
    from hypothesis import strategies as st

    from convcli.arithmetic.axis import Axis
    from convcli.arithmetic.boundary import Boundary
    from convcli.arithmetic.shapes import effective_kernel
    from convcli.arithmetic.tensors import Tensor
    from convcli.arithmetic.worked import Worked
    from convcli.errors import ShapeError

    kinds = ("forward", "transposed", "max", "avg")
    boundaries = ("zeros", "constant", "replicate", "reflect", "symmetric", "circular")
    counts = st.integers(1, 3)
    values = st.integers(-9, 9) | st.fractions(-2, 2, max_denominator=6)

    def forward(draw: st.DrawFn, largest: int, *, pools: bool) -> Axis:
        size, kernel, stride, dilation = draw(st.integers(1, largest)), *(draw(counts) for _ in range(3))
        reach = effective_kernel(kernel, dilation)
        before, after = (draw(st.integers(0, kernel - 1 if pools else 4)) for _ in range(2))
        after = max(after, reach - size - before)
        return Axis(
            size=size,
            kernel=kernel,
            stride=stride,
            dilation=dilation,
            before=before,
            after=after,
            ceil=pools and draw(st.booleans()),
        )

    def transposed(draw: st.DrawFn, largest: int) -> Axis:
        size, kernel, stride, dilation = draw(st.integers(1, largest)), *(draw(counts) for _ in range(3))
        further = draw(st.integers(0, max(stride, dilation) - 1))
        painted = (size - 1) * stride + effective_kernel(kernel, dilation) + further
        before = draw(st.integers(-2, 3))
        after = min(draw(st.integers(-2, 3)), painted - before - 1)
        return Axis(
            size=size,
            kernel=kernel,
            stride=stride,
            dilation=dilation,
            before=before,
            after=after,
            output_padding=further,
            transposed=True,
        )

    @st.composite
    def tensors(draw: st.DrawFn, *shape: int) -> Tensor:
        numbers = draw(st.lists(values, min_size=math.prod(shape), max_size=math.prod(shape)))
        return Tensor(shape, tuple(map(Fraction, numbers)))

    @st.composite
    def layout(draw: st.DrawFn, *, kinds: Sequence[str] = kinds, most_axes: int = 3) -> Worked:
        kind, ndim = draw(st.sampled_from(kinds)), draw(st.integers(1, most_axes))
        largest, pools = 7 - 2 * ndim, kind in ("max", "avg")
        axes = tuple(
            transposed(draw, largest) if kind == "transposed" else forward(draw, largest, pools=pools)
            for _ in range(ndim)
        )
        layered = draw(st.booleans())
        groups, read, given = (draw(st.integers(1, 2)) if layered else 1 for _ in range(3))
        channels, outputs = groups * read, groups * given
        taps = [axis.kernel for axis in axes]
        lead = (channels, given) if kind == "transposed" else (outputs, read)
        bias = draw(st.none() | st.lists(values, min_size=outputs, max_size=outputs))
        boundary = draw(st.sampled_from(boundaries)) if kind == "forward" else "zeros"
        worked = Worked(
            input=draw(tensors(channels, *(axis.size for axis in axes))),
            kernel=None if pools else draw(tensors(*lead, *taps)),
            bias=None if pools or bias is None else tuple(map(Fraction, bias)),
            axes=axes,
            groups=1 if pools else groups,
            boundary=Boundary(boundary, Fraction(5, 2) if boundary == "constant" else Fraction(0)),
            correlate=draw(st.booleans()) or pools,
            pool=kind if pools else None,
            count_padding=draw(st.booleans()),
            layered=layered,
        )
        try:
            assert worked.output.values
        except ShapeError:
            assume(False)  # a pooling with a window in the padding alone
        return worked

    return layout
