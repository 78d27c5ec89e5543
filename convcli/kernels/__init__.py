"""Named kernels, and kernels that users write down."""

from convcli.arithmetic.normalization import Normalization

from .blurring import BlurKind, blur_kernel
from .catalogue import REGISTRY, make, usage
from .model import Kernel, normalize
from .parsing import parse
from .smoothing import box, disk, gaussian, motion, triangle

__all__ = [
    "REGISTRY",
    "BlurKind",
    "Kernel",
    "Normalization",
    "blur_kernel",
    "box",
    "disk",
    "gaussian",
    "make",
    "motion",
    "normalize",
    "parse",
    "triangle",
    "usage",
]
