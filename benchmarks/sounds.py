"""Sounds in memory: a long impulse response and a two-spike echo over twenty minutes of stereo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import memory, timing
from .results import Part, Row
from .settings import Settings
from .timing import Contender
from .works import SAMPLES

NAME = "sounds"

RATE = 44_100
DELAY = 3 * RATE // 10
GAIN = 0.5

# Frames of the beginning on which results are compared with the true one.
JUDGED = 20 * RATE

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One convolution of a sound.

    Parameters
    ----------
    name : str
    sound : ndarray of float32, shape (frames, 2)
    response : ndarray of float32, shape (taps, 2)
        One a channel.
    """

    name: str
    sound: Sound
    response: Sound

    @property
    def frames(self) -> int:
        """Of the result, tail included."""
        return len(self.sound) + len(self.response) - 1


# A tool, its note, and how it does a task: the result has shape (frames, 2), with or without the tail.
Way = tuple[str, str, Callable[[Task], Sound]]


def measure(settings: Settings) -> Part:
    """Time all ways to do both tasks, and look at error and memory."""
    minutes = 1 if settings.quick else 20
    sound = music(minutes * 60 * RATE)
    rows: list[Row] = []
    remarks: list[str] = []
    for task, ways in (
        (Task("impulse response", sound, room(3 * RATE)), _responses),
        (Task("two-spike echo", sound, spikes()), _echoes),
    ):
        if not settings.wants(task.name):
            continue
        settings.tell(f"sounds: {task.name}")
        able, missing = ways(settings.threads)
        rows += compare(task, able, repeats=settings.repeats)
        remarks += [line for line in missing if line not in remarks]
    subject = (
        f"{minutes} min of stereo at {RATE} Hz, float32, in memory; a response of 3 s, and an echo of 0.3 s"
    )
    return settings.part(NAME, subject, rows, remarks)


def compare(task: Task, ways: Sequence[Way], *, repeats: int) -> list[Row]:
    """Rows of one task: times, errors and working memory."""
    contenders = [Contender(tool, lambda do=do: do(task), note) for tool, note, do in ways]  # type: ignore[misc]
    rows = timing.rows(task.name, contenders, repeats=repeats)
    short = replace(task, sound=task.sound[:JUDGED])
    truth = _true(short)
    return [
        replace(row, accuracy=judge(do(short), truth), memory=_working(task, do))
        for row, (_, _, do) in zip(rows, ways, strict=True)
    ]


def judge(result: Sound, truth: NDArray[np.float64]) -> str:
    """Largest error in decibels below the peak, after taking out a constant gain.

    Parameters
    ----------
    result : ndarray, shape (frames, 2)
        May end before the truth does.
    truth : ndarray of float64, shape (frames', 2)
    """
    known = truth[: len(result)]
    energy = float(np.vdot(known, known))
    gain = float(np.vdot(known, result)) / energy
    error = float(np.abs(result / gain - known).max() / np.abs(known).max())
    level = "exact" if error == 0 else f"{20 * np.log10(error):.0f} dB"
    return level if abs(gain - 1) < 1e-3 else f"{level} at its own gain of {gain:.3g}"


def music(frames: int) -> Sound:
    """A guitar over and over, in stereo, with a little noise: always the same.

    Parameters
    ----------
    frames : int

    Returns
    -------
    ndarray of float32, shape (frames, 2)
    """
    import soundfile

    mono, _ = soundfile.read(SAMPLES / "guit_harmonics.flac", dtype="float32")
    channels = [np.resize(np.roll(mono, shift), frames) for shift in (0, 4001)]
    stereo = np.stack(channels, axis=1)
    stereo += np.random.default_rng(2).standard_normal(stereo.shape, np.float32) * np.float32(1e-3)
    return stereo


def room(frames: int) -> Sound:
    """The response of a room: noise that decays by 60 dB."""
    decay = np.exp(-np.log(1000) * np.arange(frames) / frames)[:, np.newaxis]
    noise = np.random.default_rng(3).standard_normal((frames, 2))
    return np.asarray(noise * decay / 50, np.float32)


