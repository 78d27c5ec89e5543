"""What is asked of a framework, and what it makes of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.shapes import effective_kernel

Framework = Literal["torch", "keras", "tf", "jax", "onnx"]
Operation = Literal["conv", "convt", "maxpool", "avgpool"]

FRAMEWORKS: tuple[Framework, ...] = ("torch", "keras", "tf", "jax", "onnx")
TITLES = {"torch": "PyTorch", "keras": "Keras", "tf": "TensorFlow", "jax": "JAX", "onnx": "ONNX"}
PADDING_NAMES = ("same", "same-lower", "valid", "full", "causal", "half")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A kernel as it is asked for along one axis.

    Parameters
    ----------
    size, kernel, dilation : int
        Input samples, taps, samples from one tap to the next.
    stride : int, optional
        None: the framework's default.
    padding : str or (int, int)
        One of `PADDING_NAMES`, or samples before and after.
    output_padding : int, optional
        Further outputs of a transposed convolution; None: not said, which in Keras is not the same as 0.
    """

    size: int
    kernel: int
    stride: int | None = None
    dilation: int = 1
    padding: str | tuple[int, int] = (0, 0)
    output_padding: int | None = None

    @property
    def reach(self) -> int:
        """Samples from the first tap to the last."""
        return effective_kernel(self.kernel, self.dilation)

    @property
    def step(self) -> int:
        """The stride; 1 where it is not said."""
        return 1 if self.stride is None else self.stride


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A layer as it is asked for, on an input of known size.

    Parameters
    ----------
    operation : {"conv", "convt", "maxpool", "avgpool"}
    windows : tuple of Window
        One for each spatial axis, slowest first; paddings are names on all axes or on none.
    ceil : bool
        Whether a pooling counts a last window that is not whole.
    """

    operation: Operation
    windows: tuple[Window, ...]
    ceil: bool = False

    @property
    def padding_name(self) -> str | None:
        """The padding's name; None where it is amounts."""
        padding = self.windows[0].padding
        return padding if isinstance(padding, str) else None

    @property
    def strided_and_dilated(self) -> bool:
        """Whether a stride and a dilation above 1 come together, on whatever axes."""
        return max(w.step for w in self.windows) > 1 and max(w.dilation for w in self.windows) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a framework makes of a request.

    Parameters
    ----------
    axes : tuple of Axis
        The geometry, with every default and named padding as numbers; it may still not fit the input.
    rule : str
        How this framework gets there, as a sentence without its subject.
    remarks : tuple of str
        What has to be known to write it in this framework.
    """

    axes: tuple[Axis, ...]
    rule: str
    remarks: tuple[str, ...] = ()
