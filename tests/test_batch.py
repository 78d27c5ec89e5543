"""Batches go on after a failure, tell it, and count it."""

import json
import threading

import pytest

from convcli import batch
from convcli.errors import ConvError
from convcli.files import STREAM, Job
from convcli.reports import Report


def report(job: Job, **changes: object) -> Report:
    values: dict[str, object] = {
        "command": "blur",
        "source": job.source,
        "target": job.target,
        "axes": ("height", "width"),
        "input_shape": (4, 5, 3),
        "input_dtype": "uint8",
        "kernel_name": "box 3x3",
        "kernel_shape": (3, 3),
        "kernel_sum": 1.0,
        "padding_mode": "replicate",
        "padding": ((1, 1), (1, 1)),
        "stride": (1, 2),
        "dilation": (1, 1),
        "output_shape": (4, 3, 3),
        "output_dtype": "uint8",
        "method": "box",
        "seconds": 0.5,
        "reason": "it is constant",
        "predicted_seconds": 0.25,
        "notes": ("a note",),
        "warnings": ("a warning",),
    }
    return Report(**{**values, **changes})  # type: ignore[arg-type]


JOBS = [Job(f"{name}.png", f"{name}-blur.png", number) for number, name in enumerate("abc", 1)]


def fails_at_b(job: Job) -> Report:
    if job.source == "b.png":
        raise ConvError("b.png: is broken")
    return report(job)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_a_failure_does_not_stop_the_rest(capfd: pytest.CaptureFixture[str], threads: int) -> None:
    assert batch.run(fails_at_b, JOBS, threads=threads) == 1
    out, err = capfd.readouterr()
    assert out == "a-blur.png\nc-blur.png\n"
    assert "convcli: error: b.png: is broken\n" in err
    assert err.endswith("convcli: 1 of 3 inputs failed\n")


def test_results_are_told_in_order_whatever_ends_first(capfd: pytest.CaptureFixture[str]) -> None:
    later = threading.Event()

    def work(job: Job) -> Report:
        if job.source == "c.png":
            later.set()
        else:
            assert later.wait(10)
        return report(job, warnings=())

    assert batch.run(work, JOBS, threads=3, quiet=True) == 0
    assert capfd.readouterr().out == "a-blur.png\nb-blur.png\nc-blur.png\n"


def test_an_interrupt_drops_the_jobs_that_wait() -> None:
    started: list[str] = []

    def work(job: Job) -> Report:
        started.append(job.source)
        if job.source == "a.png":
            raise KeyboardInterrupt
        return report(job)

    with pytest.raises(KeyboardInterrupt):
        batch.run(work, JOBS)
    assert started == ["a.png"]


def test_the_only_job_fails_as_itself() -> None:
    with pytest.raises(ConvError, match="is broken"):
        batch.run(fails_at_b, JOBS[1:2])


def test_out_of_memory_is_a_failure_of_that_input(capfd: pytest.CaptureFixture[str]) -> None:
    def greedy(job: Job) -> Report:
        raise MemoryError

    assert batch.run(greedy, JOBS) == 1
    assert "a.png: not enough memory" in capfd.readouterr().err


def test_the_report_is_the_shape_arithmetic(capfd: pytest.CaptureFixture[str]) -> None:
    assert batch.run(report, JOBS[:1]) == 0
    out, err = capfd.readouterr()
    assert out == "a-blur.png\n"
    lines = [line.split() for line in err.splitlines()]
    assert ["a.png", "->", "a-blur.png"] in lines
    assert ["axis", "input", "kernel", "padding", "stride", "dilation", "output"] in lines
    assert ["width", "5", "3", "1", "+", "1", "2", "1", "3"] in lines
    assert "box 3x3 (sum 1), padding replicate, method box, 3 channels uint8, 0.50 s" in err
    assert "a note\n" in err
    assert "convcli: warning: a warning\n" in err


def test_quiet_keeps_paths_and_warnings(capfd: pytest.CaptureFixture[str]) -> None:
    batch.run(report, JOBS[:1], quiet=True)
    assert capfd.readouterr() == ("a-blur.png\n", "convcli: warning: a warning\n")


def test_json_is_one_object_an_input(capfd: pytest.CaptureFixture[str]) -> None:
    batch.run(report, JOBS, json=True, explain=True)
    out, _ = capfd.readouterr()
    records = [json.loads(line) for line in out.splitlines()]
    assert [record["input"]["path"] for record in records] == ["a.png", "b.png", "c.png"]
    assert records[0] == {
        "command": "blur",
        "input": {"path": "a.png", "shape": [4, 5, 3], "dtype": "uint8"},
        "kernel": {"name": "box 3x3", "shape": [3, 3], "sum": 1.0},
        "padding": {"mode": "replicate", "amount": [[1, 1], [1, 1]]},
        "stride": [1, 2],
        "dilation": [1, 1],
        "output": {"path": "a-blur.png", "shape": [4, 3, 3], "dtype": "uint8"},
        "method": "box",
        "seconds": 0.5,
        "clipped": 0,
        "notes": ["a note", "a warning"],
        "explain": {"reason": "it is constant", "predicted_seconds": 0.25},
    }


def test_a_dry_run_prints_the_plan_as_data(capfd: pytest.CaptureFixture[str]) -> None:
    batch.run(lambda job: report(job, seconds=None, warnings=()), JOBS[:1], dry_run=True, explain=True)
    out, err = capfd.readouterr()
    assert "dry run, nothing written" in out
    assert "why box: it is constant; predicted 0.25 s" in out
    assert err == "a note\n"


def test_stdout_is_left_to_the_data(capfd: pytest.CaptureFixture[str]) -> None:
    batch.run(lambda job: report(job, warnings=()), [Job(STREAM, STREAM)])
    out, err = capfd.readouterr()
    assert out == ""
    assert "standard input -> standard output" in err
