"""What can go wrong, as exceptions that carry a message, a remedy and an exit code."""

from collections.abc import Sequence


class ConvError(Exception):
    """Something could not be read, computed or written.

    Parameters
    ----------
    message : str
        One line: the thing's name, what is wrong, the rule. Lower case, no full stop.
    hint : str, optional
        The remedy, as a full sentence or a command to type.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ConvError):
    """The request itself is wrong: an option, a text or a combination of them."""

    exit_code = 2


class ReadError(ConvError):
    """An input is missing, unreadable or not what it claims to be."""


class WriteError(ConvError):
    """An output cannot be written, or must not be overwritten."""


class ShapeError(ConvError):
    """Sizes that do not fit each other, such as a kernel larger than its input."""


class CheckErrors(ConvError):
    """Several problems found before any work, each told on a line of its own.

    Parameters
    ----------
    problems : sequence of ConvError
        At least one; the exit code is that of usage only if all of them are.
    """

    def __init__(self, problems: Sequence[ConvError]) -> None:
        super().__init__(f"{len(problems)} problems, nothing was done")
        self.problems = tuple(problems)
        self.exit_code = min(problem.exit_code for problem in problems)


def shortened(text: str) -> str:
    """Return the start of what the user typed, so that a message about a long text stays on its line."""
    return text if len(text) <= 40 else f"{text[:39]}…"


def internal_error(error: Exception) -> ConvError:
    """Say what nobody expected, shortly, and how to see more of it."""
    problem = ConvError(
        f"{type(error).__name__}: {error}",
        hint="set CONVCLI_DEBUG=1 to see where; if this looks like a defect of convcli, please report it",
    )
    problem.__cause__ = error
    return problem
