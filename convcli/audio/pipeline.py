"""Reading ahead and writing behind: a file's end of the work done by a thread of its own.

The threads touch nothing that can keep them waiting for long, so they can always be waited for. What may (a
pipe, standard output) belongs to the thread that signals reach, which is the one in the middle.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from . import virtual

_Item = TypeVar("_Item")

_DEPTH = 4  # blocks between two threads


@contextmanager
def ahead(items: Iterable[_Item], *, depth: int = _DEPTH) -> Iterator[Iterator[_Item]]:
    """Take items before they are asked for, in a thread.

    Parameters
    ----------
    items : iterable
        Used by the thread alone until the block ends. What it raises is raised after the items before.
    depth : int
        Items that may wait.

    Yields
    ------
    iterator
        The same items, in their order.
    """
    queue: _Queue[_Item] = _Queue(depth)

    def work() -> None:
        for item in items:
            if not queue.put(item):
                return

    with _working(work, queue):
        yield iter(queue)


@contextmanager
def behind(put: Callable[[_Item], None], *, depth: int = _DEPTH) -> Iterator[Callable[[_Item], None]]:
    """Hand items on without waiting until they are taken, to a thread.

    Parameters
    ----------
    put : callable
        Called by the thread alone until the block ends. What it raises is raised by one of the next calls,
        or at the end.
    depth : int
        Items that may wait.

    Yields
    ------
    callable
        Use it in place of `put`. When the block succeeds all items have been taken; when it fails those
        that wait are not.
    """
    queue: _Queue[_Item] = _Queue(depth)

    def work() -> None:
        for item in queue:
            put(item)

    def hand_on(item: _Item) -> None:
        if not queue.put(item):
            queue.check()

    with _working(work, queue) as thread:
        yield hand_on
        queue.end()
        thread.join()
        queue.check()


@contextmanager
def _working(work: Callable[[], None], queue: _Queue[_Item]) -> Iterator[threading.Thread]:
    """Run a thread during the block, and be sure that it has ended afterwards."""

    def run() -> None:
        error: BaseException | None = None
        try:
            work()
        except BaseException as raised:
            error = raised
        queue.end(error)

    # A daemon, lest an interrupt that arrives between the next two lines keeps the process from ending.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        # What the thread uses is closed next, also if there is a second signal.
        with virtual.undisturbed():
            queue.abandon()
            thread.join()


class _Queue(Generic[_Item]):
    """A bounded queue that either side can end.

    Signals are held back while its lock is: an interrupt between taking the lock and the block that gives it
    back would leave it taken, and the other side waiting for ever. No wait is long.

    Parameters
    ----------
    depth : int
        Items that may wait.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._items: deque[_Item] = deque()
        self._error: BaseException | None = None
        self._ended = False
        self._change = threading.Condition()

    def put(self, item: _Item) -> bool:
        """Add an item as soon as there is room; False: the queue has ended, and the item is dropped."""
        with virtual.undisturbed(), self._change:
            self._change.wait_for(lambda: self._ended or len(self._items) < self._depth)
            if not self._ended:
                self._items.append(item)
                self._change.notify_all()
            return not self._ended

    def __iter__(self) -> Iterator[_Item]:
        """Yield the items that were added, as soon as they are there; then raise the error of the end."""
        while True:
            with virtual.undisturbed(), self._change:
                self._change.wait_for(lambda: self._ended or bool(self._items))
                if not self._items:
                    break
                item = self._items.popleft()
                self._change.notify_all()
            yield item
        self.check()

    def end(self, error: BaseException | None = None) -> None:
        """Let no more items in, because there are none or because of an error. The first error counts."""
        with virtual.undisturbed(), self._change:
            self._ended, self._error = True, self._error or error
            self._change.notify_all()

    def abandon(self) -> None:
        """Let no more items in, and drop those that wait."""
        with virtual.undisturbed(), self._change:
            self._items.clear()
        self.end()

    def check(self) -> None:
        """Raise the error that ended the queue."""
        if self._error is not None:
            raise self._error
