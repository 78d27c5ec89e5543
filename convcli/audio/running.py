"""One sound on its way from file to file: threads, passes, level and rounding."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from convcli.files import STREAM, write_error
from convcli.jobs import Job

from . import formats, level, reading, writing
from .dither import Dither
from .effects import Block, Prepared, Viewer
from .finish import Finish
from .formats import Encoding
from .pipeline import ahead, behind

Blocks = Iterator[Block]
Step = Callable[[float, float | None], None]  # frames done, and frames in all if that is known

_SPOOLED = 1 << 26  # bytes of a sound set aside in memory before a temporary file takes over


@dataclass(slots=True)
class Run:
    """One sound, once everything is decided.

    Parameters
    ----------
    job : Job
    prepared : Prepared
    finish : Finish
    sound : Source
        Opened, nothing of it read.
    target : Encoding
        Of the result.
    step : callable
        Told after every block how many frames of how many are done.
    show : Viewer or None
    passes : int
        How often all of the result is computed or read back.
    done : int
        Frames of the result so far, of all passes.
    total : int or None
        Frames of the result, of one pass, if that is known.
    gain_db : float
        Gain that the result was given.
    """

    job: Job
    prepared: Prepared
    finish: Finish
    sound: reading.Source
    target: Encoding
    step: Step
    show: Viewer | None
    passes: int = 1
    done: int = 0
    total: int | None = None
    gain_db: float = 0.0

    @property
    def dithered(self) -> bool:
        """Whether noise is added before rounding."""
        return self.finish.dithers(self.sound.encoding, self.target)

    @property
    def limit(self) -> float:
        """The largest sample that is surely not limited."""
        room = 2.0 ** (1 - (formats.bits_of(self.target.subtype) or 0)) if self.dithered else 0.0
        return formats.largest(self.target.subtype) - room

    @contextmanager
    def written(self) -> Iterator[writing.Sink]:
        """Compute the result and write it; in a second pass where its level depends on all of it.

        Yields
        ------
        Sink
            When all is written, but the file is not yet in its place.
        """
        if self.sound.frames is not None:
            self.total = self.sound.frames + self.prepared.tail
        if self.finish.normalize is None and self.finish.clip != "normalize":
            with self._computed(self.sound) as blocks, self._filled(blocks) as sink:
                yield sink
            return
        self.passes = 2
        if not _is_live(self.job.source):
            with self._computed(self.sound, seen=False) as blocks:
                self._measure(blocks)
            with (
                reading.opened(self.job.source) as again,
                self._computed(again) as blocks,
                self._filled(blocks) as sink,
            ):
                yield sink
            return
        # What cannot be read again is set aside as it has become.
        with tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as spool:
            with self._computed(self.sound) as blocks:
                self._measure(self._saved(blocks, spool))
            with self._filled(self._replayed(spool)) as sink:
                yield sink

    @contextmanager
    def _computed(self, sound: reading.Source, *, seen: bool = True) -> Iterator[Blocks]:
        """The result block by block, its tail included, of a sound that is read ahead."""
        given = sound.blocks(self.prepared.dtype)
        with (
            nullcontext(given) if _is_live(self.job.source) else ahead(given) as blocks,
            closing(self._result(blocks, sound.encoding, self.show if seen else None)) as result,
        ):
            yield result

    def _result(
        self, blocks: Blocks, encoding: Encoding, show: Viewer | None
    ) -> Generator[Block, None, None]:
        flow, tail = self.prepared.stream(), self.prepared.tail
        try:
            for block in blocks:
                if show is not None:
                    show.before(block, encoding.rate)
                yield flow.push(block)
            size = reading.frames_a_block(encoding.channels)
            for start in range(0, tail, size):
                yield flow.push(np.zeros((min(size, tail - start), encoding.channels), self.prepared.dtype))
            if len(rest := flow.finish(0)):
                yield rest
        finally:
            # An exception remembers all variables on its way, and the threads of a stream last as long as it.
            del flow

    def _measure(self, blocks: Blocks) -> None:
        """Find the length of the result, and the gain that brings it to its level."""
        meter = level.Meter()
        for block in self._counted(blocks):
            meter(block)
        self.total = self.done
        if self.finish.normalize is None:
            self.gain_db = level.safe_gain(meter.peak, self.limit)
        else:
            self.gain_db = level.gain_to(self.finish.normalize, meter.peak, self.limit)

    @contextmanager
    def _filled(self, blocks: Blocks) -> Iterator[writing.Sink]:
        """Write all blocks."""
        size = reading.frames_a_block(self.prepared.channels)
        with writing.opened(
            self.job.target,
            self.target,
            frames=self.total,
            tags=self.sound.tags,
            chunks=self.sound.chunks,
            force=self.job.force,
            whole=self.finish.clip == "error",
        ) as sink:
            with self._taken(self._finisher(sink)) as put:
                for block in self._counted(blocks):
                    for start in range(0, len(block), size):
                        put(block[start : start + size])
            yield sink

    def _taken(self, put: Callable[[Block], None]) -> AbstractContextManager[Callable[[Block], None]]:
        return nullcontext(put) if self.job.target == STREAM else behind(put)

    def _finisher(self, sink: writing.Sink) -> Callable[[Block], None]:
        """What is done to a block before it is stored."""
        factor = np.float64(level.factor(self.gain_db))
        bits = formats.bits_of(self.target.subtype)
        noise = Dither(bits, seed=self.finish.seed) if bits is not None and self.dithered else None

        def store(block: Block) -> None:
            if self.gain_db:
                with np.errstate(over="ignore", invalid="ignore"):
                    block = block * factor
            if self.show is not None:
                self.show.after(block, self.target.rate)
            sink.write(block if noise is None else noise(block))

        return store

    def _counted(self, blocks: Blocks) -> Blocks:
        """The blocks, telling after each how far the work is."""
        total = None if self.total is None else self.passes * self.total
        for block in blocks:
            yield block
            self.done += len(block)
            self.step(self.done, total)

    def _saved(self, blocks: Blocks, spool: IO[bytes]) -> Blocks:
        for block in blocks:
            try:
                spool.write(block.astype(self.prepared.dtype, copy=False).tobytes())
            except OSError as error:
                raise write_error(tempfile.gettempdir(), error) from None
            yield block

    def _replayed(self, spool: IO[bytes]) -> Blocks:
        spool.seek(0)
        dtype, channels = self.prepared.dtype, self.prepared.channels
        while data := spool.read(reading.frames_a_block(channels) * channels * dtype.itemsize):
            yield np.frombuffer(data, dtype).reshape(-1, channels).copy()


def _is_live(source: str) -> bool:
    """Say whether a sound may keep its reader waiting, and can be read only once."""
    return source == STREAM or not Path(source).is_file()
