"""Files that libsndfile works on through Python.

libsndfile tells nobody about a write that fails while it closes a file, and what Python raises in a callback
from C is lost. So the file remembers what went wrong until someone asks, and signals wait.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from types import FrameType

from convcli.files import write_error

# Those whose handlers raise; Windows has no SIGHUP.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Written:
    """A file to write, in which nothing fails: the first error waits for `check`.

    Parameters
    ----------
    stream : FileIO
        The open file. libsndfile has buffers of its own.
    name : str
        What is being written, for messages.
    """

    def __init__(self, stream: FileIO, *, name: str) -> None:
        self._stream = stream
        self._name = name
        self._error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of `data`; after an error, nothing."""
        left = memoryview(data)
        while left and self._error is None:
            try:
                left = left[self._stream.write(left) :]
            except OSError as error:
                self._error = error
        return len(data)

    def read(self, count: int) -> bytes:
        """Read back what was written."""
        return self._stream.read(count)

    def seek(self, offset: int, whence: int) -> int:
        """Go to a position."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._stream.tell()

    def close(self) -> None:
        """Close the file, which on network file systems is when a full disk shows."""
        try:
            self._stream.close()
        except OSError as error:
            self._error = self._error or error

    def check(self) -> None:
        """Raise the first error.

        Raises
        ------
        WriteError
            The system refused to write.
        """
        if self._error is not None:
            raise write_error(self._name, self._error) from None


@contextmanager
def written(path: Path, *, name: str) -> Iterator[Written]:
    """Open a file for libsndfile to write, and close it.

    Parameters
    ----------
    path : Path
    name : str
        What is being written, for messages.

    Yields
    ------
    Written

    Raises
    ------
    WriteError
        At the end, if a part of the file could not be written.
    """
    file = Written(FileIO(path, "w+"), name=name)
    try:
        yield file
    finally:
        file.close()
    file.check()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back signals until the end of the block, in which libsndfile calls Python.

    They arrive in the main thread only; an interrupt that arrived in a callback would be lost, and with
    it the block that was being read or written.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[tuple[int, FrameType | None]] = []

    def hold(number: int, frame: FrameType | None) -> None:
        arrived.append((number, frame))

    handlers = {number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))}
    try:
        for number in handlers:
            signal.signal(number, hold)
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in arrived:
            handlers[number](number, frame)
