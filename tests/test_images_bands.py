"""Bands of rows: every one once, whatever the size and the threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.images import bands
from convcli.images.bands import by_rows


@given(
    rows=st.integers(0, 40),
    across=st.lists(st.integers(0, 9), max_size=2),
    workers=st.sampled_from([None, 1, 3]),
    samples=st.integers(1, 60),
)
def test_every_row_once(rows: int, across: list[int], workers: int | None, samples: int) -> None:
    shape = (rows, *across)
    counts = np.zeros(shape, int)

    def count(band: slice) -> None:
        counts[band] += 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "_SAMPLES", samples)
        by_rows(count, shape, workers=workers)
    assert (counts == 1).all()


def test_overflow_is_no_accident() -> None:
    values = np.full((6, 5), 1e308)

    def square(band: slice) -> None:
        values[band] *= values[band]

    by_rows(square, values.shape, workers=2)
    assert np.isinf(values).all()


def test_what_is_wrong_is_raised() -> None:
    def fail(band: slice) -> None:
        raise ValueError(band)

    with pytest.raises(ValueError, match="slice"):
        by_rows(fail, (3, 4), workers=2)