def spikes() -> Sound:
    """1 at once and 0.5 after 300 ms, dense, for those who know no other way."""
    response = np.zeros((DELAY + 1, 2), np.float32)
    response[0], response[-1] = 1, GAIN
    return response


def _true(task: Task) -> NDArray[np.float64]:
    from scipy.signal import oaconvolve

    return np.asarray(oaconvolve(task.sound.astype(np.float64), task.response.astype(np.float64), axes=0))


def _working(task: Task, do: Callable[[Task], Sound]) -> float | None:
    """MiB beyond input and output."""
    grown = memory.peak_growth(lambda: do(task))
    output = task.frames * task.sound[0].nbytes / memory.MIB
    return None if grown is None else max(grown - output, 0.0)


def _streamed(stream: Any, rest: Callable[[], Sound], task: Task) -> Sound:
    """Push a sound block by block, as a file is read, and collect what comes out."""
    from convcli.audio.reading import frames_a_block

    size = frames_a_block(2)
    result = np.empty((task.frames, 2), np.float32)
    done = 0
    for start in range(0, len(task.sound), size):
        ready = stream.push(task.sound[start : start + size])
        result[done : done + len(ready)] = ready
        done += len(ready)
    result[done:] = rest()
    return result


def _echoes(threads: int) -> tuple[list[Way], list[str]]:
    from convcli.engine.streams.taps import TapStream

    def own(task: Task) -> Sound:
        stream = TapStream((0, DELAY), (1.0, GAIN), channels=2, dtype=np.float32)
        return _streamed(stream, lambda: stream.tail(DELAY), task)

    ways: list[Way] = [("convcli", "TapStream", own), *_scipy()]
    return _with_pedalboard(ways, _delay)


def _responses(threads: int) -> tuple[list[Way], list[str]]:
    from convcli.engine.streams.overlap import OverlapSaveStream

    def own(task: Task) -> Sound:
        stream = OverlapSaveStream(
            task.response, channels=2, dtype=np.float32, workers=threads, frames=len(task.sound)
        )
        return _streamed(stream, stream.finish, task)

    ways: list[Way] = [("convcli", "OverlapSaveStream", own), *_scipy()]
    return _with_pedalboard(ways, _convolution)


def _scipy() -> list[Way]:
    from scipy import signal

    def whole(task: Task) -> Sound:
        return np.asarray(signal.fftconvolve(task.sound, task.response, axes=0))

    def pieces(task: Task) -> Sound:
        return np.asarray(signal.oaconvolve(task.sound, task.response, axes=0))

    return [
        ("scipy oaconvolve", "overlap-add, one thread", pieces),
        ("scipy fftconvolve", "one transform, one thread", whole),
    ]


def _with_pedalboard(ways: list[Way], make: Callable[[Task], Any]) -> tuple[list[Way], list[str]]:
    try:
        import pedalboard  # noqa: F401
    except ImportError:
        return ways, ["pedalboard is left out: pedalboard is not installed"]

    def process(task: Task) -> Sound:
        return np.asarray(make(task).process(_planar(task), RATE)).T

    return [*ways, ("pedalboard", "one thread, no tail", process)], []


@lru_cache(maxsize=1)
def _planar(task: Task) -> Sound:
    """The sound, one channel after the other, as pedalboard takes it: made once, outside the timing."""
    return np.ascontiguousarray(task.sound.T)


def _convolution(task: Task) -> Any:
    from pedalboard import Convolution

    return Convolution(np.ascontiguousarray(task.response.T), mix=1.0, sample_rate=RATE)


def _delay(task: Task) -> Any:
    from pedalboard import Delay

    # A third wet leaves two thirds dry: 1 to 0.5.
    return Delay(delay_seconds=DELAY / RATE, feedback=0.0, mix=1 / 3)
