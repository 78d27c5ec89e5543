"""Where the text of a network comes from: its name, a file, standard input, or what was typed."""

from pathlib import Path

from convcli.errors import ReadError, UsageError
from convcli.files import STREAM, display_name, read_bytes

_SUFFIXES = (".cfg", ".txt", ".net")
_MOST_BYTES = 10_000_000


def read_network(text: str) -> tuple[str, str]:
    """Return a title for a network and its text.

    Parameters
    ----------
    text : str
        ``-``, the name of a network that comes with the package, a file, or a chain of layers.

    Raises
    ------
    ReadError
        If the file cannot be read, or is no text.
    UsageError
        If it looks like the name of a network or of a file, and is none.
    """
    from convcli.arithmetic.networks.shipped import shipped_names, shipped_text

    if text != STREAM:
        shipped = shipped_text(text)
        if shipped is not None:
            return text, shipped
        if not _is_file(text):
            _check_chain(text, shipped_names())
            return "", text
    try:
        return display_name(text), read_bytes(text, watch=_check_length).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReadError(
            f"{display_name(text)}: is not text", hint="give a chain of layers or a Darknet .cfg as UTF-8"
        ) from None


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a long chain is no name
        return False


def _check_length(part: bytes, before: int) -> None:
    if before + len(part) > _MOST_BYTES:
        raise ReadError(
            f"the text of the network has more than {_MOST_BYTES:,} bytes",
            hint="weights are not read, only layers",
        )


def _check_chain(text: str, names: list[str]) -> None:
    """Refuse a single word that is neither a layer nor a file, with what it might have been."""
    from convcli.arithmetic.networks.words import parse_word

    words = text.split()
    if len(words) != 1 or any(bracket in text for bracket in "[(,;>"):
        return
    if Path(text).suffix.lower() in _SUFFIXES:
        raise ReadError(f"{text}: no such file", hint="a chain of layers is typed in quotes")
    if text.replace("_", "").replace("-", "").isalnum() and not text.lower().startswith("in"):
        try:
            parse_word(text.lower())
        except UsageError:
            raise UsageError(
                f"{text!r} is neither a network, nor a file, nor a layer",
                hint=f"networks: {', '.join(names)}",
            ) from None
