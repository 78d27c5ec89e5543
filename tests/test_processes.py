"""Real processes: pipes, closed pipes, signals, terminals, the installed program."""

import io
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convcli import __version__

Process = Callable[..., subprocess.CompletedProcess[bytes]]
CONVCLI = f'"{sys.executable}" -m convcli'

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes and signals")


def shell(script: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a bash script in which ``convcli`` is the program under test."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'convcli() {{ {CONVCLI} "$@"; }}\n{script}'],
        cwd=cwd,
        capture_output=True,
        timeout=120,
        env={**os.environ, **variables},
        check=False,
    )


def wav(frames: int, *, channels: int = 1, rate: int = 8000) -> bytes:
    """Return a WAV file of reproducible 16-bit noise."""
    noise = np.random.default_rng(1).integers(-8000, 8000, (frames, channels), dtype=np.int16)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((channels, 2, rate, frames, "NONE", ""))
        sound.writeframes(noise.tobytes())
    return buffer.getvalue()


class TestPipes:
    def test_pictures_through_two_commands(self, samples: Path, tmp_path: Path) -> None:
        photo = samples / "chelsea.png"
        done = shell(f"cat {photo} | convcli blur - | convcli edge - > out.png", tmp_path)
        assert done.returncode == 0, done.stderr.decode()
        with Image.open(tmp_path / "out.png") as piped, Image.open(photo) as original:
            assert (piped.format, piped.size, piped.mode) == ("PNG", original.size, original.mode)
            piped_pixels = np.asarray(piped)
        shell(f"convcli blur {photo} -o a.png && convcli edge a.png -o b.png", tmp_path)
        with Image.open(tmp_path / "b.png") as filed:
            assert np.array_equal(piped_pixels, np.asarray(filed))

    def test_sound_through_a_pipe(self, process: Process) -> None:
        done = process("echo", "-", "--delay", "100ms", input=wav(4000))
        assert done.returncode == 0, done.stderr.decode()
        with wave.open(io.BytesIO(done.stdout)) as sound:
            assert sound.getparams()[:4] == (1, 2, 8000, 4000 + 800)

    def test_bytes_arrive_whole_without_buffering(self, samples: Path, tmp_path: Path) -> None:
        script = f"convcli blur {samples / 'astronaut.png'} -o - | (sleep 0.5; cat) > out.png"
        assert shell(script, tmp_path, PYTHONUNBUFFERED="1").returncode == 0
        with Image.open(tmp_path / "out.png") as picture:
            assert np.asarray(picture).shape == (512, 512, 3)

    def test_a_format_for_stdout(self, samples: Path, process: Process) -> None:
        done = process("blur", samples / "coffee.png", "-o", "-", "--format", "jpeg")
        assert done.stdout.startswith(b"\xff\xd8")

    @pytest.mark.skipif(shutil.which("sox") is None, reason="sox is not installed")
    def test_between_sox_and_soxi(self, samples: Path, tmp_path: Path) -> None:
        crow = samples / "misc_crow.flac"
        done = shell(f"sox {crow} -t wav - | convcli echo - | soxi -s -", tmp_path)
        assert done.stdout.split() == [b"34426"]  # 21196 + 0.3 * 44100
        script = f"sox {crow} -t wav - | convcli echo - | sox -t wav - out.wav && soxi -s out.wav"
        assert shell(script, tmp_path).stdout.split() == [b"34426"]


class TestClosedPipes:
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize(
        "command",
        [
            "--help",
            "shape --stride 2",
            "probability 300d6 --format csv",
            "blur samples/coffee.png -o -",
            "echo samples/perc_snap.wav -o -",
        ],
    )
    def test_exit_141_in_silence(self, work: Path, command: str, unbuffered: str) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [sys.executable, "-m", "convcli", *command.split()],
            cwd=work,
            stdout=writer,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            timeout=60,
            check=False,
        )
        os.close(writer)
        assert done.returncode == 141
        assert b"Traceback" not in done.stderr
        assert b"error" not in done.stderr

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    @pytest.mark.parametrize("command", ["shape --stride 2", "blur samples/coffee.png -o -"])
    def test_a_full_disk_behind_a_redirection(self, work: Path, command: str) -> None:
        done = shell(f"convcli {command} > /dev/full", work)
        assert done.returncode == 1
        assert (
            done.stderr.decode().splitlines()[-1].startswith("convcli: error: standard output: no space left")
        )


class TestEndlessInputs:
    @pytest.mark.parametrize(
        ("source", "error"),
        [
            ("cat /dev/zero", "standard input: not a picture that can be read"),
            ("cat /dev/urandom", "standard input: not a picture that can be read"),
            (
                "yes 1,2,3",
                "standard input: more than 67108864 bytes, too many for the 100000 pixels that are read",
            ),
            (
                "cat samples/coffee.png /dev/zero",
                "standard input: more than 67108864 bytes, too many for the 100000 pixels that are read",
            ),
        ],
    )
    def test_they_are_refused(self, work: Path, source: str, error: str) -> None:
        done = shell(f"ulimit -v 4000000; {source} | convcli blur - --max-pixels 100k -o a.png", work)
        assert done.returncode != 0
        assert done.stderr.decode().splitlines()[0] == f"convcli: error: {error}"
        assert not (work / "a.png").exists()


