"""Errors become one line and an exit code, in one place."""

import signal
from collections.abc import Callable

import pytest
import typer

from convcli import __main__, __version__
from convcli.errors import ConvError, UsageError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make the app raise what is given."""

    def arrange(error: BaseException) -> None:
        def app(**_: object) -> int:
            raise error

        monkeypatch.setattr(__main__, "app", lambda _arguments: app)

    return arrange


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ConvError("a.png: is odd", hint="even it"), 1, "convcli: error: a.png: is odd\nhint: even it\n"),
        (UsageError("--size: too long"), 2, "convcli: error: --size: too long\n"),
        (MemoryError(), 1, "convcli: error: not enough memory\n"),
        (KeyboardInterrupt(), 130, ""),
        (typer.Abort(), 130, ""),
        (SystemExit(143), 143, ""),
        (SystemExit(), 0, ""),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_exit_codes(
    convcli: Run, failing: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch,
    error: BaseException, code: int, text: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(__main__, "_abandon_stdout", lambda: None)
    failing(error)
    assert convcli() == (code, "", text)


def test_unknown_errors_are_short_and_say_how_to_see_more(
    convcli: Run, failing: Callable[[BaseException], None]
) -> None:
    failing(ZeroDivisionError("division by zero"))
    code, _, err = convcli()
    assert code == 1
    assert err.startswith("convcli: error: ZeroDivisionError: division by zero\nhint: set CONVCLI_DEBUG=1")


def test_debug_shows_the_traceback(
    convcli: Run, failing: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVCLI_DEBUG", "1")
    failing(ZeroDivisionError("division by zero"))
    assert "in app\n" in convcli()[2]


def test_typers_own_errors_have_the_same_form(convcli: Run) -> None:
    code, out, err = convcli("blur", "--sise", "3", "x.png")
    assert (code, out) == (2, "")
    assert err.startswith("convcli: error: no such option: --sise")
    assert err.endswith("\nhint: try 'convcli blur --help'\n")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("probability", "2d6", "--between", "5"), "try 'convcli probability --help'"),
        (("probability", "-1"), "put -- before arguments that begin with a minus"),
        (("--nonsense",), "try 'convcli --help'"),
        (("blurr",), "try 'convcli --help'"),
    ],
)
def test_the_hint_leads_on(convcli: Run, arguments: tuple[str, ...], hint: str) -> None:
    code, out, err = convcli(*arguments)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == f"hint: {hint}"


def test_choices_are_listed(convcli: Run) -> None:
    code, _, err = convcli("blur", "--method", "magic", "x.png")
    assert code == 2
    assert "'magic' is not one of 'auto', 'taps'" in err
    assert "Value error" not in err


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_version(convcli: Run, flag: str) -> None:
    assert convcli(flag) == (0, f"convcli {__version__}\n", "")


def test_no_arguments_print_the_help_and_count_as_usage(convcli: Run) -> None:
    code, out, err = convcli()
    assert (code, err) == (2, "")
    assert out.strip() == convcli("--help")[1].strip()


def test_a_close_command_is_suggested(convcli: Run) -> None:
    code, _, err = convcli("blurr")
    assert code == 2
    assert "blur" in err.splitlines()[0].split("'blurr'")[1]


def test_termination_unwinds(convcli: Run) -> None:
    convcli("--version")
    with pytest.raises(SystemExit) as caught:
        signal.raise_signal(signal.SIGTERM)
    assert caught.value.code == 143
