"""Which input becomes which output, and what is checked before any work."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.errors import CheckErrors, ConvError, ReadError, UsageError, WriteError
from convcli.files import STREAM
from convcli.jobs import Job, plan_jobs

SUFFIXES = {".png", ".jpg", ".tif"}


def plan(*inputs: object, output: object = None, **options: object) -> list[Job]:
    target = None if output is None else str(output)
    return plan_jobs([str(i) for i in inputs], target, command="blur", suffixes=SUFFIXES, **options)  # type: ignore[arg-type]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(b"picture")
    return path


@pytest.fixture
def piped_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())


class TestNames:
    def test_default_is_beside_the_input(self, photo: Path) -> None:
        [job] = plan(photo)
        assert job == Job(str(photo), str(photo.with_name("photo-blur.png")), 1, ".png", False)

    def test_upper_case_suffix_is_kept_in_the_name(self, tmp_path: Path) -> None:
        path = tmp_path / "A.PNG"
        path.write_bytes(b"x")
        [job] = plan(path)
        assert job.target.endswith("A-blur.PNG")
        assert job.suffix == ".png"

    def test_format_decides_suffix_and_format(self, photo: Path) -> None:
        [job] = plan(photo, format="JPG")
        assert (Path(job.target).name, job.suffix) == ("photo-blur.jpg", ".jpg")

    def test_folder_changes_where_not_what(self, photo: Path, tmp_path: Path) -> None:
        folder = tmp_path / "out"
        folder.mkdir()
        [job] = plan(photo, output=folder)
        assert job.target == str(folder / "photo-blur.png")

    def test_template_fields(self, photo: Path) -> None:
        [job] = plan(photo, output="{dir}/{command}_{n:03}_{stem}{suffix}")
        assert job.target == f"{photo.parent}/blur_001_photo.png"

    @pytest.mark.parametrize(
        "template",
        [
            "{name}.png",
            "{}.png",
            "{stem.png",
            "a}b.png",
            "{stem.x}.png",
            "{stem.__class__}.png",
            "{n[0]}.png",
            "{stem!r}.png",
            "{stem:>1000000000}.png",
            "{n:1000000000}.png",
            "{n:.3f}.png",
        ],
    )
    def test_bad_template_lists_the_fields(self, photo: Path, template: str) -> None:
        with pytest.raises(UsageError, match="template") as caught:
            plan(photo, output=template)
        assert "{stem}" in (caught.value.hint or "")

    def test_braces_can_be_written(self, photo: Path) -> None:
        assert plan(photo, output="{{{stem}}}.png")[0].target == "{photo}.png"

    def test_a_pipe_has_no_name_for_a_result(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        with pytest.raises(UsageError, match="no name"):
            plan(tmp_path / "fifo")
        assert plan(tmp_path / "fifo", output=tmp_path / "a.png")[0].suffix == ".png"

    @pytest.mark.usefixtures("piped_stdin")
    def test_the_streams_by_the_systems_names(self, photo: Path) -> None:
        """The path of a result must not follow its bytes into the same stream."""
        assert plan("/dev/stdin") == plan("-")
        assert plan(photo, output="/dev/stdout") == plan(photo, output="-")

    @pytest.mark.usefixtures("piped_stdin")
    def test_stdin_goes_to_stdout_in_the_format_of_the_input(self) -> None:
        assert plan("-") == [Job(STREAM, STREAM, 1, None, False)]
        assert plan("-", format="png")[0].suffix == ".png"

    @pytest.mark.usefixtures("piped_stdin")
    def test_stdin_into_a_folder_has_a_name(self, tmp_path: Path) -> None:
        assert plan("-", output=tmp_path)[0].target == str(tmp_path / "stdin-blur")

    def test_no_suffix_means_the_format_of_the_input(self, photo: Path, tmp_path: Path) -> None:
        assert plan(photo, output=tmp_path / "out")[0].suffix == ".png"

    @given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6, unique=True))
    def test_many_inputs_keep_their_order(self, tmp_path: Path, stems: list[str]) -> None:
        paths = [tmp_path / f"{stem}.png" for stem in stems]
        for path in paths:
            path.write_bytes(b"x")
        jobs = plan(*paths)
        assert [job.source for job in jobs] == [str(path) for path in paths]
        assert [job.number for job in jobs] == list(range(1, len(paths) + 1))


class TestChecks:
    def test_missing_input(self, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match="no such file"):
            plan(tmp_path / "none.png")

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
    @pytest.mark.parametrize("device", [os.devnull, "/dev/zero", "/dev/random"])
    def test_devices_are_no_inputs(self, device: str, tmp_path: Path) -> None:
        for options in ({}, {"output": tmp_path / "a.png"}):
            with pytest.raises(ReadError, match="device"):
                plan(device, **options)

    def test_empty_names(self, photo: Path) -> None:
        with pytest.raises(UsageError, match="empty"):
            plan("")
        with pytest.raises(UsageError, match="empty"):
            plan(photo, output="")

    def test_a_link_to_itself(self, photo: Path, tmp_path: Path) -> None:
        loop = tmp_path / "loop.png"
        loop.symlink_to(loop)
        with pytest.raises(WriteError, match="link to itself"):
            plan(photo, output=loop)

    def test_a_file_in_the_place_of_a_folder(self, photo: Path) -> None:
        with pytest.raises(WriteError, match="is not a folder"):
            plan(photo, output=photo / "x.png")

    def test_standard_input_that_is_closed_or_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", None)
        with pytest.raises(ReadError, match="closed"):
            plan("-")
        terminal = io.StringIO()
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr("sys.stdin", terminal)
        with pytest.raises(UsageError, match="terminal"):
            plan("-")

    def test_folder_as_input(self, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match="folder"):
            plan(tmp_path)

    def test_all_problems_are_told_at_once(self, photo: Path, tmp_path: Path) -> None:
        (tmp_path / "photo-blur.png").write_bytes(b"old")
        with pytest.raises(CheckErrors) as caught:
            plan(tmp_path / "a.png", photo, tmp_path / "b.png")
        assert [type(p) for p in caught.value.problems] == [ReadError, ReadError, WriteError]
        assert caught.value.exit_code == 1

    def test_existing_output_needs_force(self, photo: Path) -> None:
        target = photo.with_name("photo-blur.png")
        target.write_bytes(b"old")
        with pytest.raises(WriteError, match="exists"):
            plan(photo)
        assert plan(photo, force=True)[0].force

    def test_in_place_with_force(self, photo: Path) -> None:
        with pytest.raises(WriteError, match="exists"):
            plan(photo, output=photo)
        assert plan(photo, output=photo, force=True)[0].target == str(photo)

    def test_two_results_with_one_name(self, photo: Path, tmp_path: Path) -> None:
        (tmp_path / "sub").mkdir()
        other = tmp_path / "sub" / "photo.png"
        other.write_bytes(b"x")
        with pytest.raises(UsageError, match="written twice"):
            plan(photo, other, output=tmp_path / "out.png")
        with pytest.raises(UsageError, match="written twice"):
            plan(photo, photo)

    def test_a_result_over_another_input(self, photo: Path, tmp_path: Path) -> None:
        other = tmp_path / "photo-blur.png"
        other.write_bytes(b"x")
        with pytest.raises(UsageError, match="is an input"):
            plan(photo, other, force=True)

    def test_unknown_formats(self, photo: Path, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"'\.xyz'"):
            plan(photo, output=tmp_path / "a.xyz")
        with pytest.raises(UsageError, match="--format"):
            plan(photo, format="xyz")

    def test_missing_folder(self, photo: Path, tmp_path: Path) -> None:
        with pytest.raises(WriteError, match="no such folder"):
            plan(photo, output=tmp_path / "none" / "a.png")

    @pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
    def test_permissions(self, photo: Path, tmp_path: Path) -> None:
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        with pytest.raises(WriteError, match="no permission"):
            plan(photo, output=locked)
        photo.chmod(0)
        with pytest.raises(ReadError, match="permission"):
            plan(photo)

    @pytest.mark.usefixtures("piped_stdin")
    def test_stdin_only_once(self) -> None:
        with pytest.raises(CheckErrors) as caught:
            plan("-", "-")
        assert caught.value.exit_code == 2
        assert "only once" in caught.value.problems[0].message

    def test_stdout_for_one_result_without_json(self, photo: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.png"
        other.write_bytes(b"x")
        assert plan(photo, output="-")[0].target == STREAM
        with pytest.raises(UsageError, match="one result, not 2"):
            plan(photo, other, output="-")
        with pytest.raises(UsageError, match="--json"):
            plan(photo, output="-", json=True)
        assert plan(photo, output="-", json=True, dry_run=True)

    def test_dry_run_does_not_mind_existing_outputs(self, photo: Path) -> None:
        photo.with_name("photo-blur.png").write_bytes(b"old")
        assert len(plan(photo, dry_run=True)) == 1

    def test_devices_are_outputs_without_force(self, photo: Path) -> None:
        assert plan(photo, output=os.devnull)[0].suffix == ".png"


def test_check_errors_are_usage_only_if_all_are() -> None:
    usage, other = UsageError("a"), ConvError("b")
    assert CheckErrors([usage, usage]).exit_code == 2
    assert CheckErrors([usage, other]).exit_code == 1
