"""Sounds with any kernel, against NumPy and the engine's own conventions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli import engine, kernels
from convcli.audio.convolving import Convolve
from convcli.audio.formats import Encoding
from convcli.audio.responses import Recording
from convcli.errors import ConvError, ShapeError, UsageError

RATE = 8000


def run(effect, x, *, block=7, rate=RATE, known=True):
    plan = effect.prepare(
        Encoding("WAV", "DOUBLE", rate, x.shape[1]), len(x) if known else None, dtype=np.dtype(np.float64)
    )
    flow = plan.stream()
    padded = np.concatenate([x, np.zeros((max(plan.tail, 0), x.shape[1]))])
    pieces = [flow.push(padded[start : start + block]) for start in range(0, len(padded), block)]
    y = np.concatenate([*pieces, flow.finish(0)])
    assert y.shape == (len(x) + plan.tail, plan.channels)
    return y


def noise(frames, channels=1):
    return np.random.default_rng([frames, channels]).uniform(-1, 1, (frames, channels))


@given(
    frames=st.integers(0, 60),
    weights=st.lists(st.integers(-9, 9), min_size=1, max_size=20),
    mode=st.one_of(st.sampled_from(["full", "same", "valid"]), st.integers(0, 25)),
    correlate=st.booleans(),
    block=st.sampled_from([1, 5, 100]),
)
def test_modes_are_those_of_the_engine(frames, weights, mode, correlate, block):
    x = noise(frames, 2)
    effect = Convolve(kernels.parse(",".join(map(str, weights))), mode=mode, correlate=correlate)
    padding = mode if isinstance(mode, str) else ((mode, mode),)
    left = frames + (2 * mode if isinstance(mode, int) else 0) - len(weights) + 1
    if mode not in ("full", "same") and left < 0:
        with pytest.raises(ShapeError, match="longer than the sound"):
            run(effect, x)
        return
    if frames == 0 or (mode not in ("full", "same") and left == 0):
        assert not run(effect, x).any()
        return
    expected = engine.convolve(
        x, np.array(weights, float), axes=0, mode=padding, boundary="zeros", correlate=correlate
    )
    np.testing.assert_allclose(run(effect, x, block=block), expected, atol=1e-12)


def test_the_length_of_a_pipe_is_known_too_late():
    with pytest.raises(ShapeError, match="longer than the signal, which lacks 2 samples"):
        run(Convolve(kernels.parse("1,1,1,1,1"), mode="valid"), noise(2), known=False)
    y = run(Convolve(kernels.parse("1,2"), mode="valid"), noise(9), known=False)
    np.testing.assert_allclose(y[:, 0], np.convolve(noise(9)[:, 0], [1, 2], "valid"))


@pytest.mark.parametrize("spec", ["box:1x5", "motion:7", "pair-x", "pair-y", "1;2;3", "identity"])
def test_kernels_of_one_dimension(spec):
    kernel = kernels.parse(spec)
    x = noise(50)
    y = run(Convolve(kernel), x)
    np.testing.assert_allclose(y[:, 0], np.convolve(x[:, 0], kernel.array.ravel()), atol=1e-14)


@pytest.mark.parametrize("spec", ["box:3", "gaussian:2", "sobel-x", "disk:4"])
def test_tables_are_what_they_are_to_pictures_that_look_the_same_at_every_height(spec):
    kernel = kernels.parse(spec)
    x = noise(50)
    picture = np.repeat(x.T, 5, axis=0)
    expected = engine.convolve(
        np.pad(picture, ((0, 0), (20, 20))), kernel.array, axes=(0, 1), boundary="replicate"
    )[2, 20:70]
    effect = Convolve(kernel, mode="same")
    np.testing.assert_allclose(run(effect, x)[:, 0], expected, atol=1e-12)
    [note, _] = effect.prepare(Encoding("WAV", "FLOAT", RATE, 1), 50, dtype=np.dtype(float)).notes
    assert note.startswith(f"{kernel.name}: the columns of its ")


def test_tables_without_a_row_are_refused():
    with pytest.raises(
        UsageError, match="columns of its 3x3 weights add up to 0, and a sound is a line"
    ) as caught:
        run(Convolve(kernels.parse("sobel-y")), noise(5))
    assert "pair-x" in caught.value.hint


@pytest.mark.parametrize(("how", "by"), [("none", 1), ("sum", 2), ("abs", 6), ("positive", 4)])
def test_normalizations(how, by):
    y = run(Convolve(kernels.parse("1,-2,3"), normalization=how), np.ones((1, 1)))
    np.testing.assert_allclose(y[:, 0], np.array([1, -2, 3]) / by)


def test_a_sum_of_zero_divides_nothing():
    with pytest.raises(ConvError, match="cannot be divided"):
        run(Convolve(kernels.parse("1,-1"), normalization="sum"), noise(3))


def test_a_recorded_response_is_a_kernel():
    x, h = noise(50), noise(9, 2)
    y = run(Convolve(Recording("hall.wav", h, RATE)), x)
    expected = np.stack([np.convolve(x[:, 0], h[:, c]) for c in (0, 1)], axis=1)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    turned = run(Convolve(Recording("hall.wav", h, RATE), correlate=True), x)
    reverse = np.stack([np.convolve(x[:, 0], h[::-1, c]) for c in (0, 1)], axis=1)
    np.testing.assert_allclose(turned, reverse, atol=1e-12)


def test_a_recorded_response_of_another_rate():
    x = np.sin(2 * np.pi * 400 * np.arange(3000) / RATE)[:, None]
    y = run(Convolve(Recording("click.wav", np.ones((1, 1)), 11025)), x)
    np.testing.assert_allclose(y[200:2800], x[200:2800], atol=2e-4)
