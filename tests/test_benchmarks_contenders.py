"""Who takes part in the benchmarks, what is judged exact, and what a command is charged with."""

import math
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

sys.path.append(str(Path(__file__).resolve().parent.parent))

from benchmarks import __main__ as program
from benchmarks import (
    accuracy,
    choices,
    commands,
    machine,
    memory,
    peers,
    processes,
    scaling,
    sounds,
    sums,
    verify,
    works,
)
from benchmarks.peers import own
from benchmarks.peers.model import Peer
from benchmarks.processes import Failed, Launcher
from benchmarks.results import load
from benchmarks.settings import Settings
from benchmarks.works import Work


def test_a_library_that_is_missing_is_left_out_with_a_line() -> None:
    def load(name: str) -> SimpleNamespace:
        if name == "opencv":
            raise ImportError(name)
        return SimpleNamespace(peers=lambda threads: (Peer(f"{name} with {threads}", lambda *_: None),))

    found, missing = peers.available(3, ("pillow", "opencv"), load)
    assert [peer.tool for peer in found] == ["pillow with 3"]
    assert missing == ["opencv is left out: opencv-python-headless is not installed"]


def test_a_program_that_is_missing_is_left_out_with_a_line() -> None:
    lines = commands.blurs(2, ".png", threads=2)
    found, missing = commands.available(lines, lambda name: None if name == "gm" else name)
    assert "GraphicsMagick" not in [command.tool for command in found]
    assert missing == ["GraphicsMagick is left out: gm is not installed"]


@pytest.mark.parametrize("suffix", [".bmp", ".png", ".jpg"])
def test_every_tool_reads_the_input_and_writes_the_output(suffix: str) -> None:
    for command in [
        *commands.blurs(2, suffix, threads=2),
        *commands.edges(threads=2),
        *commands.echoes(threads=2),
        *commands.reverbs(threads=2),
    ]:
        argv = command.argv(Path("in.x"), Path(f"out{suffix}"))
        assert "in.x" in argv
        assert any(argument.startswith(f"out{suffix}") for argument in argv)


def test_a_slow_peer_meets_a_part_of_the_picture() -> None:
    picture = works.photograph(40, 80)
    seen = []

    def prepare(work: Work, pixels: works.Pixels) -> tuple[object, str]:
        seen.append(pixels.shape)
        return (lambda: None), "call"

    contender = Peer("slow", prepare, {"box 3x3": 1 / 16}).contender(Work("box", 3), picture)  # type: ignore[arg-type]
    assert contender is not None
    assert seen == [(10, 20, 3)]
    assert contender.share == 1 / 16


def test_a_curve_ends_where_a_tool_becomes_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = {("quick", 3): 0.1, ("quick", 5): 0.1, ("quick", 7): 0.1, ("slow", 3): 0.1, ("slow", 5): 9.0}

    def rows(name: str, contenders: list[object], *, repeats: int) -> list[scaling.Row]:
        size = int(name.rpartition("x")[2])
        return [scaling.Row(name, each.tool, spent[each.tool, size]) for each in contenders]  # type: ignore[attr-defined]

    monkeypatch.setattr(scaling.timing, "rows", rows)
    contestants = [Peer(tool, lambda *_: ((lambda: None), "")) for tool in ("quick", "slow")]
    family = [Work("box", size) for size in (3, 5, 7)]
    found = scaling.follow(family, contestants, works.photograph(8, 8), repeats=1, longest=1.0)
    assert [(row.tool, row.size) for row in found] == [
        ("quick", 3),
        ("slow", 3),
        ("quick", 5),
        ("slow", 5),
        ("quick", 7),
    ]


# --- exactness -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "work", [*works.WORKS[:3], works.WORKS[6], *works.WORKS[-2:]], ids=lambda work: work.name
)
def test_convcli_is_judged_exact(work: Work) -> None:
    picture = works.photograph(64, 72)
    [contestant] = own.peers(2)
    contender = contestant.contender(work, picture)
    assert contender is not None
    assert accuracy.judge(contender.call(), accuracy.exact(work, picture)) == "exact"


def test_the_truth_is_that_of_a_plain_convolution() -> None:
    work, picture = Work("dense", 5), works.photograph(20, 30)
    full = ndimage.convolve(picture.astype(float), work.weights[..., np.newaxis])
    np.testing.assert_allclose(accuracy.exact(work, picture), full[2:-2, 2:-2], atol=1e-10)


def test_errors_are_counted_from_the_rounded_truth() -> None:
    truth = np.array([[1.2, 1.5004, 2.4, 7.0]])
    assert accuracy.deviation(np.array([[1.0, 1.0, 2.0, 7.0]]), truth) == "exact"
    assert accuracy.deviation(np.array([[1.0, 2.0, 3.0, 4.0]]), truth) == "off by 3 (50 %)"


def test_a_few_errors_are_not_none() -> None:
    values = np.zeros((1, 1000))
    values[0, 7] = 1
    assert accuracy.deviation(values, np.zeros((1, 1000))) == "off by 1 (< 1 %)"


def test_a_constant_gain_is_no_error() -> None:
    truth = np.random.default_rng(0).standard_normal((100, 2))
    assert sounds.judge(np.float32(0.5) * truth[:90].astype(np.float32), truth).endswith(
        "at its own gain of 0.5"
    )
    wrong = truth.copy()
    wrong[5, 0] += np.abs(truth).max() / 100
    level = sounds.judge(wrong, truth)
    assert level == "-40 dB"


