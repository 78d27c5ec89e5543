"""Overlap-save streams against the definition in double precision, and against themselves however cut."""

import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import oaconvolve

from convcli.engine.streams import transforms
from convcli.engine.streams.overlap import OverlapSaveStream
from convcli.engine.streams.spectra import Spectra

# Largest error as a part of the output's peak, about as documented: -125 and -290 dB.
ERROR = {np.float32: 6e-7, np.float64: 4e-15}


@pytest.fixture
def short(monkeypatch):
    """Transforms of 16 to 64 samples, so that small signals take many, and long responses partitions."""
    monkeypatch.setattr(transforms, "_SHORTEST", 16)
    monkeypatch.setattr(transforms, "_LONGEST", 64)
    monkeypatch.setattr(transforms, "_GROUP_BYTES", 1)


def noise(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def matrix(response, channels):
    """Any form of response as (length, inputs, outputs)."""
    if response.ndim == 3:
        return response
    each = np.broadcast_to(response.reshape(len(response), -1), (len(response), channels))
    return each[:, :, None] * np.eye(channels)


def definition(x, response):
    full = matrix(np.asarray(response, float), x.shape[1])
    if not len(x):
        return np.zeros((len(full) - 1, full.shape[2]))
    return sum(oaconvolve(x[:, i, None], full[:, i], axes=0) for i in range(x.shape[1]))


def streamed(x, response, cuts=(), *, tail=None, **options):
    flow = OverlapSaveStream(response, channels=x.shape[1], **options)
    blocks = [flow.push(block) for block in np.split(x, cuts)]
    return np.concatenate([*blocks, flow.finish(tail)])


def assert_close(got, wanted, dtype):
    assert got.shape == wanted.shape
    assert got.dtype == dtype
    assert np.abs(got - wanted).max(initial=0) <= ERROR[dtype] * np.abs(wanted).max(initial=1e-300)


SHAPES = [
    (1,),
    (2,),
    (17,),
    (40,),
    (41, 2),
    (100,),
    (33, 2, 2),
    (200, 2),
    (150, 2, 2),
    (70, 2, 3),
    (50, 2, 1),
]


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_form_of_response(shape, dtype, workers):
    x, response = noise(1000, 2), noise(*shape, seed=1)
    y = streamed(x, response, [3, 400], dtype=dtype, workers=workers)
    assert_close(y, definition(x, response), dtype)


@pytest.mark.usefixtures("short")
def test_these_forms_are_computed_whole_and_in_partitions():
    cuts = [OverlapSaveStream(noise(*shape), channels=2).transforms for shape in SHAPES]
    assert {cut.partitions > 1 for cut in cuts} == {False, True}
    assert max(cut.partitions for cut in cuts) > 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", [700, 9000, 250_000])
def test_real_lengths(length, dtype):
    x, response = noise(40_000, 2), noise(length, seed=1)
    assert_close(streamed(x, response, [1, 17], dtype=dtype), definition(x, response), dtype)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("extra", [-1, 0, 1])
@pytest.mark.parametrize("groups", [0, 1, 2])
@pytest.mark.parametrize("length", [1, 13, 100])
def test_signals_around_whole_groups(groups, extra, length):
    response = noise(length, seed=1)
    span = OverlapSaveStream(response, channels=1).transforms.span
    x = noise(max(0, groups * span + extra), 1)
    assert_close(streamed(x, response), definition(x, response), np.float64)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("shape", [(13,), (100,), (30, 2, 2)], ids=str)
@pytest.mark.parametrize("block", [1, 7, 51, 52, 53, 999])
def test_blocks_and_threads_do_not_change_a_bit(shape, block):
    x, response = noise(1000, 2), noise(*shape, seed=1)
    whole = streamed(x, response, dtype=np.float32, workers=1)
    for workers in (1, 2):
        cut = streamed(x, response, range(block, 1000, block), dtype=np.float32, workers=workers)
        np.testing.assert_array_equal(cut, whole)


def test_blocks_and_threads_do_not_change_a_bit_at_real_lengths():
    x, response = noise(200_000, 2), noise(30_000, seed=1)
    whole = streamed(x, response, dtype=np.float32, workers=1)
    cut = streamed(x, response, range(4096, len(x), 4096), dtype=np.float32, workers=2)
    np.testing.assert_array_equal(cut, whole)


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(0, 400),
    channels=st.integers(1, 3),
    length=st.integers(1, 120),
    cuts=st.lists(st.integers(0, 400), max_size=6),
    tail=st.none() | st.integers(0, 200),
    expected=st.booleans(),
)
def test_any_cutting_and_any_tail(frames, channels, length, cuts, tail, expected):
    x, response = noise(frames, channels), noise(length, seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transforms, "_SHORTEST", 16)
        patch.setattr(transforms, "_LONGEST", 64)
        patch.setattr(transforms, "_GROUP_BYTES", 1)
        known = frames if expected else None
        y = streamed(
            x, response, sorted(min(cut, frames) for cut in cuts), tail=tail, workers=1, frames=known
        )
        whole = streamed(x, response, tail=tail, workers=1, frames=known)
    np.testing.assert_array_equal(y, whole)
    wanted = np.concatenate([definition(x, response), np.zeros((200, channels))])
    wanted = wanted[: frames + (length - 1 if tail is None else tail)]
    assert_close(y, wanted, np.float64)


