"""convcli blur, from the command line to the pixels of the result."""

import io
import json
import struct
import threading
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from scipy import ndimage

from convcli import images

Run = Callable[..., tuple[int, str, str]]


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def pixels(path: Path) -> np.ndarray:
    return np.asarray(opened(path))


@pytest.fixture
def chelsea(samples: Path) -> Path:
    return samples / "chelsea.png"


def test_without_options_the_mean_of_nine_pixels(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    code, out, err = convcli("blur", chelsea, "-o", tmp_path)
    target = tmp_path / "chelsea-blur.png"
    assert (code, out) == (0, f"{target}\n")
    exact = ndimage.uniform_filter(pixels(chelsea).astype(float), (3, 3, 1), mode="nearest")
    assert_array_equal(pixels(target), np.rint(exact))
    assert "box:3 (sum 1)" in err
    assert "method box" in err


@pytest.mark.parametrize(
    ("options", "kernel", "shape"),
    [
        (["--size", "5x7"], "box:5x7", [5, 7]),
        (["--sigma", "2"], "gaussian:2", [17, 17]),
        (["--sigma", "1x2.5"], "gaussian:1x2.5", [9, 21]),
        (["--kind", "gaussian"], "gaussian:2", [17, 17]),
        (["--kind", "triangle", "--size", "5"], "triangle:5", [5, 5]),
        (["--radius", "2.5"], "disk:2.5", [5, 5]),
        (["--length", "9", "--angle", "90"], "motion:9,90", [9, 1]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and isinstance(value[0], str) else "",
)
def test_kinds(
    convcli: Run, chelsea: Path, tmp_path: Path, options: list[str], kernel: str, shape: list[int]
) -> None:
    code, out, _ = convcli("blur", chelsea, "-o", tmp_path / "out.png", "--json", *options)
    assert code == 0
    record = json.loads(out)
    assert record["kernel"] == {"name": kernel, "shape": shape, "sum": pytest.approx(1)}
    assert record["output"]["shape"] == [300, 451, 3]


def test_gaussian_is_the_exact_one_rounded_once(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    assert convcli("blur", chelsea, "-o", tmp_path / "out.png", "--sigma", "3", "-q") == (
        0,
        f"{tmp_path / 'out.png'}\n",
        "",
    )
    exact = ndimage.gaussian_filter(pixels(chelsea).astype(float), (3, 3, 0), mode="nearest")
    near_a_tie = np.abs(exact - np.floor(exact) - 0.5) < 1e-3
    assert_array_equal(pixels(tmp_path / "out.png")[~near_a_tie], np.rint(exact)[~near_a_tie])


def test_json_report(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    options = ["--size", "4x3", "--padding", "1x2", "--stride", "2x3", "--dilation", "3"]
    target = tmp_path / "out.png"
    code, out, err = convcli("blur", chelsea, "-o", target, "--json", "--padding-mode", "symmetric", *options)
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert record.pop("seconds") > 0
    assert record == {
        "command": "blur",
        "input": {"path": str(chelsea), "shape": [300, 451, 3], "dtype": "uint8"},
        "kernel": {"name": "box:4x3", "shape": [4, 3], "sum": pytest.approx(1)},
        "padding": {"mode": "symmetric", "amount": [[1, 1], [2, 2]]},
        "stride": [2, 3],
        "dilation": [3, 3],
        "output": {"path": str(target), "shape": [147, 150, 3], "dtype": "uint8"},
        "method": record["method"],
        "clipped": 0,
        "channels": ["R", "G", "B"],
        "frames": 1,
    }
    assert pixels(target).shape == (147, 150, 3)


@pytest.mark.parametrize(
    ("padding", "shape"),
    [("same", (300, 451)), ("valid", (296, 447)), ("full", (304, 455)), ("3", (302, 453))],
)
def test_padding(convcli: Run, chelsea: Path, tmp_path: Path, padding: str, shape: tuple[int, int]) -> None:
    target = tmp_path / "out.png"
    assert convcli("blur", chelsea, "-o", target, "--size", "5", "--padding", padding)[0] == 0
    assert pixels(target).shape == (*shape, 3)


def test_a_pipe_keeps_the_format(process: Callable, chelsea: Path) -> None:
    for format in ("PNG", "JPEG", "TIFF"):
        buffer = io.BytesIO()
        opened(chelsea).save(buffer, format)
        done = process("blur", "-", input=buffer.getvalue())
        assert done.returncode == 0, done.stderr
        result = Image.open(io.BytesIO(done.stdout))
        assert (result.format, result.size) == (format, (451, 300))
        assert b"standard input -> standard output" in done.stderr
    done = process("blur", "-", "--format", "webp", input=chelsea.read_bytes())
    assert Image.open(io.BytesIO(done.stdout)).format == "WEBP"


def test_formats_by_name_and_option(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    assert convcli("blur", chelsea, "-o", tmp_path / "out.webp")[0] == 0
    assert opened(tmp_path / "out.webp").format == "WEBP"
    assert convcli("blur", chelsea, "-o", tmp_path, "--format", "jpg")[1] == f"{tmp_path}/chelsea-blur.jpg\n"
    low = convcli("blur", chelsea, "-o", tmp_path / "low.jpg", "--quality", "10")
    assert low[0] == 0
    assert (tmp_path / "low.jpg").stat().st_size < (tmp_path / "chelsea-blur.jpg").stat().st_size / 3


def test_a_name_that_lies_about_the_format(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    source.write_bytes(chelsea.read_bytes())
    assert convcli("blur", source, "-q") == (0, f"{tmp_path / 'photo-blur.jpg'}\n", "")
    assert opened(tmp_path / "photo-blur.jpg").format == "JPEG"


def test_photographs_come_out_upright(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Acme"
    opened(chelsea).convert("RGB").save(tmp_path / "a.jpg", exif=exif, icc_profile=b"P" * 99, dpi=(300, 300))
    record = json.loads(convcli("blur", tmp_path / "a.jpg", "--json")[1])
    assert record["input"]["shape"] == record["output"]["shape"] == [451, 300, 3]
    result = opened(tmp_path / "a-blur.jpg")
    assert result.size == (300, 451)
    assert dict(result.getexif()) == {0x010F: "Acme"}
    assert (result.info["icc_profile"], result.info["dpi"]) == (b"P" * 99, (300, 300))


def test_transparency_and_depth_survive(convcli: Run, tmp_path: Path) -> None:
    seam = np.zeros((8, 8, 4), np.uint8)
    seam[:, :4], seam[:, 4:] = (255, 0, 0, 255), (0, 255, 0, 0)
    Image.fromarray(seam).save(tmp_path / "seam.png")
    assert convcli("blur", tmp_path / "seam.png", "--sigma", "1")[0] == 0
    result = pixels(tmp_path / "seam-blur.png")
    assert_array_equal(np.unique(result[result[..., 3] > 0][:, :3], axis=0), [[255, 0, 0]])

    deep = (np.arange(64, dtype=np.uint16) * 1000).reshape(8, 8)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert convcli("blur", tmp_path / "deep.png")[0] == 0
    result = opened(tmp_path / "deep-blur.png")
    assert result.mode == "I;16"
    exact = ndimage.uniform_filter(deep.astype(float), 3, mode="nearest")
    assert_array_equal(np.asarray(result), np.rint(exact))


def test_deep_colour_stays_deep(convcli: Run, tmp_path: Path) -> None:
    pytest.importorskip("OpenImageIO")

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" + b"\x12\x34" * 6 + b"\0" + b"\x56\x78" * 6)
    source = tmp_path / "deep.png"
    source.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    assert convcli("blur", source)[0] == 0
    [result] = images.decode((tmp_path / "deep-blur.png").read_bytes(), name="deep-blur.png")
    expected = [round((2 * 0x1234 + 0x5678) / 3), round((0x1234 + 2 * 0x5678) / 3)]
    assert result.layout.kind == "RGB16"
    assert_array_equal(result.pixels, np.broadcast_to(np.array(expected)[:, None, None], (2, 2, 3)))


def test_notes_go_to_stderr_and_json(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    opened(chelsea).quantize(32).save(tmp_path / "a.png")
    _, _, err = convcli("blur", tmp_path / "a.png", "-o", tmp_path / "b.gif")
    assert f"{tmp_path / 'a.png'}: palette becomes RGB" in err.splitlines()
    assert convcli("blur", tmp_path / "a.png", "-o", tmp_path / "c.png", "-q")[2] == ""
    record = json.loads(convcli("blur", tmp_path / "a.png", "-o", tmp_path / "d.png", "--json")[1])
    assert record["notes"] == [f"{tmp_path / 'a.png'}: palette becomes RGB"]


def test_losses_are_warnings_that_quiet_does_not_hide(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.webp"
    opened(chelsea).save(source, icc_profile=b"P" * 99, exif=b"")
    target = tmp_path / "b.gif"
    code, _, err = convcli("blur", source, "-o", target, "-q")
    assert code == 0
    assert err.splitlines() == [
        f"convcli: warning: {target}: GIF holds 256 colours: reduced",
        f"convcli: warning: {target}: GIF cannot hold colour profile: left out",
    ]


def test_what_pillow_warns_of_stays_inside(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    sources = [tmp_path / f"{name}.jpg" for name in "abcd"]
    for source in sources:
        opened(chelsea).save(source, exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0")
    before = list(warnings.filters)
    with pytest.warns(UserWarning, match="Corrupt EXIF"):
        opened(sources[0]).getexif()
    code, out, err = convcli("blur", *sources, "-q", "-j", "4")
    assert (code, len(out.splitlines()), err) == (0, 4, "")
    assert warnings.filters == before


def test_an_interrupt_stops_pictures_under_way(
    convcli: Run, chelsea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two pictures is interrupted once the second is being filtered."""
    filtering = threading.Event()
    apply = images.Convolve.apply

    def interrupted(self: images.Convolve, picture: images.Picture) -> tuple[np.ndarray, int]:
        if picture.layout.format == "PNG":
            assert filtering.wait(10)
            raise KeyboardInterrupt
        filtering.set()
        time.sleep(0.3)
        return apply(self, picture)

    monkeypatch.setattr(images.Convolve, "apply", interrupted)
    other = tmp_path / "b.bmp"
    opened(chelsea).save(other)
    code, out, _ = convcli("blur", chelsea, other, "-o", tmp_path, "-j", "2")
    assert (code, out) == (130, "")
    assert list(tmp_path.iterdir()) == [other]


def test_dry_run_reads_no_pixels(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    # The file is whole, but its pixels cannot be unpacked: a plan does not look at them.
    data = bytearray(chelsea.read_bytes())
    data[data.index(b"IDAT") + 4] ^= 0xFF
    cut = tmp_path / "cut.png"
    cut.write_bytes(data)
    code, out, _ = convcli("blur", cut, "-n", "--size", "7")
    assert code == 0
    assert "nothing written" in out
    assert "3 + 3" in out
    assert convcli("blur", cut)[0] == 1
    assert list(tmp_path.iterdir()) == [cut]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--kind", "box", "--sigma", "2"], 2, "--sigma is not a measure of a box blur"),
        (["--size", "3", "--sigma", "2"], 2, "--size and --sigma belong to different kinds"),
        (["--sigma", "0"], 2, "--sigma: sigma 0 is not a number above 0"),
        (["--sigma", "-1"], 2, "sigma -1 is not"),
        (["--size", "3x3x3"], 2, "--size: '3x3x3' is not N or HxW"),
        (["--length", "0.5"], 2, "length 0.5 is below 1"),
        (["--quality", "101"], 2, "--quality 101: not from 1 to 100"),
        (["--padding-mode", "constant:999"], 2, "not from 0 to 255"),
        (["--padding-mode", "mirror"], 2, "mirror"),
        (["--size", "999", "--padding", "valid"], 1, "999"),
        (["--sigma", "2", "--method", "box"], 1, "box"),
        (["-o", "out.xyz"], 2, "cannot write the format '.xyz'"),
        (["--format", "xyz"], 2, "'xyz' is not a format"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_requests(
    convcli: Run, chelsea: Path, tmp_path: Path, options: list[str], code: int, message: str
) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(chelsea.read_bytes())
    got, out, err = convcli("blur", source, *options)
    assert (got, out) == (code, "")
    assert message in err.splitlines()[0]
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    ("suffix", "mode"), [(".jpg", "RGBA"), (".jpg", "I;16"), (".webp", "I;16"), (".bmp", "LA")]
)
def test_formats_that_would_lose_something(convcli: Run, tmp_path: Path, suffix: str, mode: str) -> None:
    source = tmp_path / "a.png"
    Image.new(mode, (4, 4)).save(source)
    code, out, err = convcli("blur", source, "-o", tmp_path / f"out{suffix}")
    assert (code, out) == (1, "")
    assert "cannot hold" in err
    assert "hint: write PNG" in err
    assert list(tmp_path.iterdir()) == [source]
