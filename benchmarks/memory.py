"""How much memory a call takes at most."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from pathlib import Path

from .timing import Call

MIB = 1024.0 * 1024.0

_RESET_PEAK = "5"


def peak_growth(call: Call) -> float | None:
    """MiB by which the resident memory of this process grows at most during a call, its result included.

    Parameters
    ----------
    call : callable
        Called once; its result is dropped.

    Returns
    -------
    float or None
        None where the system does not tell (it takes Linux).
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # what was freed before shall not be taken again unseen
    try:
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK)
        before = _status("VmRSS")
        call()
        return _status("VmHWM") - before
    except OSError:
        return None


def _status(name: str) -> float:
    """A line of this process's status, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return float(line.split()[1]) / 1024
    raise OSError(f"no {name} in the status of this process")
