"""Bytes in, bytes out: atomic writes, devices and pipes, names for messages."""

import os
import stat
import threading
from pathlib import Path

import pytest

from convcli import files
from convcli.errors import ReadError, WriteError
from convcli.files import STREAM


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


class TestWriting:
    def test_a_failure_leaves_nothing(self, tmp_path: Path) -> None:
        target = tmp_path / "a.png"
        with pytest.raises(RuntimeError), files.replacing(str(target)) as temporary:
            temporary.write_bytes(b"half")
            raise RuntimeError
        assert list(tmp_path.iterdir()) == []

    def test_a_failure_keeps_the_old_file(self, tmp_path: Path) -> None:
        target = tmp_path / "a.png"
        target.write_bytes(b"old")
        with pytest.raises(KeyboardInterrupt), files.replacing(str(target), force=True) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt
        assert target.read_bytes() == b"old"
        assert leftovers(tmp_path) == []

    def test_the_system_refuses(self, tmp_path: Path) -> None:
        with pytest.raises(WriteError, match="full"), files.replacing(str(tmp_path / "a.png")):
            raise OSError(28, "Disk full")
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(WriteError, match=r"none/a\.png"):
            files.write_bytes(str(tmp_path / "none" / "a.png"), b"x")

    def test_no_overwrite_even_if_it_appeared_meanwhile(self, tmp_path: Path) -> None:
        target = tmp_path / "a.png"
        with pytest.raises(WriteError, match="exists"), files.replacing(str(target)) as temporary:
            temporary.write_bytes(b"new")
            target.write_bytes(b"other")
        assert target.read_bytes() == b"other"
        assert leftovers(tmp_path) == []

    def test_the_temporary_file_stands_in_the_same_folder_with_the_same_suffix(self, tmp_path: Path) -> None:
        with files.replacing(str(tmp_path / "a.png")) as temporary:
            assert (temporary.parent, temporary.suffix) == (tmp_path, ".png")

    def test_permissions_follow_the_umask_or_the_old_file(self, tmp_path: Path) -> None:
        old, new = tmp_path / "old", tmp_path / "new"
        old.write_bytes(b"x")
        old.chmod(0o640)
        mask = os.umask(0o027)
        try:
            files.write_bytes(str(new), b"y")
            files.write_bytes(str(old), b"y", force=True)
        finally:
            os.umask(mask)
        assert stat.S_IMODE(new.stat().st_mode) == 0o640
        assert stat.S_IMODE(old.stat().st_mode) == 0o640

    def test_links_are_followed(self, tmp_path: Path) -> None:
        (tmp_path / "real.png").write_bytes(b"old")
        (tmp_path / "link.png").symlink_to("real.png")
        files.write_bytes(str(tmp_path / "link.png"), b"new", force=True)
        assert (tmp_path / "link.png").is_symlink()
        assert (tmp_path / "real.png").read_bytes() == b"new"

    def test_devices_are_written_to(self) -> None:
        files.write_bytes(os.devnull, b"data")
        assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)

    def test_pipes_on_descriptors_are_written_to(self) -> None:
        reader, writer = os.pipe()
        received: list[bytes] = []
        thread = threading.Thread(target=lambda: received.append(os.read(reader, 100)))
        thread.start()
        files.write_bytes(f"/dev/fd/{writer}", b"data")
        thread.join(10)
        os.close(reader)
        os.close(writer)
        assert received == [b"data"]

    def test_stdout_gets_every_byte(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        data = bytes(range(256)) * 4096
        files.write_bytes(STREAM, data)
        assert capfdbinary.readouterr().out == data


class TestReading:
    def test_empty_and_missing_files(self, tmp_path: Path) -> None:
        (tmp_path / "empty").touch()
        with pytest.raises(ReadError, match="empty"):
            files.read_bytes(str(tmp_path / "empty"))
        with pytest.raises(ReadError, match="no such file"):
            files.read_bytes(str(tmp_path / "none"))

    def test_whoever_watches_gets_every_part(self, tmp_path: Path) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(bytes(range(256)) * 10_000)
        parts: list[tuple[bytes, int]] = []
        data = files.read_bytes(str(path), watch=lambda *part: parts.append(part))
        assert data == path.read_bytes() == b"".join(part for part, _ in parts)
        assert [before for _, before in parts[:2]] == [0, len(parts[0][0])]

    def test_what_is_refused_is_not_read_on(self) -> None:
        """An endless stream, such as a device or a pipe, would take all memory."""

        def refuse(part: bytes, before: int) -> None:
            assert (part, before) == (b"x" * 4096, 0)
            raise ReadError("wrong")

        reader, writer = os.pipe()
        os.write(writer, b"x" * 4096)  # and never an end
        with pytest.raises(ReadError, match="wrong"):
            files.read_bytes(f"/dev/fd/{reader}", watch=refuse)
        os.close(reader)
        os.close(writer)

    def test_display_names(self) -> None:
        assert files.display_name("a.png") == "a.png"
        assert files.display_name(STREAM) == "standard input"
        assert files.display_name(STREAM, output=True) == "standard output"