def test_files_are_judged(tmp_path: Path) -> None:
    import soundfile

    source, target = tmp_path / "a.wav", tmp_path / "b.wav"
    given = np.zeros((sounds.DELAY + 10, 2), np.int16)
    given[:2] = 1000
    soundfile.write(source, given, sounds.RATE)
    right = given.copy()
    right[sounds.DELAY : sounds.DELAY + 2] = 500
    soundfile.write(target, right, sounds.RATE)
    assert verify.echo(source, target) == "exact"
    assert verify.echo(source, source) == "off by 500 (< 1 %)"


def test_a_sound_in_a_room_is_judged_by_the_response_beside_it(tmp_path: Path) -> None:
    import soundfile

    source, target = tmp_path / "sound.wav", tmp_path / "out.wav"
    x = np.random.default_rng(0).integers(-9000, 9000, (900, 2)).astype(np.int16)
    response = np.zeros((90, 2))
    response[0], response[50] = 0.5, 0.25
    soundfile.write(source, x, sounds.RATE)
    soundfile.write(source.with_name(commands.RESPONSE), response, sounds.RATE, subtype="FLOAT")
    y = x * 0.5
    y[50:] += 0.25 * x[:-50]
    soundfile.write(target, y / 2**15, sounds.RATE, subtype="DOUBLE")
    assert float(verify.reverb(source, target).split()[0]) < -250
    soundfile.write(target, y / 2**16, sounds.RATE, subtype="DOUBLE")
    assert verify.reverb(source, target).endswith("at its own gain of 0.5")
    assert float(verify.reverb(source, source).split()[0]) > -20


def test_a_picture_of_another_kind_is_not_judged(tmp_path: Path) -> None:
    from PIL import Image

    source, gray, text = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    image = Image.fromarray(works.photograph(40, 50))
    image.save(source)
    image.convert("L").save(gray)
    text.write_text("no picture")
    assert verify.gaussian(1, source, gray) == ""
    assert verify.gaussian(1, source, text) == ""
    assert verify.gaussian(1, source, source).startswith("off by")


# --- the grid, memory, commands ------------------------------------------------------------------


def test_the_grid_has_every_structure() -> None:
    tables = dict(choices.kernel_tables())
    assert all(np.isfinite(weights).all() and weights.ndim == 2 for weights in tables.values())
    assert np.linalg.matrix_rank(tables["rank 3, 15x15"]) == 3
    assert np.count_nonzero(tables["9 taps in 31x31"]) == 9
    sizes = [max(weights.shape) for weights in tables.values()]
    assert (min(sizes), max(sizes)) == (3, 201)


def test_one_case_is_measured_by_every_method() -> None:
    case = next(choices.cases(quick=True))
    found = choices.compete(case, {"box": 1.0, "taps": 2.0}, Settings(repeats=1, threads=1))
    assert [(row.tool, row.predicted) for row in found] == [("box", 1.0), ("taps", 2.0)]
    assert all(0 < row.seconds < math.inf for row in found)


def test_memory_grows_by_what_a_call_holds() -> None:
    grown = memory.peak_growth(partial(np.ones, 4 << 20))
    if grown is None:
        pytest.skip("this system does not tell")
    assert 31 < grown < 40


def test_commands_run_and_are_charged_with_their_own_memory(tmp_path: Path) -> None:
    ballast = np.ones(16 << 20)
    with Launcher(tmp_path / "log") as launcher:
        peak = launcher.run(["true"])
        assert 0 < peak < ballast.nbytes / memory.MIB
        launcher.run(["sh", "-c", 'test "$WORD" = here'], {"WORD": "here"})
        with pytest.raises(Failed, match="exit code 3: the last line"):
            launcher.run(["sh", "-c", "echo the last line >&2; exit 3"])


def test_a_command_that_fails_is_left_out_with_a_line(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("x")
    errand = processes.Errand(
        "copy", source.name,
        [
            commands.Command("cp", lambda a, b: ["cp", str(a), str(b)]),
            commands.Command("false", lambda a, b: ["false"]),
        ],
        lambda a, b: "exact" if a.read_text() == b.read_text() else "wrong",
    )  # fmt: skip
    with Launcher(tmp_path / "log") as launcher:
        [row], remarks = processes.run(launcher, errand, source, repeats=2)
    assert (row.tool, row.accuracy, len(row.samples)) == ("cp", "exact", 2)
    assert remarks == ["false is left out of copy: exit code 1: no message"]


@pytest.mark.parametrize("arguments", [["nonsense"], ["--repeats", "0"], ["--what"]])
def test_what_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        program.main(arguments)
    assert stop.value.code == 2
    assert "benchmarks/run: error" in capsys.readouterr().err


def test_only_what_was_asked_for_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "describe", lambda threads: {"threads": str(threads)})
    wanted = ["64x64 gray uint8: box 3x3", "64x64 gray uint8: dense 5x5"]
    for only in wanted:
        program.main(["choices", "--quick", "--only", only, "--repeats", "1", "--output", str(tmp_path)])
    # The second run keeps what the first has measured.
    run = load(tmp_path / "performance.json")
    assert list(run.parts["choices"].works()) == wanted
    page = tmp_path / "performance.md"
    assert "2 cases" in page.read_text(encoding="utf-8")
    assert str(page) in capsys.readouterr().out


def test_sums_of_dice_are_compared_count_by_count() -> None:
    part = sums.measure(Settings(quick=True, repeats=1, only="100d6"))
    own = part.works()["100d6"]["convcli"]
    assert (own.accuracy, len(own.samples)) == ("exact", 1)
    assert all(row.accuracy == "exact" for row in part.rows)
    assert sums._judged({1: 1, 2: 2}, {1: 2, 2: 4}) == "exact"
    assert sums._judged({1: 1, 2: 2}, {1: 2, 2: 5}) == "wrong"
    assert sums._judged({1: 1}, {1: 1, 2: 1}) == "wrong"
