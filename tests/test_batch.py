"""Batches go on after a failure, tell it, and count it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from convcli import batch
from convcli.batch import Step
from convcli.errors import ConvError
from convcli.files import STREAM
from convcli.jobs import Job
from convcli.reports import Report


def report(job: Job, step: Step | None = None, **changes: object) -> Report:
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


def fails_at_b(job: Job, step: Step) -> Report:
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

    def work(job: Job, step: Step) -> Report:
        if job.source == "c.png":
            later.set()
        else:
            assert later.wait(10)
        return report(job, warnings=())

    assert batch.run(work, JOBS, threads=3, quiet=True) == 0
    assert capfd.readouterr().out == "a-blur.png\nb-blur.png\nc-blur.png\n"


def test_an_interrupt_drops_the_jobs_that_wait() -> None:
    started: list[str] = []

    def work(job: Job, step: Step) -> Report:
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


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConvError("b.png: is broken"), "b.png: is broken"),
        (MemoryError(), "b.png: not enough memory"),
        (OSError(28, "No space left on device"), "b.png: no space left on device"),
        (OSError(28, "No space left on device", "/tmp/x"), "/tmp/x: no space left on device"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_whatever_goes_wrong_costs_the_others_nothing(
    capfd: pytest.CaptureFixture[str], error: Exception, message: str
) -> None:
    def work(job: Job, step: Step) -> Report:
        if job.source == "b.png":
            raise error
        return report(job, warnings=())

    assert batch.run(work, JOBS, quiet=True) == 1
    out, err = capfd.readouterr()
    assert out == "a-blur.png\nc-blur.png\n"
    assert err.splitlines()[0] == f"convcli: error: {message}"
    assert err.splitlines()[-1] == "convcli: 1 of 3 inputs failed"


@pytest.mark.parametrize("threads", [1, 3])
def test_progress_counts_parts_of_jobs(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    seen: list[float] = []

    @contextmanager
    def progress(description: str, total: float, *, quiet: bool) -> Iterator[Callable[[float], None]]:
        assert (description, total, quiet) == ("3 files", 3, True)
        yield seen.append

    def work(job: Job, step: Step) -> Report:
        step(1, 4)
        step(7, None)
        step(3, 4)
        return report(job, warnings=())

    monkeypatch.setattr("convcli.console.progress", progress)
    batch.run(work, JOBS, threads=threads, quiet=True)
    assert len(seen) == 12
    assert seen[-1] == 3
    if threads == 1:
        assert seen[:5] == [0.25, 0.0, 0.75, 1.0, 1.25]


def test_an_interrupt_stops_the_jobs_under_way() -> None:
    started = threading.Barrier(2)
    ended: list[str] = []

    def work(job: Job, step: Step) -> Report:
        if job.source == "a.png":
            started.wait(10)
            raise KeyboardInterrupt
        started.wait(10)
        try:
            for _ in range(1000):
                time.sleep(0.01)
                step(1, 2)
        except KeyboardInterrupt:
            ended.append(job.source)
            raise
        return report(job)

    with pytest.raises(KeyboardInterrupt):
        batch.run(work, JOBS[:2], threads=2)
    assert ended == ["b.png"]


def test_names_that_no_encoding_has(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    name = os.fsdecode(b"caf\xe9-\xff.png")
    job = Job(name, name)
    batch.run(lambda job, step: report(job, warnings=()), [job])
    out, err = capfdbinary.readouterr()
    assert out == b"caf\xe9-\xff.png\n"
    assert b"caf\\udce9-\\udcff.png" in err
    batch.run(lambda job, step: report(job, warnings=()), [job], json=True)
    assert json.loads(capfdbinary.readouterr().out)["output"]["path"] == name


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


def test_the_caption_tells_what_changes_and_how_often(capfd: pytest.CaptureFixture[str]) -> None:
    batch.run(
        lambda job, step: report(job, output_dtype="float32", pictures="12 frames", clipped=3), JOBS[:1]
    )
    caption = capfd.readouterr().err.splitlines()[-1]
    assert caption.endswith("method box, 3 channels uint8 to float32, 12 frames, 3 clipped, 0.50 s")


@pytest.mark.parametrize("options", [{}, {"quiet": True}, {"json": True}], ids=str)
def test_a_preview_is_drawn_because_it_was_asked_for(
    capfd: pytest.CaptureFixture[str], options: dict[str, bool]
) -> None:
    preview = ([[(0, 0, 0)] * 4], [[(255, 255, 255)] * 4])
    batch.run(lambda job, step: report(job, preview=preview), JOBS[:1], **options)
    out, err = capfd.readouterr()
    assert "a.png  a-blur.png\n       ████\n" in err
    assert "█" not in out


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
        "explain": {"reason": "it is constant", "predicted_seconds": 0.25, "candidates": []},
    }


def test_a_dry_run_prints_the_plan_as_data(capfd: pytest.CaptureFixture[str]) -> None:
    batch.run(lambda job, step: report(job, seconds=None, warnings=()), JOBS[:1], dry_run=True, explain=True)
    out, err = capfd.readouterr()
    assert "dry run, nothing written" in out
    assert "why box: it is constant; predicted 0.25 s" in out
    assert err == "a note\n"


def test_stdout_is_left_to_the_data(capfd: pytest.CaptureFixture[str]) -> None:
    batch.run(lambda job, step: report(job, warnings=()), [Job(STREAM, STREAM)])
    out, err = capfd.readouterr()
    assert out == ""
    assert "standard input -> standard output" in err


IMPATIENT = r"""
import os, sys, time
from convcli import batch, files
from convcli.jobs import Job

def work(job, step):
    with files.replacing(job.target):
        os.write(1, b"started\n")
        time.sleep(60)

batch.run(work, [Job("a", sys.argv[1] + "/a"), Job("b", sys.argv[1] + "/b")], threads=2)
"""


def test_a_second_interrupt_leaves_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background ignores it
    running = subprocess.Popen(
        [sys.executable, "-c", IMPATIENT, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    signal.signal(signal.SIGINT, handler)
    assert running.stdout is not None
    assert [running.stdout.readline() for _ in range(2)] == [b"started\n"] * 2
    deadline = time.monotonic() + 30  # the jobs alone would take a minute
    while running.poll() is None and time.monotonic() < deadline:
        running.send_signal(signal.SIGINT)
        time.sleep(0.5)
    running.kill()
    out, err = running.communicate()
    assert (running.returncode, out, err) == (130, b"", b"")
    assert list(tmp_path.iterdir()) == []
