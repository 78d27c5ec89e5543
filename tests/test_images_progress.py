"""Progress of a filter: one amount that grows with the tiles, however many convolutions there are."""

from pathlib import Path

import numpy as np
import pytest

from convcli import engine, images
from convcli.engine import tiles
from convcli.images.progress import watched
from convcli.jobs import Job
from convcli.kernels import parse


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


@pytest.mark.parametrize("explain", [False, True])
def test_the_stages_of_a_file_with_several_pictures(tmp_path: Path, explain: bool) -> None:
    layout = images.Layout.of("L16", 1500, 2000, "TIFF", frames=2)
    pictures = [images.Picture(layout, np.full(layout.shape, value, np.uint16)) for value in (1, 2)]
    source = tmp_path / "a.tif"
    source.write_bytes(images.encode(pictures, images.BY_SUFFIX[".tif"], images.Saving(), name="a.tif"))
    told: list[float] = []

    def step(done: float, total: float | None) -> None:
        assert total is not None
        told.append(done / total)

    work = images.Convolve(parse("box:3"), images.Setting(workers=1))
    images.process(
        Job(str(source), str(tmp_path / "b.tif")), work, images.Saving(), explain=explain, step=step
    )
    assert told == sorted(told)
    assert told[-1] <= 1
    assert len(set(told)) > 8  # decoding and tiles of both, and what follows
