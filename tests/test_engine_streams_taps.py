"""Streamed taps against the definition, and against themselves for every way of cutting the signal."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcli.engine.streams import taps as stream
from convcli.engine.streams.taps import TapStream

TAPS = ((0, 1.0), (3, -0.7), (8, 0.3), (3, 0.1))


def definition(x, taps):
    y = np.zeros((len(x) + max(offset for offset, _ in taps), x.shape[1]))
    for offset, gain in taps:
        y[offset : offset + len(x)] += gain * x
    return y


def streamed(x, taps, cuts, dtype=np.float64):
    flow = TapStream(
        [offset for offset, _ in taps], [gain for _, gain in taps], channels=x.shape[1], dtype=dtype
    )
    blocks = [flow.push(block) for block in np.split(x, cuts)]
    return np.concatenate([*blocks, flow.tail(flow.depth)])


def noise(frames, channels=2, dtype=np.float64):
    return np.random.default_rng(frames).standard_normal((frames, channels)).astype(dtype)


@pytest.mark.parametrize("block", [1, 17, 4096])
@pytest.mark.parametrize("extra", ["zero", "one", "less", "exact", "more"])
def test_blocks_equal_one_shot_bit_for_bit(block, extra):
    frames = {"zero": 0, "one": 1, "less": block - 1, "exact": block, "more": block + 1}[extra]
    x = noise(frames)
    whole = streamed(x, TAPS, [])
    cut = streamed(x, TAPS, range(block, frames, block))
    np.testing.assert_array_equal(cut, whole)
    np.testing.assert_allclose(whole, definition(x, TAPS), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("rooms", "extra"), [(0, 1), (1, -1), (1, 0), (1, 1), (3, 5)])
def test_delays_around_the_inner_block(dtype, rooms, extra):
    room = stream.ROOM // np.dtype(dtype).itemsize
    offset = rooms * room + extra
    x = noise(2 * room + 3, channels=1, dtype=dtype)
    taps = ((0, 1.0), (offset, 0.5))
    whole = streamed(x, taps, [], dtype)
    assert whole.dtype == dtype
    np.testing.assert_array_equal(streamed(x, taps, [5, 20000], dtype), whole)
    np.testing.assert_allclose(whole, definition(x, taps), rtol=1e-6, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(0, 60),
    channels=st.integers(1, 3),
    taps=st.lists(st.tuples(st.integers(0, 80), st.integers(-8, 8)), min_size=1, max_size=6),
    cuts=st.lists(st.integers(0, 60), max_size=5),
)
def test_small_integers_are_exact_however_cut(frames, channels, taps, cuts):
    x = np.random.default_rng(frames).integers(-100, 100, (frames, channels)).astype(float)
    y = streamed(x, taps, sorted(min(cut, frames) for cut in cuts))
    np.testing.assert_array_equal(y, definition(x, taps))


def test_an_impulse_returns_the_taps():
    impulse = np.zeros((1, 1))
    impulse[0] = 1
    y = streamed(impulse, ((0, 1.0), (5, 0.1)), [])
    np.testing.assert_array_equal(y[:, 0], [1, 0, 0, 0, 0, 0.1])


def test_no_taps_are_silence():
    flow = TapStream([], [], channels=2)
    np.testing.assert_array_equal(flow.push(noise(9)), np.zeros((9, 2)))
    np.testing.assert_array_equal(flow.tail(3), np.zeros((3, 2)))


def test_the_tail_comes_in_pieces_and_ends_in_silence():
    x = noise(10)
    flow = TapStream([0, 7], [1.0, 0.5], channels=2)
    flow.push(x)
    pieces = [flow.tail(frames) for frames in (3, 4, 0, 4)]
    assert [len(piece) for piece in pieces] == [3, 4, 0, 4]
    np.testing.assert_array_equal(np.concatenate(pieces[:2]), 0.5 * x[3:])
    np.testing.assert_array_equal(pieces[3], np.zeros((4, 2)))


def test_finish_is_the_tail():
    x, flow = noise(10), TapStream([0, 7], [1.0, 0.5], channels=2)
    y = np.concatenate([flow.push(x), flow.finish()])
    np.testing.assert_array_equal(y, definition(x, ((0, 1.0), (7, 0.5))))
    assert len(flow.finish(3)) == 3


def test_input_is_left_alone():
    x = noise(30)
    before = x.copy()
    streamed(x, TAPS, [10])
    np.testing.assert_array_equal(x, before)


def test_infinities_pass_without_a_warning():
    x = np.array([[np.inf], [-np.inf], [1.0]])
    y = streamed(x, ((0, 1.0), (1, 1.0)), [])
    np.testing.assert_array_equal(y[:, 0], [np.inf, np.nan, -np.inf, 1.0])


def test_memory_does_not_grow_with_length():
    flow = TapStream([0, 1000], [1.0, 0.5], channels=2)
    block = noise(4096)
    tracemalloc.start()
    flow.push(block)
    early = tracemalloc.get_traced_memory()[0]
    for _ in range(200):
        flow.push(block)
    late = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert late - early < block.nbytes


@pytest.mark.parametrize(("offsets", "gains"), [([0, 1], [1.0]), ([-1], [1.0])])
def test_impossible_taps_are_refused(offsets, gains):
    with pytest.raises(ValueError, match="offset"):
        TapStream(offsets, gains, channels=1)
