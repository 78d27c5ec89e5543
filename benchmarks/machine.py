"""What the figures were measured on and with."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    *("numpy", "scipy", "pillow", "soundfile", "typer"),
    *("opencv-python-headless", "pyvips", "pyvips-binary", "scikit-image", "pedalboard", "matplotlib"),
)

# Programs, and how each tells its version.
PROGRAMS: Mapping[str, str] = {
    "vips": "--version",
    "convert": "-version",
    "gm": "version",
    "gmic": "version",
    "ffmpeg": "-version",
    "sox": "--version",
}


def describe(threads: int) -> dict[str, str]:
    """Processor, system and versions, by what they are; what is not installed is left out.

    Parameters
    ----------
    threads : int
        That every tool was allowed.
    """
    told = {
        "processor": _processor(),
        "CPUs": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}",
        "threads": str(threads),
        "Python": platform.python_version(),
        "convcli": _own_version(),
        "BLAS": _blas(),
    }
    for package in PACKAGES:
        try:
            told[package] = version(package)
        except PackageNotFoundError:
            continue
    programs = {program: _program(program, option) for program, option in PROGRAMS.items()}
    return {name: text for name, text in {**told, **programs}.items() if text}


def _own_version() -> str:
    import convcli

    return convcli.__version__


def _processor() -> str:
    """The name, and family and model, which tell apart what is sold under one name."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    pairs = [line.partition(":") for line in text.partition("\n\n")[0].splitlines()]
    known = {name.strip(): value.strip() for name, _, value in pairs}
    name = known.get("model name", platform.processor())
    return f"{name} (family {known.get('cpu family', '?')}, model {known.get('model', '?')})"


def _memory() -> str:
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return ""
    return f"{pages * size / 2**30:.0f} GiB"


_RESTRICTING = ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def _blas() -> str:
    import numpy as np

    found = np.show_config(mode="dicts")
    blas = found.get("Build Dependencies", {}).get("blas", {}) if isinstance(found, dict) else {}
    # These restrict which vector code it uses and how many threads, and so belong to its name.
    given = [f"{name}={os.environ[name]}" for name in _RESTRICTING if os.environ.get(name)]
    return " ".join([blas.get("name", ""), blas.get("version", ""), *given]).strip()


def _program(name: str, option: str) -> str:
    """The first number with a point in what a program says about itself."""
    path = shutil.which(name)
    if path is None:
        return ""
    done = subprocess.run([path, option], capture_output=True, check=False, timeout=30)
    said = (done.stdout + done.stderr).decode(errors="replace")
    found = re.search(r"\d+\.\d+[\w.+-]*", said)
    return found.group() if found else "installed"
