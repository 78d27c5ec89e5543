"""Reading ahead and writing behind: order, errors, and threads that always end."""

import signal
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio.pipeline import _Queue, ahead, behind


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@given(st.lists(st.integers()), st.integers(1, 5))
def test_items_keep_their_order(items, depth):
    with ahead(iter(items), depth=depth) as read:
        assert list(read) == items
    taken = []
    with behind(taken.append, depth=depth) as put:
        for item in items:
            put(item)
    assert taken == items


def test_items_are_taken_in_other_threads():
    names = set()

    def items():
        names.add(threading.current_thread())
        yield 1

    with ahead(items()) as read, behind(lambda _: names.add(threading.current_thread())) as put:
        for item in read:
            put(item)
    assert len(names) == 2
    assert threading.current_thread() not in names


def test_no_more_is_read_than_may_wait():
    begun = []

    def items():
        for number in range(100):
            begun.append(number)
            yield number

    with ahead(items(), depth=3) as read:
        next(read)
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:
            assert len(begun) <= 5  # one taken, three waiting, one in the hand
            time.sleep(0.01)
    assert len(begun) <= 6


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield from range(10)
        raise OSError("gone")

    seen = []
    with pytest.raises(OSError, match="gone"), ahead(items(), depth=2) as read:
        seen.extend(iter(read.__next__, None))
    assert seen == list(range(10))


@pytest.mark.parametrize("fatal", [0, 1, 9])
def test_an_error_of_the_taker_reaches_the_giver(fatal):
    taken = []

    def put(item):
        if item == fatal:
            raise OSError("full")
        taken.append(item)

    with pytest.raises(OSError, match="full"), behind(put, depth=2) as hand_on:
        for item in range(10):
            hand_on(item)
    assert taken == list(range(fatal))


def test_a_giver_who_fails_drops_what_waits():
    begun, go_on, taken = threading.Event(), threading.Event(), []

    def put(item):
        begun.set()
        go_on.wait(10)
        taken.append(item)

    with pytest.raises(KeyboardInterrupt), behind(put, depth=4) as hand_on:
        for item in range(3):
            hand_on(item)
        begun.wait(10)
        threading.Timer(0.1, go_on.set).start()
        raise KeyboardInterrupt
    assert taken == [0]
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()


def test_a_reader_who_leaves_ends_the_thread():
    with ahead(iter(range(10**9)), depth=2) as read:
        assert next(read) == 0


class AtTheWorstMoment(threading.Condition):
    """Its lock is taken when an interrupt arrives, and the block that gives it back has not begun."""

    def __enter__(self):
        taken = super().__enter__()
        signal.raise_signal(signal.SIGINT)
        return taken


@pytest.mark.parametrize("use", ["put", "take", "end", "abandon"])
def test_an_interrupt_leaves_the_queue_to_the_other_side(use):
    queue = _Queue(2)
    queue.put(0)
    queue._change = AtTheWorstMoment(threading.Lock())
    with pytest.raises(KeyboardInterrupt):
        match use:
            case "put":
                queue.put(1)
            case "take":
                next(iter(queue))
            case _:
                getattr(queue, use)()
    assert queue._change.acquire(blocking=False)
