"""Pictures: reading and writing them with everything they carry, blurring, edges."""

from .convolving import Convolve, Share
from .edges import Edge
from .formats import BY_SUFFIX, FORMATS
from .picture import Layout, Metadata, Picture
from .processing import Filter, Outcome, process
from .raster_writing import Saving
from .reading import decode, probe
from .setting import Setting
from .writing import encode

__all__ = [
    "BY_SUFFIX",
    "FORMATS",
    "Convolve",
    "Edge",
    "Filter",
    "Layout",
    "Metadata",
    "Outcome",
    "Picture",
    "Saving",
    "Setting",
    "Share",
    "decode",
    "encode",
    "probe",
    "process",
]
