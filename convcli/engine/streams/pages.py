"""Memory that the process keeps, rather than give back to the system and ask for again."""

from __future__ import annotations

from functools import cache

import numpy as np

# glibc never keeps larger blocks (DEFAULT_MMAP_THRESHOLD_MAX), its own few bytes included.
_LARGEST = (32 << 20) - (64 << 10)


@cache
def keep() -> None:
    """Let the C library keep what libraries allocate and free within every call.

    NumPy's Fourier transforms ask for several rows of buffer each time. glibc returns blocks of 128 KiB and
    more to the system as soon as they are freed, and every page of the next one is faulted in and cleared
    again: that takes up to twice as long as transforming what is in it (measured 2026-11-21: 4 rows of 16384
    single precision samples, 3.8 ns a sample forward, and 1.4 ns with this). It learns to keep them when a
    block of its own greatest size has been freed once. That block is never touched, so it takes no memory;
    up to twice its size may be kept from then on. With other C libraries this does nothing.
    """
    np.empty(_LARGEST, np.uint8)
