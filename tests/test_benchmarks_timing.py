"""Turns, medians and shares of the benchmarks, by a clock that tests wind by hand."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# The benchmarks stand beside the package and are not installed with it.
sys.path.append(str(Path(__file__).resolve().parent.parent))

from benchmarks.results import median
from benchmarks.timing import Contender, interleaved, rotations, rows, timed


class Clock:
    """Stands still but for what contenders spend, and notes who ran."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ran: list[str] = []

    def __call__(self) -> float:
        return self.now

    def spending(self, tool: str, *seconds: float, share: float = 1.0) -> Contender:
        """Make a contender whose runs take so long, one after the other, and then the last for ever."""
        left = list(seconds)

        def run() -> None:
            self.ran.append(tool)
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return Contender(tool, run, share=share)


@pytest.mark.parametrize(
    ("values", "middle"),
    [([3.0], 3.0), ([5.0, 1.0, 9.0], 5.0), ([4.0, 1.0, 3.0, 2.0], 2.0), ([1.0, 1.0, 100.0], 1.0)],
)
def test_the_median_was_measured(values: list[float], middle: float) -> None:
    assert median(values) == middle


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="no values"):
        median([])


def test_each_round_begins_with_the_next_contender() -> None:
    assert list(rotations(3, 4)) == [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]


def test_contenders_take_turns_after_a_warm_up() -> None:
    clock = Clock()
    contenders = [clock.spending(tool, 1.0) for tool in "abc"]
    interleaved(contenders, repeats=3, clock=clock)
    assert "".join(clock.ran) == "abc" + "abc" + "bca" + "cab"


def test_the_warm_up_does_not_count() -> None:
    clock = Clock()
    [times] = interleaved([clock.spending("a", 9.0, 1.0, 2.0)], repeats=2, clock=clock, slow=10)
    assert times == [1.0, 2.0]


def test_the_slow_run_once_more_and_the_others_go_on() -> None:
    clock = Clock()
    contenders = [clock.spending("slow", 5.0), clock.spending("quick", 1.0)]
    slow, quick = interleaved(contenders, repeats=4, clock=clock, slow=2.0)
    assert (slow, quick) == ([5.0], [1.0] * 4)


def test_a_part_is_scaled_to_the_whole() -> None:
    clock = Clock()
    contenders = [clock.spending("all", 1.0), clock.spending("part", 1.0, share=0.25)]
    whole, part = rows("work", contenders, repeats=3, clock=clock)
    assert (whole.seconds, part.seconds) == (1.0, 4.0)
    assert part.samples == (1.0,) * 3
    assert part.share == 0.25


@pytest.fixture
def collecting() -> Callable[[], bool]:
    """Say whether garbage is collected automatically."""
    return gc.isenabled


def test_garbage_waits_until_a_call_is_over(collecting: Callable[[], bool]) -> None:
    seen = []
    timed(lambda: seen.append(collecting()))
    assert seen == [False]
    assert collecting()


def test_garbage_is_collected_again_after_an_error(collecting: Callable[[], bool]) -> None:
    with pytest.raises(ZeroDivisionError):
        timed(lambda: 1 // 0)
    assert collecting()
