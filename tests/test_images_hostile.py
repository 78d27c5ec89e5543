"""Files that are broken, false or meant to do harm: one clear line, no hang, never half a picture."""

import errno
import io
import struct
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from convcli.errors import ReadError
from convcli.images import Layout, Picture, Saving, decode, encode, probe
from convcli.images.formats import BY_NAME
from convcli.images.reading import watch

Run = Callable[..., tuple[int, str, str]]


def saved(format: str, *, frames: int = 1, **parameters: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    first, *others = (Image.fromarray(np.roll(pixels, shift, 0)) for shift in range(frames))
    buffer = io.BytesIO()
    several = {"save_all": True, "append_images": others} if others else {}
    first.save(buffer, format, **several, **parameters)
    return buffer.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * (width * 3 + 1) * height if width < 100 else b"\0"))
    return b"\x89PNG\r\n\x1a\n" + b"".join((chunk(b"IHDR", header), *more, pixels, chunk(b"IEND", b"")))


def gif(width: int, height: int, frames: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + bytes(6)
    frame = b"," + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\x02\x02\x44\x01\0"
    return head + frame * frames + b";"


def tiff(width: int, height: int, *, following: int = 0) -> bytes:
    tags = [
        (256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1),
        (278, 4, height), (279, 4, 4),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    directory = struct.pack("<H", len(tags)) + entries
    return b"II*\0" + struct.pack("<I", 12) + bytes(4) + directory + struct.pack("<I", following)


SOUND = {
    "PNG": saved("PNG"),
    "APNG": saved("PNG", frames=3),
    "JPEG": saved("JPEG"),
    "progressive": saved("JPEG", progressive=True),
    "MPO": saved("MPO", frames=2),
    "WEBP": saved("WEBP"),
    "animated WEBP": saved("WEBP", frames=3),
    "GIF": saved("GIF"),
    "animated GIF": saved("GIF", frames=3),
    "TIFF": saved("TIFF"),
    "LZW": saved("TIFF", compression="tiff_lzw"),
    "pages": saved("TIFF", frames=3),
    "BMP": saved("BMP"),
    "AVIF": saved("AVIF"),
    "animated AVIF": saved("AVIF", frames=3),
}


@pytest.mark.filterwarnings("ignore::UserWarning")  # as the program does: some would end the reading here
@pytest.mark.parametrize("kind", SOUND)
def test_truncated_files_are_refused_or_whole(kind: str) -> None:
    data = SOUND[kind]
    whole = [each.pixels for each in decode(data, name="a")]
    refused = 0
    for end in [*range(1, len(data), 1024), *range(len(data) - 12, len(data))]:
        try:
            found = [each.pixels for each in decode(data[:end], name="a")]
        except ReadError:
            refused += 1
            continue
        assert len(found) == len(whole), f"{end} of {len(data)} bytes"
        for before, after in zip(whole, found, strict=True):
            assert_array_equal(after, before)
    # Of a file with several JPEGs only the first is needed.
    assert refused > len(data) // 1024 // (2 if kind == "MPO" else 1)


@pytest.mark.filterwarnings("ignore:Truncated File Read", "ignore:Corrupt EXIF")  # as the program does
@pytest.mark.parametrize("compression", ["group4", "jpeg", "tiff_lzw"])
def test_libtiff_does_not_speak_of_truncated_files(
    compression: str, capfd: pytest.CaptureFixture[str]
) -> None:
    mode = {"group4": "1", "jpeg": "YCbCr"}.get(compression, "RGB")
    buffer = io.BytesIO()
    Image.open(io.BytesIO(SOUND["PNG"])).convert(mode).save(buffer, "TIFF", compression=compression)
    data = buffer.getvalue()
    for end in range(max(len(data) - 1000, 0), len(data) - 4, 4):
        with pytest.raises(ReadError):
            next(decode(data[:end], name="a"))
    assert capfd.readouterr().err == ""


@pytest.mark.filterwarnings("ignore:Truncated File Read", "ignore:Corrupt EXIF")
def test_pages_behind_a_tag_that_is_cut_off_are_not_dropped() -> None:
    whole, at = tiff(2, 2), 12
    directory = whole[at : at + 2 + 9 * 12]
    (count,) = struct.unpack_from("<H", directory)
    for offset, pages in ((8, 2), (2**20, 0)):  # where the resolution is
        resolution = struct.pack("<HHII", 282, 5, 1, offset)
        longer = struct.pack("<H", count + 1) + directory[2:] + resolution
        following = struct.pack("<I", at + len(longer) + 4)
        data = whole[:at] + longer + following + whole[at:]
        if pages:
            assert len(list(decode(data, name="a"))) == pages
        else:
            with pytest.raises(ReadError, match="damaged or incomplete"):
                probe(data, name="a")


def test_a_header_is_enough_to_plan_and_not_to_read() -> None:
    palette = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).convert("P")
    buffer = io.BytesIO()
    palette.save(buffer, "PNG")
    for whole in (SOUND["PNG"], buffer.getvalue()):
        data = bytearray(whole)
        data[data.index(b"IDAT") + 4] ^= 0xFF  # so that the pixels cannot be unpacked
        assert probe(bytes(data), name="a").height == probe(whole, name="a").height
        with pytest.raises(ReadError, match="damaged"):
            next(decode(bytes(data), name="a"))


@pytest.mark.parametrize(
    "data",
    [
        png(65535, 65535),
        gif(65535, 65535, 1),
        tiff(65535, 65535),
        b"BM" + struct.pack("<IIIIiiHHIIIIII", 60, 0, 54, 40, 65535, 65535, 1, 24, 0, 0, 0, 0, 0, 0),
        gif(1, 1, 100_000),
    ],
    ids=["png", "gif", "tiff", "bmp", "frames"],
)
def test_bombs_are_told_by_their_headers(data: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(ReadError, match=r"^a: .*\d{9,} pixels.*, more than the \d+ that are read$") as caught:
        probe(data, name="a")
    assert "--max-pixels" in (caught.value.hint or "")
    assert time.monotonic() - started < 20


def test_a_limit_of_ones_own() -> None:
    assert probe(png(50, 50), name="a", max_pixels=2500).width == 50
    with pytest.raises(ReadError, match="2500 pixels, more than the 2499") as caught:
        next(decode(png(50, 50), name="a", max_pixels=2499))
    assert caught.value.hint == "if you trust the file, allow it with --max-pixels 2500"


def test_more_than_pillow_reads_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ReadError, match="2500 pixels, more than"):
        probe(png(50, 50), name="a", max_pixels=2000)
    assert next(decode(png(50, 50), name="a", max_pixels=2500)).pixels.shape == (50, 50, 3)


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_texts_that_swell(name: bytes) -> None:
    swelling = zlib.compress(b"\0" * 50_000_000, 9)
    content = b"key\0\0" + swelling if name != b"iTXt" else b"key\0\1\0\0\0" + swelling
    try:
        (picture,) = decode(png(50, 50, chunk(name, content)), name="a")
    except ReadError as error:
        assert "\n" not in error.message  # noqa: PT017
    else:
        assert sum(len(text) for _, text in picture.metadata.texts) < 2_000_000


def test_directories_that_lead_in_a_circle() -> None:
    data = tiff(2, 2, following=12)
    assert len(list(decode(data, name="a"))) == 1


def test_countless_pages() -> None:
    page = tiff(2, 2)[12:]
    following = [12 + len(page) * (number + 1) for number in range(20_000)]
    data = tiff(2, 2)[:12] + b"".join(page[:-4] + struct.pack("<I", offset) for offset in following) + page
    with pytest.raises(ReadError, match=r"^a: more than 10000 pages$"):
        probe(data, name="a")


@pytest.mark.parametrize("shape", ["(1000000, 1000000)", "(4000000000,)", "(-5, 3)", "(3, 3, 10000000)"])
def test_arrays_that_claim_to_be_large(shape: str) -> None:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(80)
    with pytest.raises(ReadError, match=r"^a\.npy: "):
        next(decode(data, name="a.npy"))


def test_arrays_with_programs_in_them() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}], object), allow_pickle=True)
    with pytest.raises(ReadError, match="object is no type of real numbers"):
        next(decode(buffer.getvalue(), name="a.npy"))


