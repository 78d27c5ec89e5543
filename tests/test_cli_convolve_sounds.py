"""convcli convolve on sounds: which medium, which options, which numbers."""

import io
import json

import numpy as np
import pytest
import soundfile

from convcli.audio import formats
from convcli.commands import media
from convcli.errors import UsageError

RATE = 8000


@pytest.fixture
def sound(tmp_path, monkeypatch):
    """Return the samples of in.wav in the current folder."""
    monkeypatch.chdir(tmp_path)
    x = np.random.default_rng(0).integers(-4000, 4000, 500).astype(np.int16)
    soundfile.write("in.wav", x, RATE)
    return x.astype(float)


def result(path="in-convolve.wav"):
    return soundfile.read(path, dtype="int16")[0]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ((), lambda x: np.convolve(x, [1, 2, -1])),
        (("--padding", "same"), lambda x: np.convolve(x, [1, 2, -1], "same")),
        (("-p", "valid"), lambda x: np.convolve(x, [1, 2, -1], "valid")),
        (("-p", "1"), lambda x: np.convolve(x, [1, 2, -1], "same")),
        (("--correlate",), lambda x: np.correlate(x, [1, 2, -1], "full")),
        (("--normalize", "sum"), lambda x: np.convolve(x, [0.5, 1, -0.5])),
        (("--normalize", "abs"), lambda x: np.convolve(x, [0.25, 0.5, -0.25])),
        (("--method", "fft"), lambda x: np.convolve(x, [1, 2, -1])),
        (("--padding-mode", "zeros"), lambda x: np.convolve(x, [1, 2, -1])),
    ],
)
def test_numbers(convcli, sound, options, wanted):
    code, out, err = convcli("convolve", "in.wav", "-k", "1,2,-1", *options)
    assert (code, out) == (0, "in-convolve.wav\n"), err
    np.testing.assert_array_equal(result(), np.rint(wanted(sound)))


@pytest.mark.parametrize(
    ("padding", "amount", "length"),
    [("full", [2, 2], 502), ("same", [1, 1], 500), ("valid", [0, 0], 498), ("4", [4, 4], 506)],
)
def test_the_report_adds_up(convcli, sound, padding, amount, length):
    _, out, _ = convcli("convolve", "in.wav", "-k", "1,2,-1", "-p", padding, "--json")
    report = json.loads(out)
    assert report["padding"] == {"mode": "zeros", "amount": [amount]}
    [kernel] = report["kernel"]["shape"]
    assert 500 + sum(amount) - kernel + 1 == length
    assert report["output"]["shape"] == [length, 1]
    assert soundfile.info("in-convolve.wav").frames == length


def test_a_sound_is_an_impulse_response(convcli, sound, samples):
    room = samples / "perc_snap.wav"
    code, out, _ = convcli("convolve", "in.wav", "-k", room, "--json", "--normalize", "-1dB", "-f")
    assert code == 0
    report = json.loads(out)
    assert report["kernel"]["name"] == str(room)
    assert report["method"] == "overlap-save"
    assert report["peak_dbfs"] == pytest.approx(-1, abs=0.01)
    assert soundfile.info("in-convolve.wav").channels == 2


def test_both_normalizations(convcli, sound):
    options = ("--normalize", "sum", "--normalize", "-3")
    assert convcli("convolve", "in.wav", "-k", "1,2,1", "--subtype", "DOUBLE", *options)[0] == 0
    y, wanted = soundfile.read("in-convolve.wav")[0], np.convolve(sound, [0.25, 0.5, 0.25])
    np.testing.assert_allclose(y, wanted / np.abs(wanted).max() * 10 ** (-3 / 20), rtol=2e-3, atol=1e-9)


def test_standard_input_is_what_its_first_bytes_are(process, sound, tmp_path, samples):
    data = (tmp_path / "in.wav").read_bytes()
    done = process("convolve", "-", "-k", "1,2,-1", "-q", input=data)
    assert (done.returncode, done.stderr) == (0, b"")
    y = soundfile.read(io.BytesIO(done.stdout), dtype="int16")[0]
    np.testing.assert_array_equal(y, np.convolve(sound, [1, 2, -1]))
    picture = process("convolve", "-", "-k", "1,2,1", "-q", input=(samples / "chelsea.png").read_bytes())
    assert picture.stdout.startswith(b"\x89PNG")
    with (tmp_path / "in.wav").open("rb") as stream:
        redirected = media.medium([stream.name], kernel="1,1")
    assert redirected == "sound"