@pytest.mark.usefixtures("short")
def test_output_follows_within_a_few_groups():
    response = noise(20, seed=1)
    flow = OverlapSaveStream(response, channels=1, workers=2)
    done = 0
    for number in range(1, 200):
        done += len(flow.push(noise(10, 1)))
        assert number * 10 - done <= 3 * flow.transforms.span
    flow.finish()


@pytest.mark.usefixtures("short")
def test_silence_stays_silent_beside_another_channel():
    x = noise(500, 2)
    x[:, 1] = 0
    np.testing.assert_array_equal(streamed(x, noise(20, 2))[:, 1], 0)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("length", [20, 100])
def test_what_is_not_finite_spoils_only_what_it_reaches(value, length):
    x, response = noise(600, 2), noise(length, seed=1)
    clean = x.copy()
    x[[0, 250, 253, 599], 1] = value
    clean[[0, 250, 253, 599], 1] = 0
    y = streamed(x, response, [100, 252], workers=2)
    spoilt = np.zeros(len(y), bool)
    for n in (0, 250, 253, 599):
        spoilt[n : n + length] = True
    np.testing.assert_array_equal(np.isnan(y[:, 1]), spoilt)
    wanted = streamed(clean, response)
    np.testing.assert_array_equal(y[~spoilt, 1], wanted[~spoilt, 1])
    np.testing.assert_array_equal(y[:, 0], wanted[:, 0])


@pytest.mark.usefixtures("short")
def test_not_a_number_follows_the_matrix():
    response = noise(20, 2, 2)
    response[:, 0, 1] = 0
    x = noise(300, 2)
    x[100, 0] = np.nan
    y = streamed(x, response)
    assert np.isnan(y[100:120, 0]).all()
    assert np.isfinite(y[:, 1]).all()


def test_integers_are_taken_as_they_are():
    x = np.arange(-50, 50, dtype=np.int16)[:, None]
    np.testing.assert_allclose(streamed(x, [1.0, 0.5]), definition(x.astype(float), np.array([1.0, 0.5])))


def test_input_and_response_are_left_alone():
    x, response = noise(300, 2), noise(30)
    x[5] = np.nan
    copies = x.copy(), response.copy()
    streamed(x, response)
    np.testing.assert_array_equal(x, copies[0])
    np.testing.assert_array_equal(response, copies[1])


@pytest.mark.parametrize(
    ("response", "match"),
    [
        (np.zeros(0), "shape"),
        (np.zeros((5, 3)), "3 channels"),
        (np.zeros((5, 1, 2)), "1 channels"),
        (np.zeros((5, 2, 2, 2)), "shape"),
        (np.array([1.0, np.nan]), "NaN"),
        (np.array([1j]), "real"),
    ],
)
def test_impossible_responses_are_refused(response, match):
    with pytest.raises(ValueError, match=match):
        OverlapSaveStream(response, channels=2)


