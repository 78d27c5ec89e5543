"""What every command promises: help with examples, streams, exit codes, one clear line for bad input."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from convcli.commands import blur, conv_arith, convolve, echo, edge, kernels, probability, reverb, shape

Run = Callable[..., tuple[int, str, str]]

EXAMPLES: dict[str, Sequence[str]] = {
    "blur": blur.EXAMPLES,
    "edge": edge.EXAMPLES,
    "convolve": convolve.EXAMPLES,
    "echo": echo.EXAMPLES,
    "reverb": reverb.EXAMPLES,
    "probability": probability.EXAMPLES,
    "conv-arith": conv_arith.EXAMPLES,
    "shape": shape.EXAMPLES,
    "kernels": kernels.EXAMPLES,
}
FILE_COMMANDS = {
    "blur": "coffee.png",
    "edge": "chelsea.png",
    "convolve": "chelsea.png",
    "echo": "perc_snap.wav",
    "reverb": "perc_snap.wav",
}
ROOM = Path(__file__).resolve().parent.parent / "samples" / "perc_snap.wav"
NEEDED: dict[str, Sequence[str]] = {
    "blur": (),
    "edge": (),
    "convolve": ("-k", "sharpen"),
    "echo": (),
    "reverb": ("--ir", str(ROOM), "--ir-norm", "l1"),
}
file_commands = pytest.mark.parametrize(("command", "sample"), FILE_COMMANDS.items(), ids=FILE_COMMANDS)


def one_error(err: str) -> str:
    """Return the message, and check that there is one, on one line, with nothing but a hint after it."""
    lines = err.splitlines()
    assert lines, "nothing on standard error"
    assert lines[0].startswith("convcli: error: ")
    assert all(line.startswith("hint: ") for line in lines[1:])
    assert "Traceback" not in err
    return lines[0].removeprefix("convcli: error: ")


def new_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "samples")


class TestHelp:
    @pytest.mark.parametrize("command", EXAMPLES)
    def test_examples_come_first_and_as_written(self, convcli: Run, command: str) -> None:
        code, out, err = convcli(command, "--help")
        assert (code, err) == (0, "")
        assert EXAMPLES[command]
        for example in EXAMPLES[command]:
            assert example in out
        assert out.index("Examples:") < out.index("--help")
        assert convcli(command, "-h")[1] == out

    @pytest.mark.parametrize("command", EXAMPLES)
    def test_brackets_survive(self, convcli: Run, command: str) -> None:
        assert "\\[" not in convcli(command, "--help")[1]

    @pytest.mark.parametrize("command", EXAMPLES)
    def test_every_option_says_something(self, convcli: Run, command: str) -> None:
        lines = [line.strip(" │") for line in convcli(command, "--help")[1].splitlines()]
        options = [line for line in lines if line.startswith("--")]
        assert options
        assert all(len(line.split()) > 3 for line in options), options


@file_commands
class TestFileContract:
    def test_the_path_goes_to_stdout_the_report_to_stderr(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        code, out, err = convcli(command, *NEEDED[command], samples / sample, "-o", work)
        stem, suffix = sample.split(".")
        target = work / f"{stem}-{command}.{suffix}"
        assert (code, out) == (0, f"{target}\n")
        assert target.stat().st_size > 0
        assert "kernel" in err
        assert "stride" in err
        assert new_files(work) == [target.name]

    def test_quiet(self, convcli: Run, work: Path, samples: Path, command: str, sample: str) -> None:
        code, out, err = convcli(command, *NEEDED[command], samples / sample, "-o", work, "-q")
        assert (code, len(out.splitlines()), err) == (0, 1, "")

    def test_json_has_the_documented_keys(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        code, out, _ = convcli(command, *NEEDED[command], samples / sample, "-o", work, "--json", "--explain")
        record = json.loads(out)
        assert code == 0
        assert {
            "command", "input", "kernel", "padding", "stride", "dilation", "output", "method", "seconds",
            "clipped", "explain",
        } <= set(record)  # fmt: skip
        assert record["command"] == command
        assert set(record["input"]) == set(record["output"]) == {"path", "shape", "dtype"}
        assert set(record["kernel"]) == {"name", "shape", "sum"}
        assert set(record["padding"]) == {"mode", "amount"}
        assert record["explain"]["reason"]

    def test_the_shape_arithmetic_holds(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        record = json.loads(convcli(command, *NEEDED[command], samples / sample, "-o", work, "--json")[1])
        for axis, (before, after) in enumerate(record["padding"]["amount"]):
            reach = record["dilation"][axis] * (record["kernel"]["shape"][axis] - 1) + 1
            padded = record["input"]["shape"][axis] + before + after
            assert record["output"]["shape"][axis] == (padded - reach) // record["stride"][axis] + 1

    def test_dry_run_writes_nothing(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        code, out, _ = convcli(command, *NEEDED[command], samples / sample, "-o", work, "--dry-run")
        assert code == 0
        assert "nothing written" in out
        assert new_files(work) == []
        record = json.loads(
            convcli(command, *NEEDED[command], samples / sample, "-o", work, "-n", "--json")[1]
        )
        assert record["seconds"] is None
        assert new_files(work) == []

    def test_same_bytes_every_time(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        suffix = Path(sample).suffix
        assert convcli(command, *NEEDED[command], samples / sample, "-o", f"a{suffix}", "-q")[0] == 0
        assert (
            convcli(command, *NEEDED[command], samples / sample, "-o", f"b{suffix}", "-q", "-j", "1")[0] == 0
        )
        assert (work / f"a{suffix}").read_bytes() == (work / f"b{suffix}").read_bytes()

    def test_existing_output_is_kept_without_force(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        target = work / f"out{Path(sample).suffix}"
        target.write_bytes(b"old")
        code, out, err = convcli(command, *NEEDED[command], samples / sample, "-o", target)
        assert (code, out) == (1, "")
        assert "exists" in one_error(err)
        assert target.read_bytes() == b"old"
        assert convcli(command, *NEEDED[command], samples / sample, "-o", target, "--force")[0] == 0
        assert target.read_bytes() != b"old"

    def test_missing_file(self, convcli: Run, work: Path, command: str, sample: str) -> None:
        code, out, err = convcli(command, *NEEDED[command], f"none-{sample}")
        assert (code, out) == (1, "")
        assert one_error(err) == f"none-{sample}: no such file"

    def test_text_with_a_media_suffix(self, convcli: Run, work: Path, command: str, sample: str) -> None:
        Path(sample).write_text("this is not what the name says\n" * 100)
        code, out, err = convcli(command, *NEEDED[command], sample)
        assert (code, out) == (1, "")
        assert sample in one_error(err)
        assert new_files(work) == [sample]

    @pytest.mark.parametrize("keep", [0, 1, 13, 60, 0.3, 0.9])
    def test_truncated_files_are_refused_whole(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str, keep: float
    ) -> None:
        data = (samples / sample).read_bytes()
        Path(sample).write_bytes(data[: keep if isinstance(keep, int) else int(keep * len(data))])
        code, out, err = convcli(command, *NEEDED[command], sample)
        assert (code, out) == (1, "")
        assert sample in one_error(err)
        assert new_files(work) == [sample]

    def test_unwritable_folder(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        code, out, err = convcli(command, *NEEDED[command], samples / sample, "-o", f"none/{sample}")
        assert (code, out) == (1, "")
        assert "no such folder" in one_error(err)
        target = f"/proc/{sample}"  # refuses even root
        if Path("/proc").is_dir():
            code, out, err = convcli(command, *NEEDED[command], samples / sample, "-o", target)
            assert (code, out) == (1, "")
            assert target in one_error(err)

    def test_a_broken_input_does_not_stop_the_rest(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        for name in ("a", "b", "c"):
            data = (samples / sample).read_bytes() if name != "b" else b"junk"
            Path(f"{name}-{sample}").write_bytes(data)
        code, out, err = convcli(command, *NEEDED[command], *(f"{name}-{sample}" for name in "abc"), "-q")
        assert code == 1
        assert [line[0] for line in out.splitlines()] == ["a", "c"]
        assert f"b-{sample}" in err
        assert err.splitlines()[-1] == "convcli: 1 of 3 inputs failed"

    def test_many_inputs_at_a_time_give_the_same_bytes_in_order(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        for name in "abcd":
            Path(f"{name}-{sample}").write_bytes((samples / sample).read_bytes())
        inputs = sorted(path.name for path in work.glob(f"*-{sample}"))
        for folder, count in (("one", 1), ("four", 4)):
            Path(folder).mkdir()
            code, out, _ = convcli(command, *NEEDED[command], *inputs, "-o", folder, "-q", "-j", count)
            assert code == 0
            assert [Path(line).name[0] for line in out.splitlines()] == list("abcd")
        for path in (work / "one").iterdir():
            assert path.read_bytes() == (work / "four" / path.name).read_bytes()

    def test_all_checks_come_before_any_work(
        self, convcli: Run, work: Path, samples: Path, command: str, sample: str
    ) -> None:
        code, out, err = convcli(command, *NEEDED[command], samples / sample, "none.x", "-o", work)
        assert (code, out) == (1, "")
        assert "none.x" in err
        assert new_files(work) == []

    def test_json_on_stdout_with_data_on_stdout(
        self, convcli: Run, samples: Path, command: str, sample: str
    ) -> None:
        code, out, err = convcli(command, *NEEDED[command], samples / sample, "-o", "-", "--json")
        assert (code, out) == (2, "")
        assert "--json" in one_error(err)


@pytest.mark.parametrize(
    ("arguments", "code", "mentions"),
    [
        (("conv-arith", "--input", "1,2,x", "--kernel", "1"), 2, "'x'"),
        (("conv-arith", "--input", "1,2", "--kernel", "1,,2"), 2, "empty"),
        (("conv-arith", "--input", "1,2", "--kernel", "0,0", "--normalize", "sum"), 1, "sum"),
        (("conv-arith", "--input", "1,2", "--kernel", "1,2,3", "--mode", "valid"), 1, "fit"),
        (("kernels", "1,2;3"), 2, "rows differ"),
        (("kernels", "gausian:2"), 2, "gaussian"),
        (("kernels", "0,0,0", "--normalize", "sum"), 1, "sum"),
        (("probability", "d0"), 2, "d0"),
        (("probability", "2d"), 2, "2d"),
        (("probability", "0:1.2,1:-0.2"), 2, "1.2"),
        (("probability", "0:1.3,1:-0.3"), 2, ""),
        (("probability", "0:-0.5,1:1.5"), 2, "-0.5"),
        (("shape", "5", "--kernel", "7"), 1, "7"),
        (("shape", "--stride", "0"), 2, "'0'"),
        (("shape", "5xq"), 2, "5xq"),
        (("blur", "samples/coffee.png", "--size", "q"), 2, "'q'"),
        (("blur", "samples/coffee.png", "--padding-mode", "mirror"), 2, "mirror"),
        (("blur", "samples/coffee.png", "--size", "3", "--padding", "valid", "--size", "999"), 1, "999"),
        (("echo", "samples/perc_snap.wav", "--delay", "soon"), 2, "soon"),
        (("echo", "samples/perc_snap.wav", "--gain", "loud"), 2, "loud"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_requests(convcli: Run, work: Path, arguments: tuple[str, ...], code: int, mentions: str) -> None:
    got, out, err = convcli(*arguments)
    assert (got, out) == (code, "")
    assert one_error(err)
    assert mentions in err
    assert new_files(work) == []


@pytest.mark.parametrize(
    ("command", "example"), [(name, text) for name, texts in EXAMPLES.items() for text in texts]
)
def test_examples_run(process: Callable[..., object], work: Path, command: str, example: str) -> None:
    """Run each example of the help in a shell, as a reader would."""

    script = f'convcli() {{ "{sys.executable}" -m convcli "$@"; }}\nset -o pipefail\n{example}\n'
    done = subprocess.run(["bash", "-c", script], cwd=work, capture_output=True, timeout=120, env=os.environ)
    assert done.returncode == 0, done.stderr.decode()
