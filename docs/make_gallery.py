"""Make the pictures of gallery.md anew, by the command lines that stand there.

    python docs/make_gallery.py              all of them
    python docs/make_gallery.py coffee ball  those whose names contain a word, and what is made with them

The page is the list: what stands in its console blocks is run in a folder of its own, beside the samples, and
what that writes to docs/gallery/ replaces what is there. The same samples give the same pictures; the letters
of plots, and a page in a browser, look a little different with other versions of matplotlib and chromium. A
block that needs a program which is not installed is left out, and this is said.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "gallery.md"
PICTURES = "docs/gallery"


@dataclass(frozen=True, slots=True)
class Block:
    """Command lines that belong together: the later may use what the earlier wrote.

    Parameters
    ----------
    commands : tuple of str
        Lines for a shell, to be run from the root of the repository.
    """

    commands: tuple[str, ...]

    @property
    def pictures(self) -> tuple[str, ...]:
        """Names of the pictures that they write to the gallery."""
        return tuple(name for line in self.commands for name in re.findall(rf"{PICTURES}/([\w.-]+)", line))

    @property
    def missing(self) -> tuple[str, ...]:
        """Programs that they need and that are not installed."""
        programs = {shlex.split(line)[0] for line in self.commands} - {"convcli"}
        return tuple(sorted(program for program in programs if shutil.which(program) is None))


def blocks(page: str) -> list[Block]:
    """Return the console blocks of a page, each with its command lines."""
    texts = re.findall(r"^```console\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [Block(tuple(re.findall(r"^\$ (.*)$", text, re.MULTILINE))) for text in texts]


def shown(page: str) -> list[str]:
    """Return the names of the pictures that a page shows, in their order."""
    return re.findall(r"!\[[^\]]+\]\(gallery/([\w.-]+)\)", page)


def run(block: Block, folder: Path) -> Iterator[Path]:
    """Run the commands of a block in a folder that holds the samples, and yield the pictures.

    Raises
    ------
    subprocess.CalledProcessError
        If a command fails; its last line says why.
    """
    program = folder / ".bin" / "convcli"
    if not program.exists():
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convcli "$@"\n')
        program.chmod(0o755)
        (folder / "samples").symlink_to(DOCS.parent / "samples")
        (folder / PICTURES).mkdir(parents=True)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    for line in block.commands:
        subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=folder,
            env={**os.environ, "PATH": path},
            check=True,
            capture_output=True,
            text=True,
        )
    for name in block.pictures:
        yield folder / PICTURES / name


def make(words: Sequence[str], *, page: Path = PAGE) -> Iterator[str]:
    """Make the pictures of a page, or those with one of some words in their names, and say what was done.

    Parameters
    ----------
    words : sequence of str
        Parts of names; none of them: all pictures.
    page : Path
        Beside it is the folder ``gallery``.
    """
    for block in blocks(page.read_text(encoding="utf-8")):
        names = ", ".join(block.pictures)
        if words and not any(word in name for word in words for name in block.pictures):
            continue
        if block.missing:
            yield f"left as it was, {', '.join(block.missing)} is not installed: {names}"
            continue
        with tempfile.TemporaryDirectory() as folder:
            for picture in run(block, Path(folder)):
                shutil.move(picture, page.parent / "gallery" / picture.name)
        yield names


def main(words: Sequence[str], *, page: Path = PAGE) -> int:
    """Make pictures; the exit code is 1 if a command failed."""
    (page.parent / "gallery").mkdir(exist_ok=True)
    try:
        for line in make(words, page=page):
            sys.stdout.write(f"{line}\n")
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{error.cmd[-1]}\n{error.stderr}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
