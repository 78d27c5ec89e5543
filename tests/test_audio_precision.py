"""Where float32 is enough: exact sums of taps, and transforms within a step of 16 bits."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import oaconvolve

from convcli.audio import pcm
from convcli.audio.formats import Encoding
from convcli.audio.precision import DOUBLE, SINGLE, for_response, for_taps, work_dtype
from convcli.engine.streams import OverlapSaveStream, TapStream


def wav(subtype):
    return Encoding("WAV", subtype, 44100, 2)


@pytest.mark.parametrize(
    ("source", "target", "dtype"),
    [
        ("PCM_16", "PCM_16", SINGLE),
        ("PCM_24", "PCM_16", SINGLE),
        ("PCM_U8", "PCM_U8", SINGLE),
        ("PCM_16", "PCM_24", DOUBLE),
        ("PCM_24", "PCM_24", DOUBLE),
        ("FLOAT", "PCM_16", DOUBLE),
        ("PCM_16", "FLOAT", DOUBLE),
        ("PCM_16", "VORBIS", DOUBLE),
    ],
)
def test_deep_and_floating_samples_need_doubles(source, target, dtype):
    assert work_dtype(wav(source), wav(target)) == dtype


@given(
    st.lists(st.integers(-64, 64).map(lambda n: n / 16), min_size=1, max_size=5),
    st.lists(st.sampled_from([-(2**15), -(2**15) + 1, -3, -1, 1, 2, 2**15 - 1]), min_size=6, max_size=6),
)
def test_sums_of_taps_are_exact_where_it_is_said(gains, integers):
    x = np.array(integers, np.float64).reshape(-1, 1) / 2**15
    dtype = for_taps(SINGLE, gains, wav("PCM_16"))
    y = TapStream(range(len(gains)), gains, channels=1, dtype=dtype).push(x)
    exact = TapStream(range(len(gains)), gains, channels=1).push(x)
    np.testing.assert_array_equal(y, exact)


def test_the_usual_echo_is_exact_in_single_precision():
    assert for_taps(SINGLE, [1.0, 0.5], wav("PCM_16")) == SINGLE
    assert for_taps(SINGLE, [], wav("PCM_16")) == SINGLE


@pytest.mark.parametrize(
    ("dtype", "gains", "subtype"),
    [
        (SINGLE, [1.0, 0.37], "PCM_16"),
        (SINGLE, [1.0, 600.0], "PCM_16"),
        (SINGLE, [1.0, 0.5], "PCM_24"),
        (SINGLE, [1.0, 0.5], "FLOAT"),
        (DOUBLE, [1.0, 0.5], "PCM_16"),
    ],
)
def test_other_sums_are_not(dtype, gains, subtype):
    assert for_taps(dtype, gains, wav(subtype)) == DOUBLE


@pytest.mark.parametrize("shape", [(4096,), (4096, 2), (4096, 2, 2)])
def test_the_energy_of_a_response_decides(shape):
    weights = np.ones(shape) / sqrt(4096)  # as loud as the sound
    several = sqrt(2) if len(shape) == 3 else 1
    assert for_response(SINGLE, 15 / several * weights) == SINGLE
    assert for_response(SINGLE, 17 / several * weights) == DOUBLE
    assert for_response(DOUBLE, weights) == DOUBLE


def test_the_loudest_response_in_single_precision_keeps_within_half_a_step():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1 << 17, 1))
    weights = rng.standard_normal(20_000)
    weights *= 16 / sqrt(np.sum(weights**2))
    assert for_response(SINGLE, weights * (1 - 1e-9)) == SINGLE
    stream = OverlapSaveStream(weights, channels=1, dtype=SINGLE, frames=len(x))
    y = np.concatenate([stream.push(x), stream.finish()])
    assert np.abs(y[:, 0] - oaconvolve(x[:, 0], weights)).max() * 2**15 < 0.5


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("big_endian", [False, True])
def test_samples_of_up_to_24_bits_are_read_exactly(width, big_endian):
    storage = pcm.Storage(False, width, big_endian)
    data = np.random.default_rng(1).bytes(width * 600)
    single = pcm.decode(data, storage, 2, np.float32)
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, pcm.decode(data, storage, 2))


def test_floats_beyond_single_precision_are_infinite():
    data = np.array([1e300, -1e300, 0.25]).tobytes()
    single = pcm.decode(data, pcm.Storage(True, 8), 1, np.float32)
    np.testing.assert_array_equal(single[:, 0], np.array([np.inf, -np.inf, 0.25], np.float32))
