"""What is gathered of a sound while it passes, and the pictures of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli import figures
from convcli.audio import overview
from convcli.audio.overview import Columns, Overview
from convcli.audio.plotting import Portrait
from convcli.errors import ConvError, UsageError, WriteError

RATE = 8000


def gathered(x, cuts=()):
    found = Overview(RATE, x.shape[1])
    for block in np.split(x, sorted(cuts)):
        found.push(block)
    return found


def sine(hertz, seconds=2.0, level=1.0):
    return level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)[:, np.newaxis]


@given(
    rows=st.integers(0, 300),
    most=st.sampled_from([2, 8, 30]),
    cuts=st.lists(st.integers(0, 300), max_size=5),
    merge=st.sampled_from([np.minimum, np.maximum, np.add]),
)
def test_columns_are_those_of_the_whole(rows, most, cuts, merge):
    x = np.random.default_rng(rows).integers(-9, 9, (rows, 3)).astype(float)
    columns = Columns(merge, 3, most=most)
    for part in np.split(x, sorted(cuts)):
        columns.push(part)
    step = columns.step
    expected = [merge.reduce(x[at : at + step], axis=0) for at in range(0, rows, step)]
    assert columns.result().tolist() == [row.tolist() for row in expected]
    assert columns.rows().tolist() == [len(x[at : at + step]) for at in range(0, rows, step)]
    assert len(expected) <= most
    assert step == 1 or len(expected) >= most / 2


class TestOverview:
    def test_no_sample_is_missed(self):
        x = np.random.default_rng(0).uniform(-0.1, 0.1, (200_000, 2))
        x[12_345, 0], x[170_001, 1] = 0.9, -0.8
        seconds, low, high = gathered(x, [7, 65_536]).extent()
        assert len(seconds) <= overview._MOST_COLUMNS
        assert (high[:, 0].max(), low[:, 1].min()) == (np.float32(0.9), np.float32(-0.8))
        assert seconds[high[:, 0].argmax()] == pytest.approx(12_345 / RATE, abs=0.02)
        assert seconds[low[:, 1].argmin()] == pytest.approx(170_001 / RATE, abs=0.02)

    @pytest.mark.parametrize("level", [1.0, 0.01])
    def test_a_sine_stands_at_its_frequency_and_level(self, level):
        seconds, frequencies, levels = gathered(sine(1000, level=level)).spectrogram()
        assert seconds[0] == 0
        assert seconds[-1] == pytest.approx(2, abs=0.05)
        row = levels[:, levels.shape[1] // 2].argmax()
        assert frequencies[row] <= 1000 <= frequencies[row + 1]
        assert levels[row, 5:-5] == pytest.approx(20 * np.log10(level), abs=1)

    @given(cuts=st.lists(st.integers(0, 16_000), max_size=6))
    def test_blocks_make_no_difference(self, cuts):
        x = np.random.default_rng(1).uniform(-1, 1, (16_000, 2))
        whole, cut = gathered(x), gathered(x, cuts)
        for one, other in zip(whole.extent(), cut.extent(), strict=True):
            np.testing.assert_array_equal(one, other)
        for one, other in zip(whole.spectrogram(), cut.spectrogram(), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-3)

    def test_memory_does_not_grow(self):
        found = gathered(np.zeros((16, 1)))
        for _ in range(60):
            found.push(np.random.default_rng(2).uniform(-1, 1, (65_536, 1)))
        assert len(found.extent()[0]) <= overview._MOST_COLUMNS
        assert found.spectrogram()[2].shape[1] <= overview._MOST_COLUMNS
        assert found._powers._pending.size + found._low._pending.size < 10**6

    def test_what_is_not_finite_is_left_out(self):
        x = sine(1000)
        x[500:600] = np.nan
        x[700] = np.inf
        assert np.isfinite(gathered(x).spectrogram()[2]).all()


class TestPictures:
    @pytest.fixture(autouse=True)
    def extra(self):
        pytest.importorskip("matplotlib")

    def portrait(self, before, after):
        drawn = Portrait()
        for see, x in ((drawn.before, before), (drawn.after, after)):
            for block in np.array_split(x, 3):
                see(block, RATE)
        return drawn

    @pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
    def test_the_same_sound_is_the_same_file(self, tmp_path, kind):
        for name in "ab":
            drawn = self.portrait(sine(440), sine(440, 3.0))
            drawn.save(str(tmp_path / f"{name}.{kind}"), title="an echo", force=False)
        start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind]
        data = (tmp_path / f"a.{kind}").read_bytes()
        assert data.startswith(start)
        assert data == (tmp_path / f"b.{kind}").read_bytes()

    def test_both_sides_have_one_scale(self, tmp_path, monkeypatch):
        seen = []
        monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, *_, **__: seen.append(figure))
        drawn = self.portrait(sine(440, level=0.1), np.tile(sine(440, 3.0), (1, 2)))
        drawn.save(str(tmp_path / "a.png"), title="an echo", force=False)
        [figure] = seen
        *panels, bar = figure.axes
        assert {axes.get_xlim() for axes in panels} == {(0, 3)}
        for axes in panels[2:]:
            assert axes.collections[0].get_clim() == pytest.approx(bar.get_ylim())
        assert panels[2].get_ylim() == panels[3].get_ylim()
        assert panels[0].get_ylim()[1] == panels[1].get_ylim()[1] == pytest.approx(1.05, rel=1e-3)
        assert figure.get_suptitle() == "an echo"

    @pytest.mark.parametrize("frames", [0, 1, 100])
    @pytest.mark.parametrize("channels", [1, 12])
    def test_short_and_silent_sounds(self, tmp_path, frames, channels):
        x = np.zeros((frames, channels))
        self.portrait(x, x).save(str(tmp_path / "a.png"), title="", force=False)
        Portrait().save(str(tmp_path / "b.png"), title="", force=False)
        assert len(list(tmp_path.iterdir())) == 2


class TestTargets:
    def test_names(self, tmp_path):
        with pytest.raises(UsageError, match=r"the name ends in \.png, \.svg or \.pdf"):
            figures.check_target(str(tmp_path / "a.gif"), force=False)

    def test_the_extra_is_named(self, tmp_path, monkeypatch):
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        with pytest.raises(ConvError, match="needs matplotlib") as caught:
            figures.check_target(str(tmp_path / "a.png"), force=False)
        assert caught.value.hint == 'install it with: pip install "convcli[plot]"'

    def test_existing_files_stay(self, tmp_path):
        pytest.importorskip("matplotlib")
        path = tmp_path / "a.PNG"
        path.touch()
        with pytest.raises(WriteError, match="exists already"):
            figures.check_target(str(path), force=False)
        figures.check_target(str(path), force=True)
