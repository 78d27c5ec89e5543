"""The one place where errors become messages and exit codes."""

import os
import re
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import typer

from . import console
from .cli import app
from .errors import ConvError, UsageError, WriteError, internal_error
from .files import STREAM, write_error

INTERRUPTED = 130  # 128 + SIGINT, as shells report it
CLOSED_PIPE = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; None: those of the process.

    Returns
    -------
    int
        0 done; 1 something could not be read, computed or written; 2 usage; 130 interrupted;
        141 the reader of standard output went away.
    """
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - it stands in to the end
    if sys.stdout is None:
        return _fail(WriteError("standard output: is closed"))
    _clean_up_when_terminated()
    code = 0
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
        return code or CLOSED_PIPE
    except OSError as error:  # only the flush gets here: a full disk behind a redirection
        _abandon_stdout()
        return code or _fail(write_error("-", error))
    return code


def _run(argv: Sequence[str] | None) -> int:
    """Run the app, and turn every exception but a closed pipe into a message and an exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        return int(app(arguments)(args=arguments, prog_name="convcli", standalone_mode=False) or 0)
    except typer.TyperException as error:
        return _fail(_as_usage_error(error, arguments))
    except ConvError as error:
        return _fail(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except SystemExit as error:
        # Typer turns a closed pipe into a plain exit with code 1; its cause stays in the context.
        if isinstance(error.__context__, BrokenPipeError):
            raise error.__context__ from None
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BrokenPipeError:
        raise
    except OSError as error:  # one without a name comes from a descriptor: standard output
        return _fail(write_error(str(error.filename or STREAM), error))
    except MemoryError:
        return _fail(ConvError("not enough memory"))
    except Exception as error:
        return _fail(internal_error(error))


def _fail(error: ConvError) -> int:
    console.error(error)
    return error.exit_code


def _as_usage_error(error: typer.TyperException, arguments: Sequence[str]) -> UsageError:
    message = error.format_message().replace("Value error, ", "").removesuffix(".")
    message = message[:1].lower() + message[1:]
    if re.match(r"no such option: -[\d.]", message):
        return UsageError(message, hint="put -- before arguments that begin with a minus")
    context = getattr(error, "ctx", None)  # errors about values that come in pairs carry none
    named = [word for word in arguments[:1] if not word.startswith("-")]
    command = getattr(context, "command_path", " ".join(["convcli", *named]))
    return UsageError(message, hint=f"try '{command} --help'")


def _abandon_stdout() -> None:
    """Nobody reads standard output any more: let the interpreter's last flush go nowhere."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)


def _clean_up_when_terminated() -> None:
    """Let signals that end the process unwind the stack, so that temporary files are removed."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup stays nohup
            signal.signal(number, leave)


if __name__ == "__main__":
    sys.exit(main())
