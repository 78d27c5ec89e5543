"""The noise before rounding: its distribution, what it does, and that blocks do not change it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio.dither import Dither, is_due


def noise(frames, *, bits=16, seed=0, channels=2):
    """Return the noise in steps."""
    return Dither(bits, seed=seed)(np.zeros((frames, channels))) * 2 ** (bits - 1)


def test_it_is_triangular():
    steps = noise(200_000).ravel()
    assert -1 < steps.min() < -0.99
    assert 0.99 < steps.max() < 1
    # P(|noise| <= t) = 2 t - t^2.
    for t in (0.1, 0.3, 0.5, 0.8):
        assert np.mean(np.abs(steps) <= t) == pytest.approx(2 * t - t * t, abs=0.005)
    assert steps.var() == pytest.approx(1 / 6, rel=0.01)


def test_neither_neighbours_nor_channels_are_related():
    steps = noise(200_000)
    left, right = steps.T
    for one, other in [(left, right), (left[1:], left[:-1]), (right[1:], left[:-1])]:
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.01


@pytest.mark.parametrize("level", [0.0, 0.1, 0.25, 0.5, 0.9])
def test_the_mean_of_what_is_rounded_is_the_level(level):
    """Without dither any level below half a step becomes silence."""
    steps = np.rint(level + noise(200_000, channels=1))
    assert steps.mean() == pytest.approx(level, abs=0.006)
    # The error's power is a quarter of a step's square, at every level.
    assert np.mean((steps - level) ** 2) == pytest.approx(0.25, abs=0.006)


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(0, 2**32))
def test_blocks_do_not_change_it(sizes, seed):
    x = np.random.default_rng(1).uniform(-1, 1, (sum(sizes), 2))
    cuts = np.cumsum(sizes)[:-1] if sizes else []
    dither = Dither(24, seed=seed)
    pieces = [dither(piece) for piece in np.split(x, cuts)]
    np.testing.assert_array_equal(np.concatenate(pieces), Dither(24, seed=seed)(x))


def test_seeds_differ():
    assert not np.array_equal(noise(10), noise(10, seed=1))
    np.testing.assert_array_equal(noise(10, seed=7), noise(10, seed=7))


@pytest.mark.parametrize(
    ("source", "target", "due"),
    [
        ("PCM_24", "PCM_16", True),
        ("FLOAT", "PCM_24", True),
        ("VORBIS", "PCM_16", True),
        ("PCM_16", "PCM_U8", True),
        ("PCM_16", "PCM_16", False),
        ("PCM_16", "PCM_24", False),
        ("PCM_24", "FLOAT", False),
        ("PCM_24", "VORBIS", False),
        ("DOUBLE", "PCM_32", False),
        ("ULAW", "PCM_16", False),
    ],
)
def test_it_is_due_where_samples_lose_bits(source, target, due):
    assert is_due(source, target) == due