@pytest.mark.parametrize("dtype", [np.float16, np.int16, np.complex64])
def test_other_types_are_refused(dtype):
    with pytest.raises(ValueError, match="float32 or float64"):
        OverlapSaveStream([1.0, 0.5], channels=2, dtype=dtype)


def test_impossible_blocks_are_refused():
    flow = OverlapSaveStream([1.0, 0.5], channels=2)
    with pytest.raises(ValueError, match="2 channels"):
        flow.push(np.zeros((5, 1)))
    with pytest.raises(TypeError, match="complex"):
        flow.push(np.zeros((5, 2), complex))
    flow.finish()
    with pytest.raises(ValueError, match="ended"):
        flow.push(np.zeros((5, 2)))


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_transform_is_told_and_stops_the_others(workers, monkeypatch):
    flow = OverlapSaveStream(noise(100), channels=2, workers=workers)
    calls = []
    real = np.fft.rfft

    def failing(*args, **options):
        calls.append(1)
        if len(calls) == 4:
            raise MemoryError("no room")
        return real(*args, **options)

    monkeypatch.setattr(np.fft, "rfft", failing)
    with pytest.raises((MemoryError, RuntimeError)):
        for _ in range(100):
            flow.push(noise(50, 2))
    flow.close()


@pytest.mark.usefixtures("short")
def test_threads_that_run_ahead_leave_the_spectra_others_still_need(monkeypatch):
    both = threading.Barrier(2, timeout=20)
    real = Spectra._multiplied

    def together(self, *args):
        both.wait()  # until another group's spectra are stored as well
        return real(self, *args)

    response = noise(100)
    span = OverlapSaveStream(response, channels=1).transforms.span
    x = noise(20 * span - 99, 1)
    wanted = definition(x, response)
    monkeypatch.setattr(Spectra, "_multiplied", together)
    assert_close(streamed(x, response, workers=2), wanted, np.float64)


def test_threads_end_with_the_stream():
    before = threading.active_count()
    streamed(noise(100_000, 1), noise(1000), workers=2)
    assert threading.active_count() == before


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_working_memory_of_a_long_response(dtype):
    seconds, block = 3 * 44_100, noise(1 << 16, 2).astype(np.float32)
    response = noise(seconds)
    tracemalloc.start()
    flow = OverlapSaveStream(response, channels=2, dtype=dtype, workers=2)
    for _ in range(25):
        flow.push(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    flow.close()
    assert peak < 64 << 20


# --- transforms ----------------------------------------------------------------------------------


@given(
    length=st.integers(1, 3_000_000),
    inputs=st.integers(1, 8),
    dtype=st.sampled_from([np.float32, np.float64]),
    frames=st.none() | st.integers(0, 10_000_000),
)
def test_chosen_transforms_cover_the_response(length, inputs, dtype, frames):
    cut = transforms.choose(length, inputs=inputs, dtype=np.dtype(dtype), frames=frames)
    assert cut.fft_length % 2 == 0
    assert cut.fft_length <= transforms._LONGEST
    piece = length if cut.partitions == 1 else cut.hop
    assert cut.hop + piece - 1 <= cut.fft_length
    assert cut.partitions * piece >= length > (cut.partitions - 1) * piece


def test_short_signals_take_short_transforms():
    steady = transforms.choose(100_000, inputs=2, dtype=np.dtype(np.float32))
    short = transforms.choose(100_000, inputs=2, dtype=np.dtype(np.float32), frames=100)
    assert short.fft_length * short.batch < steady.fft_length * steady.batch


def test_longer_responses_cost_more():
    costs = [
        transforms.nanoseconds(
            transforms.choose(length, inputs=2, dtype=np.dtype(np.float64)), inputs=2, dtype=np.dtype(float)
        )
        for length in (10, 1000, 100_000, 1_000_000, 3_000_000)
    ]
    assert costs == sorted(costs)
