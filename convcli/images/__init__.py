"""Pictures: reading and writing them with everything they carry, blurring, edges."""

from .convolving import Setting
from .edges import Edge
from .formats import BY_SUFFIX, FORMATS
from .picture import Layout, Metadata, Picture
from .processing import Filter, Outcome, process
from .reading import decode, probe
from .smoothing import Blur
from .writing import Saving, encode

__all__ = [
    "BY_SUFFIX",
    "FORMATS",
    "Blur",
    "Edge",
    "Filter",
    "Layout",
    "Metadata",
    "Outcome",
    "Picture",
    "Saving",
    "Setting",
    "decode",
    "encode",
    "probe",
    "process",
]