@pytest.mark.parametrize("format", ["wav", "flac", "ogg", "mp3", "aiff", "au", "caf", "w64", "rf64"])
def test_sounds_are_known_without_their_suffix(tmp_path, format):
    path = tmp_path / "nameless"
    with path.open("wb") as stream:
        soundfile.write(stream, np.zeros(9000), 44100, format=format)
    assert media.medium([str(path)], kernel="1,1") == "sound"


@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "README.md"])
def test_all_else_is_left_to_the_pictures(samples, name):
    assert media.medium([str(samples / name)], kernel="1,1") == "picture"


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_pictures_are_no_sounds(tmp_path, format):
    from PIL import Image

    path = tmp_path / "nameless"
    Image.new("L", (9, 9)).save(path, format)
    assert media.medium([str(path)], kernel="1,1") == "picture"


def test_every_format_that_is_written_is_known_by_its_name():
    assert formats.WRITABLE <= media.SOUND_SUFFIXES


def test_what_cannot_be_looked_into_goes_by_its_kernel(tmp_path):
    assert media.medium([str(tmp_path / "none")], kernel="hall.wav") == "sound"
    assert media.medium([str(tmp_path / "none")], kernel="box:3") == "picture"


def test_pictures_and_sounds_do_not_mix(samples):
    with pytest.raises(UsageError, match=r"perc_snap\.wav is a sound, .*chelsea\.png is none"):
        media.medium([str(samples / "chelsea.png"), str(samples / "perc_snap.wav")], kernel="1,1")


class TestMistakes:
    @pytest.mark.parametrize(
        "option",
        [
            ("--bias", "3"),
            ("--channels", "gray"),
            ("--linear",),
            ("--nan", "ignore"),
            ("--like", "scipy"),
            ("--padding-mode", "reflect"),
            ("--stride", "2"),
            ("--dilation", "2"),
            ("--quality", "80"),
            ("--compress-level", "4"),
            ("--preview",),
            ("--max-pixels", "1M"),
        ],
        ids=lambda option: option[0],
    )
    def test_options_of_pictures(self, convcli, sound, tmp_path, option):
        code, out, err = convcli("convolve", "in.wav", "-k", "1,1", *option)
        assert (code, out) == (2, "")
        assert err == (
            f"convcli: error: {option[0]}: is for pictures, and the input is a sound\n"
            f"hint: leave {option[0]} away\n"
        )
        assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]

    @pytest.mark.parametrize(
        "option",
        [
            ("--normalize", "-1"),
            ("--clip", "error"),
            ("--dither", "tpdf"),
            ("--seed", "1"),
            ("--subtype", "FLOAT"),
            ("--plot", "a.png"),
        ],
        ids=lambda option: option[0],
    )
    def test_options_of_sounds(self, convcli, samples, tmp_path, option):
        code, out, err = convcli("convolve", samples / "chelsea.png", "-k", "1,1", "-o", tmp_path, *option)
        assert (code, out) == (2, "")
        assert err.startswith(f"convcli: error: {option[0]}")
        assert ": is for sounds, and the input is a picture\n" in err
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("options", "code", "message"),
        [
            (("-k", "1,1", "--method", "box"), 2, "--method box: is for pictures"),
            (("-k", "1,1", "-p", "1x2"), 2, "invalid value for '--padding': '1x2' has 2 values for 1 axis"),
            (("-k", "sobel-y"), 2, "in.wav: sobel-y: the columns of its 3x3 weights add up to 0"),
            (("-k", "-"), 2, "'-': a kernel is not read from standard input"),
            (("-k", "none.wav"), 1, "none.wav: no such file"),
            (("-k", "a.png"), 2, "a.png: .png files are not read as kernels"),
            (("-k", "1,1", "--normalize", "-1", "--normalize", "-2"), 2, "--normalize -1 contradicts"),
            (("-k", "1,1", "--normalize", "sum", "--normalize", "abs"), 2, "--normalize sum contradicts"),
            (("-k", "1,1", "--normalize", "loud"), 2, "--normalize: 'loud' is not a level"),
            (("-k", "1,-1", "--normalize", "sum"), 1, "in.wav: kernel: cannot be divided by 0"),
            (
                ("-k", ",".join(["1"] * 600), "-p", "valid"),
                1,
                "in.wav: a kernel of 600 samples is longer than",
            ),
        ],
    )
    def test_one_line(self, convcli, sound, tmp_path, options, code, message):
        given, out, err = convcli("convolve", "in.wav", *options)
        assert (given, out) == (code, "")
        assert err.startswith(f"convcli: error: {message}")
        assert len(err.splitlines()) <= 2
        assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]
