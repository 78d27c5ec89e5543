"""What is written in and around the drawings: numbers, formulas, captions, descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal
from fractions import Fraction

from convcli.arithmetic.notation import format_number, format_shape
from convcli.arithmetic.worked import Step, Term, Worked, stretched
from convcli.drawing.frames import Piece, Tone

_LONGEST = 7  # characters of an exact number in a cell
_LONGEST_IN_FORMULA = 20
_MOST_TERMS = 40  # of a formula
_MOST_DESCRIBED = 100  # outputs


class Writer:
    """Writes about one worked convolution.

    Parameters
    ----------
    worked : Worked
    decimals : bool
        Write fractions as decimals where they end.
    """

    def __init__(self, worked: Worked, *, decimals: bool) -> None:
        self.worked, self.drawn, self.decimals = worked, stretched(worked), decimals

    def short(self, value: Fraction) -> str:
        """Write a number for a cell: exactly if it is short, else rounded, with ``~`` before it."""
        text = self._exact(value)
        return text if len(text) <= _LONGEST else _rounded(value)

    def weight(self, term: Term | None) -> str:
        """Write the weight of a term for a cell; poolings have none."""
        if term is None or term.weight is None or self.worked.pool:
            return ""
        return self.short(term.weight)

    def label(self, name: str, plane: Sequence[int], channels: int) -> str:
        """Write the heading of a panel: its channel, if there are several, and its slice."""
        channel = [f"channel {plane[0]}"] if channels > 1 or self.worked.layered else []
        return ", ".join((name, *channel, *(f"slice {at}" for at in plane[1:])))

    def kernel(self, plane: Sequence[int], channels: int, output: int | None) -> str:
        """Write the heading of a kernel as it lies on the input; of which output, if there are several."""
        name = "kernel" if output is None else f"kernel {output}"
        return self.label(name, plane, channels) + (", reversed" if self.reversed else "")

    def _exact(self, value: Fraction) -> str:
        return format_number(value, decimals=self.decimals)

    def _number(self, value: Fraction) -> str:
        text = self._exact(value)
        return text if len(text) <= _LONGEST_IN_FORMULA else _rounded(value)

    def _factor(self, value: Fraction) -> str:
        """Write a number between signs of operations: negative ones and fractions stand in parentheses."""
        text = self._number(value)
        return f"({text})" if value < 0 or "/" in text else text

    @property
    def reversed(self) -> bool:
        """Whether the kernel lies reversed on the input that is drawn, the stretched one of a transposed."""
        return self.worked.correlate == self.worked.transposed and not self.worked.pool

    @property
    def input(self) -> str:
        """The heading of the input, which a transposed convolution with strides stretches."""
        spaced = self.worked.transposed and any(axis.stride > 1 for axis in self.worked.axes)
        return "stretched input" if spaced else "input"

    def caption(self, number: int, total: int) -> str:
        """Say which step this is, and what happens in all of them."""
        return f"step {number + 1:,} of {total:,}: {self.worked.operation}, {self._rule()}"

    def _rule(self) -> str:
        match self.worked.pool:
            case "max":
                return "the greatest of each window"
            case "avg":
                return "the mean of each window"
        return f"the kernel lies {'reversed' if self.reversed else 'as it is'}"

    def formula(self, step: Step) -> tuple[Piece, ...]:
        """Write an output with its numbers put in, to be broken between its terms."""
        index = ",".join(map(str, step.index[self.worked.shown]))
        parts = [Piece(f"y[{index}] = ", Tone.QUIET)]
        match self.worked.pool:
            case "max":
                parts += self._listed(step.terms, ", ", before="max(", after=")", best=greatest(step))
            case "avg":
                parts += self._listed(step.terms, " + ", before="(", after=f") / {_divisor(step)}")
            case _:
                parts += self._listed(step.terms, " + ")
        if self.worked.bias is not None:
            parts.append(Piece(f" + {self._factor(step.bias)}"))
        return (*parts, Piece(" "), Piece(f"= {self._number(step.value)}", Tone.STRONG))

    def _listed(
        self,
        terms: Sequence[Term],
        separator: str,
        *,
        before: str = "",
        after: str = "",
        best: Term | None = None,
    ) -> Iterator[Piece]:
        """Terms with a separator between them; zeros of the padding and between samples are quiet."""
        shown = terms if len(terms) <= _MOST_TERMS else [*terms[: _MOST_TERMS - 1], terms[-1]]
        for number, term in enumerate(shown):
            last = number == len(shown) - 1
            beginning = f"…{separator}" if last and len(shown) < len(terms) else "" if number else before
            zero = self.drawn.inserted(term.place[1:]) or not (term.inside or term.x)
            tone = Tone.STRONG if term is best else Tone.QUIET if zero else Tone.PLAIN
            ending = after if last else separator
            if tone is Tone.STRONG:
                yield from [Piece(beginning)] if beginning else []
                yield from (Piece(self._term(term), tone), Piece(ending))
            else:
                yield Piece(f"{beginning}{self._term(term)}{ending}", tone)

    def _term(self, term: Term) -> str:
        if term.weight is None or self.worked.pool:
            return self._number(term.x)
        return f"{self._factor(term.x)}·{self._factor(term.weight)}"

    def description(self, *, frames: int, blank: bool) -> str:
        """Say in words what the drawing shows."""
        worked = self.worked
        count = "1 frame" if frames == 1 else f"{frames:,} frames"
        text = (
            f"{worked.operation.capitalize()} in {count}: {parameters(worked)}. A window moves over the "
            f"{self.input}, and each step fills one cell of the output: {self._rule()}."
        )
        if blank or worked.step_count > _MOST_DESCRIBED:
            return text
        rows = "; ".join(" ".join(self._number(value) for value in row) for row in worked.output.rows)
        return f"{text} The output is {rows}."


def greatest(step: Step) -> Term | None:
    """The term that a max pooling takes: the first of the greatest; None if the window reads no sample."""
    return next((term for term in step.terms if term.inside and term.x == step.value), None)


def _divisor(step: Step) -> Fraction:
    """What an average divides by."""
    weight = step.terms[0].weight
    assert weight is not None
    return 1 / weight


def parameters(worked: Worked) -> str:
    """Name the sizes, and every parameter that is not what one would assume."""
    axes = worked.axes
    shapes = [format_shape(shape) for shape in (worked.input_shape, worked.kernel_shape, worked.output_shape)]
    parts = [f"input {shapes[0]}", f"{'window' if worked.pool else 'kernel'} {shapes[1]}"]
    if any(axis.before or axis.after for axis in axes):
        even = all(axis.before == axis.after for axis in axes)
        ends = [str(axis.before) if even else f"{axis.before}+{axis.after}" for axis in axes]
        outside = "" if worked.boundary.name == "zeros" or worked.pool else f" ({worked.boundary})"
        parts.append(f"padding {_each(ends)}{outside}")
    for name in ("stride", "dilation"):
        values = [getattr(axis, name) for axis in axes]
        if set(values) != {1}:
            parts.append(f"{name} {_each(values)}")
    if any(axis.output_padding for axis in axes):
        parts.append(f"output padding {_each(axis.output_padding for axis in axes)}")
    if worked.groups > 1 and worked.pool is None:
        parts.append(f"groups {worked.groups}")
    if any(axis.ceil for axis in axes):
        parts.append("rounded up")
    return ", ".join((*parts, f"output {shapes[2]}"))


def _each(values: Iterable[int | str]) -> str:
    """One value if all axes have it, else one for each."""
    written = [str(value) for value in values]
    return written[0] if len(set(written)) == 1 else " x ".join(written)


def _rounded(value: Fraction) -> str:
    """Write a number of any size in a few characters."""
    if Fraction(1, 1000) <= abs(value) < 1_000_000:
        places = max(5 - len(str(int(abs(value)))), 0)
        return f"~{float(value):.{places}f}"
    number = Context(prec=6).divide(Decimal(value.numerator), Decimal(value.denominator))
    mantissa, _, exponent = f"{number:.1e}".partition("e")
    return f"~{mantissa}e{int(exponent)}"
