"""Animations and pages: as many as there were, each as it was shown, for as long."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from convcli.errors import ReadError, WriteError
from convcli.images import Layout, Metadata, Picture, Saving, decode, encode, probe
from convcli.images.formats import BY_NAME, for_result
from convcli.images.palette import reduce
from convcli.images.reading import MAX_PIXELS
from convcli.images.writing import losses

HEIGHT, WIDTH = 24, 32
DURATIONS = [100, 40, 250, 40, 70]


def frames(*, alpha: bool = False, colours: int = 6, seed: int = 3) -> list[np.ndarray]:
    """Give five frames of few colours, of which the third and fourth are the same."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (colours, 3), np.uint8)
    found = []
    for _ in range(5):
        frame = palette[rng.integers(0, colours, (HEIGHT, WIDTH))]
        if alpha:
            frame = np.dstack((frame, np.where(rng.random((HEIGHT, WIDTH)) < 0.5, 0, 255).astype(np.uint8)))
        found.append(frame)
    found[3] = found[2].copy()
    return found


def saved(images: list[np.ndarray], format: str, **parameters: object) -> bytes:
    first, *others = (Image.fromarray(each) for each in images)
    buffer = io.BytesIO()
    first.save(buffer, format, save_all=True, append_images=others, **parameters)
    return buffer.getvalue()


def pictures(
    images: list[np.ndarray], *, loop: int | None = 0, lossy: bool = False, format: str = "PNG"
) -> list[Picture]:
    kind = {2: "L8", 3: "RGB8", 4: "RGBA8"}
    found = []
    for image, duration in zip(images, DURATIONS, strict=False):
        name = kind[image.ndim if image.ndim == 2 else image.shape[2]]
        layout = Layout.of(name, HEIGHT, WIDTH, format, frames=len(images), loop=loop, lossy=lossy)
        found.append(Picture(layout, image, duration=float(duration)))
    return found


def shown(data: bytes) -> tuple[list[np.ndarray], list[float]]:
    """Give the frames as Pillow composes them, and their durations."""
    found, durations = [], []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            found.append(np.asarray(image.convert("RGBA")))
            durations.append(image.info.get("duration", 0))
    return found, durations


def visible(pixels: np.ndarray) -> np.ndarray:
    """Give pixels with alpha, and black where nothing shows."""
    if pixels.shape[-1] == 3:
        pixels = np.dstack((pixels, np.full(pixels.shape[:2], 255, np.uint8)))
    return np.where(pixels[..., 3:] == 0, 0, pixels)


# --- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("format", ["GIF", "PNG"])
def test_every_frame_is_shown_as_it_is(format: str, alpha: bool) -> None:
    before = frames(alpha=alpha)
    data = encode(pictures(before), BY_NAME[format], Saving(), name="o")
    after, durations = shown(data)
    assert durations == DURATIONS
    for expected, found in zip(before, after, strict=True):
        assert_array_equal(visible(found), visible(expected))
    assert encode(pictures(before), BY_NAME[format], Saving(), name="o") == data


@pytest.mark.parametrize("alpha", [False, True])
def test_webp_joins_frames_that_repeat(alpha: bool) -> None:
    before = frames(alpha=alpha)
    data = encode(pictures(before), BY_NAME["WEBP"], Saving(), name="o")
    after, durations = shown(data)
    assert durations == [100, 40, 290, 70]
    for expected, found in zip([*before[:3], before[4]], after, strict=True):
        assert_array_equal(visible(found), visible(expected))


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("loop", [0, 1, 2, 7])
def test_how_often_it_is_shown(format: str, loop: int) -> None:
    data = encode(pictures(frames()[:3], loop=loop), BY_NAME[format], Saving(), name="o")
    assert probe(data, name="a").loop == loop
    if format == "GIF":
        assert (b"NETSCAPE" in data) == (loop != 1)


def test_transparency_that_comes_late() -> None:
    before = frames()[:2]
    late = pictures([before[0], frames(alpha=True)[0]])
    for format in ("GIF", "PNG", "WEBP"):
        after, _ = shown(encode(late, BY_NAME[format], Saving(), name="o"))
        assert_array_equal(visible(after[0]), visible(before[0]))
        assert_array_equal(visible(after[1]), visible(late[1].pixels))


