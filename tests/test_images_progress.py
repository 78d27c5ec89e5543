"""Progress of a filter: one amount that grows with the tiles, however many convolutions there are."""

import numpy as np
import pytest

from convcli import engine
from convcli.engine import tiles
from convcli.images.progress import watched


def parts_of(*sizes: int) -> list[float]:
    told: list[float] = []
    with watched(told.append):
        for size in sizes:
            engine.convolve(np.zeros((size, size), np.uint8), np.ones((3, 3)), axes=(0, 1), workers=1)
    return told


@pytest.mark.parametrize("sizes", [(4000,), (9,), (4000, 3000, 4000), (9,) * 20])
def test_the_amount_only_grows(sizes: tuple[int, ...]) -> None:
    parts = parts_of(*sizes)
    assert parts == sorted(parts)
    assert parts[0] == 0
    assert parts[-1] < 1
    assert len(set(parts)) == len(parts)


def test_the_first_convolution_is_most_of_it() -> None:
    assert 0.7 < parts_of(4000)[-1] < 0.8


def test_what_is_raised_ends_the_work_and_is_forgotten() -> None:
    def refuse(part: float) -> None:
        raise KeyboardInterrupt

    before = tiles.checkpoint.get()
    with pytest.raises(KeyboardInterrupt), watched(refuse):
        engine.convolve(np.zeros(9), np.ones(3), axes=0)
    assert tiles.checkpoint.get() is before
