"""What the benchmarks write: JSON that can be read back, tables, and a page without holes."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).resolve().parent.parent))

from benchmarks import choices, plots, report, scaling, tables
from benchmarks.results import Part, Row, Run, load, save

GOALS = {"box": {"slow": 0.5, "quick": 2.0}}


def part(*rows: Row, name: str = "pictures", remarks: tuple[str, ...] = ()) -> Part:
    return Part(name, "2026-01-02 03:04 UTC", "a picture", rows, remarks)


BOX = part(Row("box", "slow", 4.0), Row("box", "convcli", 1.0), Row("box", "quick", 0.25))


times = st.floats(1e-6, 1e3).map(lambda seconds: float(f"{seconds:.4g}"))
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
measured = st.builds(
    Row, words, words, times, st.lists(times, max_size=3).map(tuple), times, words, words,
    st.none() | times, st.none() | times, st.none() | times, st.booleans(),
)  # fmt: skip


@given(rows=st.lists(measured, max_size=4), quick=st.booleans(), remark=words)
def test_what_is_saved_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], quick: bool, remark: str
) -> None:
    path = tmp_path_factory.mktemp("run") / "new folder" / "performance.json"
    run = Run({"CPUs": "2"}, {"pictures": part(*rows, remarks=(remark,))}, quick)
    save(run, path)
    assert load(path) == run


def test_single_works_take_the_place_of_their_old_figures() -> None:
    old = part(Row("a", "x", 1.0), Row("b", "x", 2.0), Row("b", "gone", 2.0))
    new = part(Row("b", "x", 3.0), Row("c", "x", 4.0))
    run = Run({}, {"pictures": old})
    merged = run.with_part(new, whole=False).parts["pictures"]
    assert [(row.work, row.tool, row.seconds) for row in merged.rows] == [
        ("a", "x", 1.0),
        ("b", "x", 3.0),
        ("c", "x", 4.0),
    ]
    assert run.with_part(new, whole=True).parts["pictures"] == new


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5.12e-5, "0.0512"),
        (5.12e-4, "0.512"),
        (0.00512, "5.12"),
        (0.0512, "51.2"),
        (0.512, "512"),
        (51.2, "51200"),
    ],
)
def test_times_have_three_digits(seconds: float, text: str) -> None:
    assert tables.milliseconds(seconds) == text


def test_ratios_stand_beside_their_goals() -> None:
    lines = tables.ratios(BOX, GOALS).splitlines()
    assert lines == [
        "| convcli / peer | slow | quick |",
        "| --- | ---: | ---: |",
        "| box | 0.25 ok (<= 0.5) | 4 **over** (<= 2) |",
    ]


def test_ratios_without_a_goal_are_only_told() -> None:
    assert tables.ratios(BOX, {}).splitlines()[-1] == "| box | 0.25 | 4 |"


def test_missed_goals_are_listed() -> None:
    assert tables.missed(BOX, GOALS) == ["box: 4 of quick, goal 2"]
    assert tables.missed(BOX, {"box": {"absent": 0.1}, "disk": {"slow": 0.1}}) == []


def test_a_tool_that_does_not_do_a_work_leaves_its_cell_empty() -> None:
    lines = tables.times(part(Row("a", "x", 1.0), Row("b", "convcli", 2.0, share=0.5))).splitlines()
    assert lines[0] == "|  | convcli | x |"
    assert lines[2:] == ["| a |  | 1000 |", "| b | ~2000 |  |"]


def test_memory_has_its_limit() -> None:
    sound = part(Row("echo", "convcli", 1.0, memory=65.0), Row("echo", "x", 1.0, memory=900.0))
    assert tables.memories(sound, 64).splitlines()[-1] == "| echo | 65 **over** (<= 64) | 900 |"


def test_calls_are_told_once() -> None:
    told = tables.calls(
        part(Row("a", "x", 1.0, note="f"), Row("b", "x", 1.0, note="g"), Row("c", "x", 1.0, note="f"))
    )
    assert told == "- x: f (a, c); g (b)"


def grid() -> Part:
    """Two cases: one chosen well, one three times too slow."""
    return part(
        Row("good", "box", 1.0, predicted=1.0, chosen=True),
        Row("good", "fft", 2.0, predicted=1.0),
        Row("bad", "taps", 6.0, predicted=3.0, chosen=True),
        Row("bad", "fft", 2.0, predicted=4.0),
        name="choices",
    )


def test_bad_choices_come_first() -> None:
    found = [(ratio, work, own.tool, best.tool) for ratio, work, own, best in choices.ratios(grid())]
    assert found == [(3.0, "bad", "taps", "fft"), (1.0, "good", "box", "box")]


def test_choices_are_summed_up() -> None:
    told = tables.choice_summary(grid())
    assert "2 cases" in told
    assert "in 1 of them (50 %), 3.00 times at worst" in told


def test_curves_are_gathered_by_family_and_tool() -> None:
    rows = [
        Row("box 3x3", "x", 1.0, size=3),
        Row("box 5x5", "x", 2.0, size=5),
        Row("dense 3x3", "y", 3.0, size=3),
    ]
    assert scaling.curves(part(*rows)) == {"box": {"x": [(3, 1.0), (5, 2.0)]}, "dense": {"y": [(3, 3.0)]}}


def test_labels_have_room() -> None:
    assert plots.spaced([3]) == [3]
    assert plots.spaced([3, 31, 701, 1001]) == [3, 31, 1001]
    assert plots.spaced([1, 2, 4, 8]) == [1, 2, 4, 8]


def test_a_page_without_figures_says_so() -> None:
    page = report.render(Run({"CPUs": "2"}))
    assert page.count("Not measured in this run.") == 7
    assert "$" not in page
    assert "quick run" not in page


def test_a_page_holds_every_part(tmp_path: Path) -> None:
    names = ("pictures", "scaling", "sounds", "processes", "sums", "layers")
    parts = {name: replace(BOX, name=name, remarks=(f"left out of {name}",)) for name in names}
    run = Run({"threads": "2"}, {**parts, "choices": grid()}, quick=True)
    page = report.write(run, tmp_path / "docs").read_text(encoding="utf-8")
    assert "Not measured" not in page
    assert "quick run" in page
    assert all(f"- left out of {name}" in page for name in names)
    assert "| bad | taps | 6000 | fft | 2000 | 3.00 |" in page