# --- colours of a GIF ----------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 255, 256])
def test_few_colours_stay_exact(count: int) -> None:
    levels = np.arange(HEIGHT * WIDTH) % count
    gray = levels.reshape(HEIGHT, WIDTH).astype(np.uint8)
    after, _ = shown(encode(pictures([gray]), BY_NAME["GIF"], Saving(), name="o"))
    assert_array_equal(after[0][..., 0], gray)
    rgb = np.dstack((gray, 255 - gray, gray // 2))
    after, _ = shown(encode(pictures([rgb]), BY_NAME["GIF"], Saving(), name="o"))
    assert_array_equal(after[0][..., :3], rgb)


def test_gradients_do_not_become_bands(samples: Path) -> None:
    pixels = np.asarray(Image.open(samples / "astronaut.png").convert("RGB").resize((256, 256)))
    before = Picture(Layout.of("RGB8", 256, 256, "PNG"), pixels)
    after, _ = shown(encode([before], BY_NAME["GIF"], Saving(), name="o"))
    error = after[0][..., :3].astype(float) - pixels
    assert np.sqrt((error**2).mean()) < 8
    # Seen from afar the error is gone.
    near = error.reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert np.sqrt((near**2).mean()) < 2.5


def test_one_palette_for_all_frames() -> None:
    rng = np.random.default_rng(5)
    smooth = [rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8) for _ in range(3)]
    found = reduce(pictures(smooth))
    assert len(found.colours) == 256 * 3
    assert len(found.frames) == 3
    assert found.transparent is None
    clear = reduce(pictures([np.dstack((each, each[..., 0] // 2 * 2)) for each in smooth]))
    assert clear.transparent is not None
    assert clear.transparent < 256
    assert_array_equal(clear.frames[0] == clear.transparent, smooth[0][..., 0] // 2 * 2 < 128)


# --- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("alpha", [False, True])
def test_frames_are_read_as_they_are_shown(format: str, alpha: bool) -> None:
    before = [each for number, each in enumerate(frames(alpha=alpha)) if number != 3]
    exact = {"lossless": True} if format == "WEBP" else {"disposal": 2} if alpha and format == "GIF" else {}
    data = saved(before, format, duration=DURATIONS[:4], loop=3, **exact)
    found = list(decode(data, name="a"))
    assert probe(data, name="a") == found[0].layout
    assert found[0].layout.frames == 4
    assert found[0].layout.loop == (4 if format == "GIF" else 3)
    assert [each.duration for each in found] == DURATIONS[:4]
    for expected, picture in zip(before, found, strict=True):
        assert picture.pixels.shape == picture.layout.shape
        assert_array_equal(visible(picture.pixels), visible(expected))


def test_parts_of_frames_are_put_together() -> None:
    # Frames that Pillow stores as what has changed.
    first = frames()[0]
    second = first.copy()
    second[4:9, 5:8] = (1, 2, 3)
    for format in ("GIF", "PNG"):
        data = saved([first, second, first], format, duration=50)
        found = [each.pixels for each in decode(data, name="a")]
        for expected, pixels in zip((first, second, first), found, strict=True):
            assert_array_equal(visible(pixels), visible(expected))


def test_gray_animations_stay_gray() -> None:
    gray = [each[..., 0] for each in frames()]
    data = encode(pictures(gray), BY_NAME["GIF"], Saving(), name="o")
    found = list(decode(data, name="a"))
    assert {each.layout.kind for each in found} == {"L8"}
    for expected, picture in zip(gray, found, strict=True):
        assert_array_equal(picture.pixels, expected)
    assert not found[0].layout.notes


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("gray", [True, False])
def test_palettes_of_grays_are_gray(format: str, gray: bool) -> None:
    colours = np.random.default_rng(1).permutation(256).astype(np.uint8)
    indices = np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH), np.uint8)
    image = Image.fromarray(indices, "P")
    image.putpalette(np.stack((colours, colours, colours if gray else 255 - colours), -1).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, format)
    (found,) = decode(buffer.getvalue(), name="a")
    assert probe(buffer.getvalue(), name="a") == found.layout
    assert found.layout.kind == ("L8" if gray else "RGB8")
    assert_array_equal(found.pixels if gray else found.pixels[..., 0], colours[indices])


def test_the_picture_that_stands_in_for_an_animation_is_left_out() -> None:
    still, *moving = (each for number, each in enumerate(frames()) if number != 3)
    data = saved([still, *moving], "PNG", default_image=True, duration=50)
    found = list(decode(data, name="a.png"))
    assert found[0].layout.frames == len(found) == 3
    assert found[0].layout.warnings == (
        "a.png: the still picture that stands in for the animation is left out",
    )
    for expected, picture in zip(moving, found, strict=True):
        assert_array_equal(visible(picture.pixels), visible(expected))


# --- pages ---------------------------------------------------------------------------------------


def page(kind: str, height: int, width: int, dpi: float) -> Picture:
    layout = Layout.of(kind, height, width, "TIFF", frames=3)
    pixels = (np.random.default_rng(height).random(layout.shape) * 250).astype(layout.dtype)
    return Picture(layout, pixels, Metadata(dpi=(dpi, dpi)))


@pytest.mark.parametrize("kinds", [("L8", "RGB8", "RGBA8"), ("RGB8", "L16", "LA8")])
def test_pages_differ(kinds: tuple[str, ...]) -> None:
    before = [page(kind, 7 + i, 9 - i, 100.0 + i) for i, kind in enumerate(kinds)]
    data = encode(before, BY_NAME["TIFF"], Saving(), name="o")
    found = list(decode(data, name="a"))
    assert [each.layout for each in found] == [each.layout for each in before]
    assert [each.metadata.dpi for each in found] == [each.metadata.dpi for each in before]
    for expected, picture in zip(before, found, strict=True):
        assert_array_equal(picture.pixels, expected.pixels)
    with Image.open(io.BytesIO(data)) as image:
        assert image.n_frames == 3


def test_deep_pages_differ() -> None:
    pytest.importorskip("OpenImageIO")
    before = [page(kind, 7 + i, 9 - i, 100.0) for i, kind in enumerate(("L8", "RGB16", "RGBA32f"))]
    found = list(decode(encode(before, BY_NAME["TIFF"], Saving(), name="o"), name="a"))
    assert [each.layout for each in found] == [each.layout for each in before]
    for expected, picture in zip(before, found, strict=True):
        assert_array_equal(picture.pixels, expected.pixels)


# --- from file to file ---------------------------------------------------------------------------


def test_formats_of_one_picture_are_refused() -> None:
    layout = Layout.of("RGB8", 3, 3, "GIF", frames=4)
    with pytest.raises(WriteError, match="JPEG cannot hold 4 frames") as caught:
        for_result(".jpg", layout, name="o")
    assert "PNG" in (caught.value.hint or "")
    assert for_result(".tif", layout, name="o").name == "TIFF"
    assert losses(layout, [], BY_NAME["TIFF"], name="o") == ("o: durations left out: TIFF holds pages",)
    shown = Layout.of("RGB8", 3, 3, "GIF", frames=4, loop=3)
    assert losses(shown, [], BY_NAME["AVIF"], name="o") == ("o: AVIF cannot hold that it is shown 3 times",)
    assert losses(shown, [], BY_NAME["WEBP"], name="o") == ()


def test_what_a_palette_holds_is_no_loss() -> None:
    few = np.arange(256 * 3, dtype=np.uint8).reshape(16, 16, 3)  # all colours once
    layout = Layout.of("RGB8", 16, 16, "PNG")
    assert losses(layout, [Picture(layout, few)], BY_NAME["GIF"], name="o") == ()
    one_more = Picture(layout, few[::-1, ::-1, ::-1])
    assert losses(layout, [Picture(layout, few), one_more], BY_NAME["GIF"], name="o") == (
        "o: GIF holds 256 colours: reduced",
    )


@pytest.mark.parametrize(("alpha", "held"), [(0, False), (1, False), (255, True)])
def test_a_transparent_pixel_takes_a_place_in_the_palette(alpha: int, held: bool) -> None:
    layout = Layout.of("RGBA8", 16, 17, "PNG")
    pixels = np.full((16, 17, 4), 255, np.uint8)
    pixels[:, :16, :3] = np.arange(256 * 3, dtype=np.uint8).reshape(16, 16, 3)
    pixels[:, 16] = *pixels[0, 0, :3], alpha
    said = losses(layout, [Picture(layout, pixels)], BY_NAME["GIF"], name="o")
    assert (said == ()) is held
    fewer = pixels.copy()
    fewer[0, 1] = fewer[0, 0]
    said = losses(layout, [Picture(layout, fewer)], BY_NAME["GIF"], name="o")
    assert (said == ()) is (alpha in (0, 255))


def test_durations_of_png_are_fractions() -> None:
    frames = [
        Picture(Layout.of("L8", 2, 2, "PNG", frames=3), np.full((2, 2), v, np.uint8), duration=d)
        for v, d in ((1, 100 / 3), (2, 1000 / 60), (3, 40.0))
    ]
    again = list(decode(encode(frames, BY_NAME["PNG"], Saving(), name="o"), name="a"))
    assert [each.duration for each in again] == pytest.approx([100 / 3, 1000 / 60, 40.0])


def test_animations_do_not_tell_when_they_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout.of("RGB8", 16, 16, "AVIF", frames=2)
    rng = np.random.default_rng(2)
    frames = [Picture(layout, rng.integers(0, 256, (16, 16, 3)).astype(np.uint8), duration=50) for _ in "ab"]
    first = encode(frames, BY_NAME["AVIF"], Saving(), name="o")
    assert encode(frames, BY_NAME["AVIF"], Saving(), name="o") == first
    for box in (b"mvhd", b"tkhd", b"mdhd"):
        at = first.index(box) + 4
        assert not any(first[at + 4 : at + (20 if first[at] else 12)])
    assert len(list(decode(first, name="a"))) == 2


@pytest.mark.parametrize("suffix", [".png", ".gif", ".webp", ".jpg"])
def test_pages_are_no_animation(suffix: str) -> None:
    layout = Layout.of("RGB8", 3, 3, "TIFF", frames=4)
    with pytest.raises(WriteError, match="cannot hold 4 pages") as caught:
        for_result(suffix, layout, name="o")
    assert caught.value.hint == "write TIFF, e.g. with --format tif"


def test_a_gif_keeps_its_comment() -> None:
    data = saved(frames()[:3], "GIF", comment=b"made by hand")
    found = list(decode(data, name="a"))
    assert found[0].metadata.texts == (("Comment", "made by hand"),)
    again = encode(found, BY_NAME["GIF"], Saving(), name="o")
    assert next(decode(again, name="a")).metadata.texts == found[0].metadata.texts


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp"])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_blurred_animation_has_the_frames_of_the_sharp_one(
    suffix: str, alpha: bool, work: Path, convcli: Callable[..., tuple[int, str, str]]
) -> None:
    before = frames(alpha=alpha)
    source = encode(pictures(before), BY_NAME["GIF" if suffix == ".gif" else "PNG"], Saving(), name="o")
    name = "a.gif" if suffix == ".gif" else "a.png"
    Path(name).write_bytes(source)
    code, _, said = convcli("blur", name, "-o", f"b{suffix}")
    assert code == 0, said
    after, durations = shown(Path(f"b{suffix}").read_bytes())
    assert "5 frames" in said
    if suffix == ".webp":
        assert durations == [100, 40, 290, 70]
        assert "1 frames that repeat" in said
    else:
        assert durations == DURATIONS
        assert probe(Path(f"b{suffix}").read_bytes(), name="a").loop == 0
    single = encode(pictures(before)[:1], BY_NAME["PNG"], Saving(), name="o")
    Path("one.png").write_bytes(single)
    assert convcli("blur", "one.png", "-o", "still.png")[0] == 0
    still = np.asarray(Image.open("still.png").convert("RGBA")).astype(float)
    if suffix != ".gif":
        assert_array_equal(visible(after[0]), visible(still.astype(np.uint8)))
    else:
        assert np.abs(after[0][..., :3] - still[..., :3])[still[..., 3] > 250].mean() < 20


def test_pages_are_all_blurred(work: Path, convcli: Callable[..., tuple[int, str, str]]) -> None:
    before = [page(kind, 7 + i, 9 - i, 100.0) for i, kind in enumerate(("L8", "RGB8", "RGBA8"))]
    Path("a.tif").write_bytes(encode(before, BY_NAME["TIFF"], Saving(), name="o"))
    code, _, said = convcli("blur", "a.tif")
    assert code == 0, said
    assert "3 pages" in said
    found = list(decode(Path("a-blur.tif").read_bytes(), name="a"))
    assert [each.layout for each in found] == [each.layout for each in before]
    assert convcli("blur", "a.tif", "-o", "b.jpg")[0] == 1


def test_frames_count_as_pixels() -> None:
    data = encode(pictures(frames()), BY_NAME["GIF"], Saving(), name="o")
    together = 5 * 16_384
    assert probe(data, name="a", max_pixels=together // 4).frames == 5
    message = f"5 frames of {together} pixels together, more than the {together - 4} that are read"
    with pytest.raises(ReadError, match=message) as caught:
        probe(data, name="a", max_pixels=together // 4 - 1)
    assert f"--max-pixels {together // 4}" in (caught.value.hint or "")
    with pytest.raises(ReadError, match="768 pixels, more than the 767"):
        probe(data, name="a", max_pixels=767)
    assert 4 * MAX_PIXELS // 16_384 > 10_000
