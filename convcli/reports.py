"""What a command that makes a file says about its work: the shape arithmetic, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .files import display_name


class Candidate(Protocol):
    """A method that was weighed, as the engine describes it."""

    @property
    def method(self) -> str:
        """Its name."""

    @property
    def applies(self) -> bool:
        """Whether it may be taken."""

    @property
    def reason(self) -> str:
        """What it does, or why it does not apply."""

    @property
    def work_dtype(self) -> object:
        """Type it would compute in; None if it cannot."""

    @property
    def predicted_seconds(self) -> float | None:
        """Expected time; None if it cannot."""

    @property
    def measured_seconds(self) -> float | None:
        """Time it takes; None if that was not measured."""


@dataclass(frozen=True, slots=True)
class Report:
    """One finished (or, in a dry run, planned) convolution of one input.

    Parameters
    ----------
    command, source, target : str
        Name of the command; input and output as paths or ``"-"``.
    axes : tuple of str
        Names of the convolved axes, in the order of the shapes: ``("height", "width")``, ``("time",)``.
    input_shape, output_shape : tuple of int
        Sizes along those axes, then channels if there are any.
    input_dtype, output_dtype : str
        Sample formats, as NumPy names or sound subtypes.
    kernel_name : str
        As the user would type it: ``"box:3"``.
    kernel_shape : tuple of int
        Sizes along the axes.
    kernel_sum : float
        Sum of the weights.
    padding_mode : str
        Name of the boundary rule.
    padding : tuple of (int, int)
        Samples added before and after, along each axis.
    stride, dilation : tuple of int
        Along each axis.
    method : str
        Name of the engine's method.
    seconds : float or None
        Time the work took; None in a dry run.
    clipped : int
        Samples that had to be limited to the output's range.
    pictures : str
        How many pictures the file has, if there are several: ``"12 frames"``.
    preview : tuple of rasters
        What to draw: rows of pixels of red, green and blue, of the input and of the output; may be empty.
    details : mapping
        Further entries of the JSON object.
    notes, warnings : tuple of str
        Lines for standard error; notes are left out by ``--quiet``.
    reason : str
        Why this method.
    predicted_seconds : float or None
        What the planner expected.
    candidates : tuple of Candidate
        All methods that were weighed, this one among them, best first.
    """

    command: str
    source: str
    target: str
    axes: tuple[str, ...]
    input_shape: tuple[int, ...]
    input_dtype: str
    kernel_name: str
    kernel_shape: tuple[int, ...]
    kernel_sum: float
    padding_mode: str
    padding: tuple[tuple[int, int], ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    output_shape: tuple[int, ...]
    output_dtype: str
    method: str
    seconds: float | None = None
    clipped: int = 0
    pictures: str = ""
    preview: tuple[Sequence[Sequence[Sequence[int]]], ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reason: str = ""
    predicted_seconds: float | None = None
    candidates: tuple[Candidate, ...] = ()

    def as_json(self, *, explain: bool = False) -> dict[str, Any]:
        """Return the report as a JSON object with documented keys."""
        record: dict[str, Any] = {
            "command": self.command,
            "input": {"path": self.source, "shape": list(self.input_shape), "dtype": self.input_dtype},
            "kernel": {
                "name": self.kernel_name,
                "shape": list(self.kernel_shape),
                "sum": float(self.kernel_sum),
            },
            "padding": {"mode": self.padding_mode, "amount": [list(pair) for pair in self.padding]},
            "stride": list(self.stride),
            "dilation": list(self.dilation),
            "output": {"path": self.target, "shape": list(self.output_shape), "dtype": self.output_dtype},
            "method": self.method,
            "seconds": self.seconds,
            "clipped": None if self.seconds is None else self.clipped,
            **self.details,
        }
        if self.notes or self.warnings:
            record["notes"] = [*self.notes, *self.warnings]
        if explain:
            record["explain"] = self._explanation()
        return record

    def _explanation(self) -> dict[str, Any]:
        return {
            "reason": self.reason,
            "predicted_seconds": self.predicted_seconds,
            "candidates": [
                {
                    "method": candidate.method,
                    "applies": candidate.applies,
                    "work_dtype": None if candidate.work_dtype is None else str(candidate.work_dtype),
                    "predicted_seconds": candidate.predicted_seconds,
                    "measured_seconds": candidate.measured_seconds,
                    "reason": candidate.reason,
                }
                for candidate in self.candidates
            ],
        }

    def title(self) -> str:
        """Return the line above the table: from where to where."""
        return f"{display_name(self.source)} -> {display_name(self.target, output=True)}"

    def rows(self) -> list[tuple[str, ...]]:
        """Return the shape arithmetic, a row for each convolved axis."""
        return [
            (
                name,
                str(self.input_shape[axis]),
                str(self.kernel_shape[axis]),
                f"{self.padding[axis][0]} + {self.padding[axis][1]}",
                str(self.stride[axis]),
                str(self.dilation[axis]),
                str(self.output_shape[axis]),
            )
            for axis, name in enumerate(self.axes)
        ]

    def candidate_rows(self) -> list[tuple[str, ...]]:
        """Return the methods that were weighed, a row each; the one taken is marked."""
        return [
            (
                f"{'*' if candidate.method == self.method else ' '} {candidate.method}",
                "-" if candidate.work_dtype is None else str(candidate.work_dtype),
                _duration(candidate.predicted_seconds),
                _duration(candidate.measured_seconds),
                candidate.reason,
            )
            for candidate in self.candidates
        ]

    def caption(self) -> str:
        """Return the line below the table: kernel, boundary, method, sample format, time."""
        channels = self.output_shape[len(self.axes) :]
        samples = self.output_dtype
        if samples != self.input_dtype:
            samples = f"{self.input_dtype} to {samples}"
        if channels:
            samples = f"{channels[0]} {'channel' if channels[0] == 1 else 'channels'} {samples}"
        parts = [
            f"{self.kernel_name} (sum {self.kernel_sum:.6g})",
            f"padding {self.padding_mode}",
            f"method {self.method}",
            samples,
        ]
        if self.pictures:
            parts.append(self.pictures)
        if self.clipped:
            parts.append(f"{self.clipped} clipped")
        parts.append("dry run, nothing written" if self.seconds is None else f"{self.seconds:.2f} s")
        return ", ".join(parts)


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for unit, factor in (("ms", 1e3), ("s", 1.0)):
        text = f"{seconds * factor:.3g}"
        if "e+" not in text:
            return f"{text} {unit}"
    return f"{seconds:.0f} s"


COLUMNS = ("axis", "input", "kernel", "padding", "stride", "dilation", "output")
CANDIDATE_COLUMNS = ("method", "type", "predicted", "measured", "why")
