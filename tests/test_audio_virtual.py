"""What goes wrong in a callback is told afterwards: full disks, and signals."""

import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
from io import FileIO
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from convcli.audio import reading, virtual, writing
from convcli.audio.formats import Encoding
from convcli.errors import WriteError

posix = pytest.mark.skipif(os.name == "nt", reason="no limits and no such signals")

FULL_DISK = """
import os, resource, signal, sys
import numpy as np
from convcli.audio import writing
from convcli.audio.formats import Encoding
from convcli.errors import WriteError

container, subtype, frames = sys.argv[1], sys.argv[2], int(sys.argv[3])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
x = np.random.default_rng(0).uniform(-0.5, 0.5, (frames, 2))

def attempt(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    with writing.opened("a.snd", Encoding(container, subtype, 48000, 2), frames=None, tags={}) as sink:
        for block in np.array_split(x.copy(), 3):
            sink.write(block)

attempt(most)
size = os.path.getsize("a.snd")
os.remove("a.snd")
for limit in (0, 30, size // 2, size - 4500, size - 1):
    if limit < 0:
        continue
    try:
        attempt(limit)
    except WriteError as error:
        assert error.message == "a.snd: file too large", error.message
    else:
        sys.exit(f"{limit} of {size} bytes went unnoticed")
    assert os.listdir() == [], limit
attempt(size)
"""


@posix
@pytest.mark.parametrize("frames", [1, 20_000])
@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("AIFF", "PCM_24"),
        ("MP3", "MPEG_LAYER_III"),
        ("CAF", "FLOAT"),
    ],
)
def test_a_disk_that_takes_no_more(tmp_path, container, subtype, frames):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, container, subtype, str(frames)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


class Grudging(FileIO):
    """Takes a byte at a time, and refuses to close in peace."""

    def write(self, data):
        return super().write(data[:1])

    def close(self):
        if not self.closed:
            super().close()
            raise OSError(28, "No space left on device")


def test_writes_are_whole_and_closing_can_fail(tmp_path):
    file = virtual.Written(Grudging(tmp_path / "a", "w"), name="a.wav")
    assert file.write(b"hello") == 5
    file.check()
    file.close()
    with pytest.raises(WriteError, match=r"a\.wav: no space left on device"):
        file.check()
    assert (tmp_path / "a").read_bytes() == b"hello"


class TestSignals:
    @pytest.fixture(autouse=True)
    def handled(self):
        """Have signals raise, as they do when the command line runs."""

        def leave(number, _frame):
            raise SystemExit(128 + number)

        handlers = {signal.SIGTERM: leave, signal.SIGINT: signal.default_int_handler}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        yield
        for number, handler in before.items():
            signal.signal(number, handler)

    @pytest.mark.parametrize(
        ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
    )
    def test_they_wait_for_the_end(self, number, raised):
        before = signal.getsignal(number)
        ended = False
        with pytest.raises(raised), virtual.undisturbed():
            signal.raise_signal(number)
            ended = True
        assert ended
        assert signal.getsignal(number) is before

    @posix
    def test_what_is_ignored_stays_ignored(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with virtual.undisturbed():
                signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGHUP, before)

    def test_other_threads_have_none(self):
        ended = []

        def work():
            with virtual.undisturbed():
                ended.append(True)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert ended == [True]

    @pytest.mark.parametrize("container", ["WAV", "FLAC"])
    def test_an_interrupt_while_writing(self, tmp_path, monkeypatch, capfd, container):
        write = virtual.Written.write

        def interrupted(self, data):
            signal.raise_signal(signal.SIGINT)
            return write(self, data)

        monkeypatch.setattr(virtual.Written, "write", interrupted)
        encoding = Encoding(container, "PCM_16", 8000, 1)
        with (
            pytest.raises(KeyboardInterrupt),
            writing.opened(str(tmp_path / "a.snd"), encoding, frames=None, tags={}) as sink,
        ):
            sink.write(np.zeros((9000, 1)))
        assert list(tmp_path.iterdir()) == []
        assert capfd.readouterr().err == ""

    def test_an_interrupt_while_reading(self, tmp_path, monkeypatch, capfd):
        path = tmp_path / "a.flac"
        soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 90_000), 8000)
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(path.read_bytes())))
        with reading.opened("-") as sound:
            readinto = tempfile.SpooledTemporaryFile.readinto

            def interrupted(self, buffer):
                signal.raise_signal(signal.SIGINT)
                return readinto(self, buffer)

            monkeypatch.setattr(tempfile.SpooledTemporaryFile, "readinto", interrupted)
            with pytest.raises(KeyboardInterrupt):
                list(sound.blocks())
        assert capfd.readouterr().err == ""