# --- from the command line -----------------------------------------------------------------------


def test_what_is_no_picture(work: Path, convcli: Run) -> None:
    Path("empty.png").write_bytes(b"")
    Path("text.png").write_text("hello")
    Path("folder.png").mkdir()
    for name in ("empty.png", "text.png", "folder.png", "/dev/null"):
        code, out, said = convcli("blur", name, "-o", "out.png")
        assert code == 1
        assert out == ""
        assert said.startswith(f"convcli: error: {name}: ")
        assert "Traceback" not in said
        assert not Path("out.png").exists()


@pytest.mark.parametrize("kind", SOUND)
def test_the_start_of_every_format_is_known(kind: str) -> None:
    for length in (16, 64):
        assert watch(SOUND[kind][:length], 0, name="a", max_pixels=100) is None


def test_the_start_of_anything_else_is_refused() -> None:
    for start in (bytes(64), b"%PDF-1.7\n", b"hello", b"RIFF\0\0\0\0WAVEfmt ", b"\xff\xd9"):
        with pytest.raises(ReadError, match="not a picture that can be read"):
            watch(start, 0, name="a", max_pixels=100)
    watch(b"hello", 0, name="a.csv", max_pixels=100)  # whose damage is told with its place


def test_more_bytes_than_pixels_need() -> None:
    watch(b"x", 3_200_000_000 - 1, name="a", max_pixels=100_000_000)
    with pytest.raises(ReadError, match=r"^a: more than 3200000000 bytes") as caught:
        watch(b"x", 3_200_000_000, name="a", max_pixels=100_000_000)
    assert "--max-pixels" in (caught.value.hint or "")


def test_a_disk_that_is_full_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some readers need a temporary file."""

    def refuse(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    pixels = np.zeros((4, 5, 3), np.float32)
    data = encode([Picture(Layout.of("RGB32f", 4, 5, "TIFF"), pixels)], BY_NAME["TIFF"], Saving(), name="a")
    with pytest.raises(ReadError, match=r"^a: no space left on device$"):
        next(decode(data, name="a"))


def test_content_counts_not_the_name(work: Path, convcli: Run) -> None:
    Path("a.jpg").write_bytes(saved("PNG"))
    assert convcli("blur", "a.jpg", "-o", "b.png")[0] == 0
    assert Path("b.png").read_bytes().startswith(b"\x89PNG")
    # The result follows the name that is asked for.
    assert convcli("blur", "a.jpg", "-o", "c.jpg")[0] == 0
    assert Path("c.jpg").read_bytes().startswith(b"\xff\xd8")


def test_a_bomb_leaves_nothing_behind(work: Path, convcli: Run) -> None:
    Path("a.gif").write_bytes(gif(1, 1, 100_000))
    before = sorted(Path().iterdir())
    code, _, said = convcli("blur", "a.gif")
    assert code == 1
    assert said.startswith("convcli: error: a.gif: 100000 frames of 1638400000 pixels together, more than")
    assert "--max-pixels 409600000" in said
    assert sorted(Path().iterdir()) == before
