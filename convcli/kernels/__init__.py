"""Named kernels, and kernels that users write down."""

from convcli.arithmetic.normalization import Normalization

from .blurring import BlurKind, blur_kernel
from .catalogue import REGISTRY, make, usage
from .composing import compose, repeat
from .model import Kernel, Weights, normalize
from .parsing import from_picture, parse
from .smoothing import box, disk, gaussian, motion, triangle
from .tools import Tool, builders

__all__ = [
    "REGISTRY",
    "BlurKind",
    "Kernel",
    "Normalization",
    "Tool",
    "Weights",
    "blur_kernel",
    "box",
    "builders",
    "compose",
    "disk",
    "from_picture",
    "gaussian",
    "make",
    "motion",
    "normalize",
    "parse",
    "repeat",
    "triangle",
    "usage",
]
