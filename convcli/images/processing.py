"""From a file to a file: read, check, filter, write, and say what was done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Protocol

from convcli import engine
from convcli.errors import ConvError
from convcli.files import display_name, read_bytes, write_bytes
from convcli.jobs import Job
from convcli.kernels import Kernel

from . import formats, reading, writing
from .picture import Layout, Picture, Pixels
from .progress import watched
from .raster_writing import Saving

_STAGES = 4  # decode, filter, encode, write


class Filter(Protocol):
    """What can be done to a still picture: `Convolve`, `Edge`."""

    @property
    def kernel(self) -> Kernel:
        """The kernel to report."""

    def plan(self, layout: Layout) -> engine.Plan:
        """Check, and say how it would be computed."""

    def result(self, layout: Layout) -> Layout:
        """Channels and sample format of the result; its size is the plan's."""

    def notes(self, layout: Layout) -> tuple[str, ...]:
        """What the user should know of how the picture is taken."""

    def apply(self, picture: Picture) -> tuple[Pixels, int]:
        """Return the result's pixels, and how many samples had to be clipped."""

    def measure(self, plan: engine.Plan, picture: Picture) -> engine.Plan:
        """Return the plan with the times that its candidates take on the picture."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One picture that was filtered, or would be.

    Parameters
    ----------
    source, target : Layout
        Of the input and of the result.
    plan : Plan
        How it was computed.
    clipped : int
        Samples that had to be limited to the range.
    notes : tuple of str
        What was changed without loss.
    warnings : tuple of str
        What was lost.
    seconds : float or None
        From reading to writing; None in a dry run.
    """

    source: Layout
    target: Layout
    plan: engine.Plan
    clipped: int
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float | None


def _no_step(done: float, total: float | None) -> None:
    """Take no notice of progress."""


def process(
    job: Job,
    work: Filter,
    saving: Saving,
    *,
    dry_run: bool = False,
    explain: bool = False,
    max_pixels: int | None = None,
    step: Callable[[float, float | None], None] = _no_step,
    show: Callable[[Picture, Picture], None] | None = None,
) -> Outcome:
    """Filter one file, or only plan it.

    Parameters
    ----------
    job : Job
        From where to where.
    work : Filter
        What to do.
    saving : Saving
        How to compress the result.
    dry_run : bool
        Write nothing, and read the header only, unless there is something to show.
    explain : bool
        Also measure what each method takes on this picture, unless it is a dry run.
    max_pixels : int or None
        The most that a picture may have; None: `reading.MAX_PIXELS`.
    step : callable
        Told after each stage, and often while filtering, how many stages are done, and of how many; what it
        raises ends the work before anything is written.
    show : callable, optional
        Gets the first picture as it was and as it became.

    Returns
    -------
    Outcome

    Raises
    ------
    ReadError, WriteError, ShapeError, ConvError
        With the name of the file.
    """
    started = time.perf_counter()
    name, result = display_name(job.source), display_name(job.target, output=True)
    most = reading.MAX_PIXELS if max_pixels is None else max_pixels
    data = read_bytes(job.source, watch=partial(reading.watch, name=name, max_pixels=most))
    layout = reading.probe(data, name=name, max_pixels=most)
    plan = _planned(work, layout, name)
    made = _made(work, layout, plan.output_shape)
    target = formats.for_result(job.suffix, made, name=result)
    said = tuple(f"{name}: {text}" for text in work.notes(layout))
    notes, clipped = layout.notes + said, 0
    pictures: list[Picture] = []
    decoded = reading.decode(data, name=name, max_pixels=most)
    filtering = _Filtering(work, job, layout, name, step, show)
    if dry_run and show is not None:
        next(filtering.each(decoded))
    if not dry_run:
        if explain:
            before = time.perf_counter()
            first = next(decoded)
            with watched(lambda part: step(0, _STAGES)):
                plan = work.measure(plan, first)
            started += time.perf_counter() - before  # none of this is the work itself
            decoded = chain([first], decoded)
        del data
        pictures = list(filtering.each(decoded))
        clipped = filtering.clipped
        notes += writing.joined(pictures, target, name=result)
        data = writing.encode(pictures, target, saving, name=result)
        step(3, _STAGES)
        write_bytes(job.target, data, force=job.force)
    return Outcome(
        source=layout,
        target=made,
        plan=plan,
        clipped=clipped,
        notes=notes + writing.notes(made, target, saving, name=result),
        warnings=layout.warnings + writing.losses(made, pictures, target, name=result),
        seconds=None if dry_run else time.perf_counter() - started,
    )


@dataclass(slots=True)
class _Filtering:
    """The pictures of one file on their way, one at a time.

    Parameters
    ----------
    work : Filter
    job : Job
    first : Layout
        Of the first picture, which has been planned.
    name : str
        Of the file, for messages.
    step, show : callable
        As for `process`.
    clipped : int
        Samples that had to be limited so far.
    """

    work: Filter
    job: Job
    first: Layout
    name: str
    step: Callable[[float, float | None], None]
    show: Callable[[Picture, Picture], None] | None
    clipped: int = 0

    def each(self, decoded: Iterator[Picture]) -> Iterator[Picture]:
        """Filter each picture when it has been decoded."""
        share = 2 / self.first.frames  # of the stages: each picture is decoded and filtered
        for number, picture in enumerate(decoded):
            begun = number * share
            self.step(begun + share / 2, _STAGES)
            self._check(picture.layout)
            with watched(partial(self._tell, begun + share / 2, share / 2)):
                pixels, clipped = self.work.apply(picture)
            self.clipped += clipped
            made = _made(self.work, picture.layout, pixels.shape)
            filtered = replace(picture, layout=made, pixels=pixels)
            if number == 0 and self.show is not None:
                self.show(picture, filtered)
            del picture  # while the next one is decoded, the memory of this one is needed
            yield filtered
        self.step(2, _STAGES)

    def _tell(self, begun: float, share: float, part: float) -> None:
        self.step(begun + share * part, _STAGES)

    def _check(self, layout: Layout) -> None:
        """Plan and check a page that is unlike the first."""
        if (layout.shape, layout.dtype, layout.channels) == (
            self.first.shape,
            self.first.dtype,
            self.first.channels,
        ):
            return
        plan = _planned(self.work, layout, self.name)
        made = _made(self.work, layout, plan.output_shape)
        formats.for_result(self.job.suffix, made, name=display_name(self.job.target, output=True))


def _made(work: Filter, layout: Layout, shape: tuple[int, ...]) -> Layout:
    """The layout of a result of some shape."""
    return replace(work.result(layout), height=shape[0], width=shape[1])


def _planned(work: Filter, layout: Layout, name: str) -> engine.Plan:
    """Plan, and put the file's name before what is wrong with it."""
    try:
        return work.plan(layout)
    except ConvError as error:
        raise type(error)(f"{name}: {error.message}", hint=error.hint) from None
