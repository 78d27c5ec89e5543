"""Threads that read ahead and write behind: an interrupt finds no moment in which it leaves the other waiting."""

import signal
import threading
from collections.abc import Callable

import pytest

from convcli.audio import pipeline


class AtTheWorstMoment(threading.Condition):
    """Its lock is taken when an interrupt arrives, and the block that gives it back has not begun."""

    def __enter__(self) -> bool:
        taken = super().__enter__()
        if threading.current_thread() is threading.main_thread():
            signal.raise_signal(signal.SIGINT)
        return taken


@pytest.mark.parametrize(
    "use",
    [lambda queue: queue.put(1), next, lambda queue: queue.end(), lambda queue: queue.abandon()],
    ids=["put", "take", "end", "abandon"],
)
def test_an_interrupt_leaves_the_queue_free(use: Callable[[object], object]) -> None:
    queue: pipeline._Queue[int] = pipeline._Queue(2)
    queue.put(0)
    items = iter(queue)
    queue._change = AtTheWorstMoment()
    with pytest.raises(KeyboardInterrupt):
        use(items if use is next else queue)
    assert queue._change.acquire(blocking=False)