class TestClosedStreams:
    @pytest.mark.parametrize(
        ("script", "code", "error"),
        [
            ("convcli shape 28 >&-", 1, "standard output: is closed"),
            ("convcli blur samples/coffee.png -o b.png >&-", 1, "standard output: is closed"),
            ("convcli blur - <&- > b.png", 1, "standard input: is closed"),
            ("convcli nonsense 2>&-", 2, ""),
            ("convcli nonsense 2>/dev/full", 2, ""),
            ("convcli blur none.png 2>&-", 1, ""),
        ],
    )
    def test_no_traceback(self, work: Path, script: str, code: int, error: str) -> None:
        done = shell(script, work)
        assert (done.returncode, done.stdout) == (code, b"")
        message = done.stderr.decode().splitlines()[:1]
        assert message == ([f"convcli: error: {error}"] if error else [])
        assert not (work / "b.png").exists() or not (work / "b.png").stat().st_size

    def test_reports_go_nowhere_when_nobody_takes_them(self, work: Path) -> None:
        done = shell("convcli blur samples/coffee.png -o b.png 2>&-", work)
        assert (done.returncode, done.stdout) == (0, b"b.png\n")

    def test_process_substitution_and_descriptors(self, work: Path) -> None:
        script = """
        convcli blur <(cat samples/coffee.png) -o >(cat > a.png) -q && sleep 0.5
        convcli blur samples/coffee.png -o /dev/stdout -q --format png | cat > b.png
        convcli blur samples/coffee.png -o c.png -q && cmp a.png c.png
        cmp b.png c.png
        """
        done = shell(script, work)
        assert done.returncode == 0, done.stderr.decode()

    def test_names_that_the_encoding_lacks(self, work: Path) -> None:
        script = "cp samples/coffee.png ünï☃.png; convcli blur ünï☃.png"
        done = shell(script, work, PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stdout.decode()) == (0, "ünï☃-blur.png\n")
        assert b"\\u2603" in done.stderr


class TestSignals:
    @pytest.mark.parametrize(
        ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
    )
    def test_nothing_partial_is_left(self, tmp_path: Path, number: int, code: int) -> None:
        """Interrupt while the input is still arriving and the output is half-written."""
        # A suite in the background inherits signals that are ignored; a handler is reset for the child.
        kept = {each: signal.signal(each, self.caught) for each in (signal.SIGINT, signal.SIGHUP)}
        running = subprocess.Popen(
            [sys.executable, "-m", "convcli", "echo", "-", "-o", str(tmp_path / "out.wav")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ,
        )
        assert running.stdin is not None
        running.stdin.write(wav(400_000, channels=2, rate=44100)[:-4])
        running.stdin.flush()
        self.wait_for(lambda: any(tmp_path.iterdir()))
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
        for each, handler in kept.items():
            signal.signal(each, handler)
        assert running.returncode == code
        assert (out, err) == (b"", b"")
        assert list(tmp_path.iterdir()) == []

    @staticmethod
    def caught(*_: object) -> None:
        pytest.fail("the signal was not for the tests")

    @staticmethod
    def wait_for(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, "the work did not start"
            time.sleep(0.01)


class TestTerminals:
    """A pseudo-terminal in the place of one of the streams."""

    @staticmethod
    def run(*arguments: object, terminal: str, **variables: str) -> tuple[int, bytes, bytes]:
        """Return the exit code, what the terminal showed, and what the other output stream got."""
        master, slave = pty.openpty()
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM", "COLUMNS")}
        running = subprocess.Popen(
            [sys.executable, "-m", "convcli", *map(str, arguments)],
            **{**streams, terminal: slave},  # type: ignore[call-overload]
            env={**environment, "TERM": "xterm-256color", **variables},
        )
        os.close(slave)
        shown = b""
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                break
            if not chunk:
                break
            shown += chunk
        out, err = running.communicate(timeout=60)
        os.close(master)
        return running.returncode, shown, (out or b"") + (err or b"")

    def test_binary_is_never_written_to_a_terminal(self, samples: Path) -> None:
        code, shown, err = self.run("blur", samples / "coffee.png", "-o", "-", terminal="stdout")
        assert (code, shown) == (2, b"")
        assert b"refusing to write binary data to a terminal" in err

    def test_a_terminal_is_never_read(self) -> None:
        code, _, rest = self.run("blur", "-", terminal="stdin")
        assert code == 2
        assert b"standard input is a terminal" in rest

    def test_colour_only_on_a_terminal(self) -> None:
        arguments = ("probability", "2d6")
        assert b"\x1b[" in self.run(*arguments, terminal="stdout")[1]
        assert b"\x1b[" not in self.run(*arguments, terminal="stderr")[2]
        assert b"\x1b[" not in self.run(*arguments, terminal="stdout", TERM="dumb")[1]
        assert b"\x1b[3" not in self.run(*arguments, terminal="stdout", NO_COLOR="1")[1]


class TestPrograms:
    def test_module_and_entry_point_are_the_same(self, process: Process) -> None:
        expected = f"convcli {__version__}\n".encode()
        assert process("--version").stdout == expected
        program = Path(sys.executable).with_name("convcli")
        if program.exists():
            assert subprocess.run([program, "--version"], capture_output=True, check=True).stdout == expected
        assert b"Usage: convcli shape" in process("shape", "--help").stdout

    def test_the_exit_code_reaches_the_shell(self, process: Process) -> None:
        done = process("blur", "none.png")
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr == b"convcli: error: none.png: no such file\n"

    def test_completion_knows_the_commands(self, process: Process) -> None:
        done = process(_CONVCLI_COMPLETE="complete_bash", COMP_WORDS="convcli con", COMP_CWORD="1")
        assert done.stdout.split() == [b"convolve", b"conv-arith"]
