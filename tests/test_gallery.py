"""The gallery shows what its commands make: names, options, sizes, and some of the pictures themselves."""

import importlib.util
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import typer
from PIL import Image, ImageSequence

from convcli.cli import app

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "gallery.md"
PICTURES = ROOT / "docs" / "gallery"


def script() -> ModuleType:
    """Return docs/make_gallery.py as a module."""
    spec = importlib.util.spec_from_file_location("make_gallery", ROOT / "docs" / "make_gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


gallery = script()
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = gallery.blocks(TEXT)
COMMANDS = [line for block in BLOCKS for line in block.commands]
MADE = [name for block in BLOCKS for name in block.pictures]


def test_every_picture_on_the_page_is_made_by_one_command_and_every_other_way_round() -> None:
    assert len(MADE) > 20
    assert sorted(gallery.shown(TEXT)) == sorted(MADE)
    assert len(set(MADE)) == len(MADE)
    assert {path.name for path in PICTURES.iterdir()} == set(MADE)
    assert all(block.commands and block.pictures for block in BLOCKS)


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("convcli ")])
def test_every_command_parses(command: str) -> None:
    arguments = shlex.split(command)[1:]
    parser = typer.main.get_command(app(arguments))
    context = parser.make_context("convcli", list(arguments))
    found = parser.resolve_command(context, arguments)  # type: ignore[attr-defined]
    made = found[1].make_context(arguments[0], arguments[1:], parent=context)
    assert made.info_name == arguments[0]


def test_samples_named_on_the_page_are_there() -> None:
    named = set(re.findall(r"samples/[\w.-]+", TEXT))
    assert named
    assert all((ROOT / name).is_file() for name in named)


def test_pictures_are_small() -> None:
    sizes = {name: (PICTURES / name).stat().st_size for name in MADE}
    assert max(sizes.values()) < 150_000, sizes
    assert sum(sizes.values()) < 2_000_000


def test_the_readme_shows_pictures_that_are_there_with_words_for_them() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sources = re.findall(r'<img src="([^"]+)" alt="[^"]{20,}"', readme)
    assert len(sources) == readme.count("<img ") >= 4
    assert all(source.startswith("docs/gallery/") and (ROOT / source).is_file() for source in sources)
    assert "(docs/gallery.md)" in readme


def frames(path: Path) -> list[np.ndarray]:
    with Image.open(path) as image:
        return [np.asarray(frame.convert("RGB"), np.int16) for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize(
    "name", ["coffee-box.jpg", "outlines-light.jpg", "astronaut-otsu.png", "ribbon.gif", "smoothing.svg"]
)
def test_pictures_are_what_their_commands_make(name: str, tmp_path: Path) -> None:
    [block] = [block for block in BLOCKS if name in block.pictures]
    made = {path.name: path for path in gallery.run(block, tmp_path)}
    assert set(made) == set(block.pictures)
    old = f"the command draws something else now; look at it, and run docs/make_gallery.py {name}"
    if name.endswith(".svg"):
        assert made[name].read_bytes() == (PICTURES / name).read_bytes(), old
        return
    fresh, kept = frames(made[name]), frames(PICTURES / name)
    assert [each.shape for each in fresh] == [each.shape for each in kept], old
    # Other builds of libjpeg round differently, and other fonts have other edges.
    tolerance = {".jpg": 0.5, ".gif": 0.5}.get(made[name].suffix, 0)
    assert all(np.abs(a - b).mean() <= tolerance for a, b in zip(fresh, kept, strict=True)), old


def small_page(folder: Path, *commands: str) -> Path:
    """Return a page with one block of commands, and its empty folder of pictures."""
    (folder / "gallery").mkdir()
    lines = "\n".join(f"$ {command}" for command in commands)
    page = folder / "gallery.md"
    page.write_text(f"```console\n{lines}\n```\n")
    return page


def test_the_commands_of_a_block_share_a_folder(tmp_path: Path) -> None:
    page = small_page(
        tmp_path,
        "echo 1,2,3 > numbers.csv",
        "convcli blur numbers.csv -o docs/gallery/a.csv",
    )
    assert list(gallery.make([], page=page)) == ["a.csv"]
    assert (tmp_path / "gallery" / "a.csv").read_text().strip()
    assert list(gallery.make(["b"], page=page)) == []


def test_what_is_not_installed_is_left_as_it_was(tmp_path: Path) -> None:
    page = small_page(tmp_path, "no-such-browser --screenshot=docs/gallery/a.png")
    assert list(gallery.make([], page=page)) == ["left as it was, no-such-browser is not installed: a.png"]


def test_a_command_that_fails_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = small_page(tmp_path, "convcli blur no-such.png -o docs/gallery/a.png")
    assert gallery.main([], page=page) == 1
    assert "no-such.png: no such file" in capsys.readouterr().err
