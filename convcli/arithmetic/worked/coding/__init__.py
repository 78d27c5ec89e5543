"""A worked convolution as code to paste, with its numbers, for NumPy and for frameworks."""

from __future__ import annotations

from typing import Literal

from convcli.arithmetic import codegen
from convcli.arithmetic.worked.coding.layer_code import jax_code, keras_code, onnx_code
from convcli.arithmetic.worked.coding.numpy_code import numpy_code
from convcli.arithmetic.worked.coding.torch_code import torch_code
from convcli.arithmetic.worked.model import Worked

Target = Literal["numpy"] | codegen.Target


def code(worked: Worked, target: Target) -> str:
    """Write a convolution as code that computes its result from its numbers.

    Parameters
    ----------
    worked : Worked
    target : {"numpy", "torch", "keras", "jax", "onnx"}

    Returns
    -------
    str
        Statements, of which the last one prints the result ``y``, in the shape of ``worked.result()``.

    Raises
    ------
    UsageError
        If the framework has no such operation.
    """
    return {
        "numpy": numpy_code,
        "torch": torch_code,
        "keras": keras_code,
        "jax": jax_code,
        "onnx": onnx_code,
    }[target](worked)
