"""Files of points: lines, matrices, JSON, and what is wrong with them."""

import io
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.errors import ReadError, UsageError
from convcli.probability import rendering2
from convcli.probability.lattice2 import Pmf2, from_weights2
from convcli.probability.tables2 import MatrixFrame, read_table2
from convcli.probability.terms2 import matrix_frame, read_points

Half = Fraction(1, 2)
UNIT = MatrixFrame((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)))
coordinates = st.fractions(-4, 4, max_denominator=3)
laws = st.dictionaries(st.tuples(coordinates, coordinates), st.integers(1, 9), min_size=1, max_size=6).map(
    from_weights2
)


def read(content: str | bytes, frame: MatrixFrame | None = None) -> Pmf2:
    law = read_table2(content.encode() if isinstance(content, str) else content, "f", frame=frame)
    assert law is not None
    return law.pmf


def npy(array: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array(array))
    return stream.getvalue()


@given(laws)
def test_what_is_printed_is_read_back(law: Pmf2) -> None:
    assert read("\n".join(rendering2.csv_lines2(law, exact=True))) == law
    if all(Fraction(float(v)) == v for point, _ in law.items() for v in point):  # JSON's numbers are floats
        assert read(json.dumps(rendering2.record2(law, "", [], exact=True))) == law


ZERO, ONE, TWO, THREE = map(Fraction, range(4))
LSHAPE = from_weights2({(ZERO, ONE): 1, (TWO, ONE): 1, (TWO, THREE): 2})


@pytest.mark.parametrize(
    "content",
    [
        "x,y,probability\n0,1,0.25\n2,1,0.25\n2,3,0.5\n",
        "x;y;percent\n0;1;25\n2;1;25%\n2;3;50\n",
        "note,weight,y,x\na,1,1,0\nb,1,1,2\nc,2,3,2\n",
        "0 1 1/4\n2 1 1/4\n\n2 3 1/2\n",
        "0,1,1\n2,1,1\n2,3,2\n",
        "# a matrix\n3,0,1,2\n1,0.25,0,0.25\n3,0,0,0.5\n",
        "3 0 1 2\n1 1 0 1\n3 0 0 2\n",
        '[[0, 1, "1/4"], [2, 1, 0.25], [2, 3, 0.5]]',
        '{"support": [[0, 1], [2, 1], [2, 3]], "probability": [0.25, 0.25, 0.5], "exact": null}',
        "\ufeffX,Y,Probability\n0,1,0.25\n2,1,0.25\n2,3,0.5\n",
    ],
)
def test_every_form(content: str) -> None:
    assert read(content) == LSHAPE


@pytest.mark.parametrize(
    "content", ["1,0\n0,0\n0,1\n", npy([[1, 0], [0, 0], [0, 1]]), npy([[0.5, 0], [0, 0], [0, 0.5]])]
)
def test_plain_matrices_go_down_with_growing_y(content: str | bytes) -> None:
    frame = matrix_frame((Fraction(10), Half), (Fraction(2), Half))
    expected = {(Fraction(10), Half): 1, (Fraction(12), Fraction(3, 2)): 1}
    assert read(content, frame) == from_weights2(expected)


def test_frames() -> None:
    assert matrix_frame(None, None) is None
    assert matrix_frame(None, (Half,)) is None
    assert matrix_frame(None, (Half, TWO)) == MatrixFrame((ZERO, ZERO), (Half, TWO))
    assert matrix_frame((Half, Half), (TWO,)) == MatrixFrame((Half, Half), (TWO, TWO))
    assert matrix_frame((Half, Half), None) == MatrixFrame((Half, Half), (ONE, ONE))
    with pytest.raises(UsageError, match=r"--origin 0\.5: the values are points"):
        matrix_frame((Half,), None)


@pytest.mark.parametrize(
    "content",
    [
        "0,0.5\n1,0.5\n", "value,probability\n0,1\n", "", "\n", b"\xff\xfe", "[[0, 0.5], [1, 0.5]]",
        '{"0": 0.5, "1": 0.5}', "[[", '{"support": [0, 1], "probability": [0.5, 0.5]}', "[]", npy([1, 2]),
        b"\x93NUMPY broken",
    ],
)  # fmt: skip
def test_what_is_not_of_points_is_left_to_others(content: str | bytes) -> None:
    assert read_table2(content.encode() if isinstance(content, str) else content, "f", frame=None) is None


@pytest.mark.parametrize(
    ("content", "mentions"),
    [
        ("x,y,z\n0,1,1\n", "no distribution in the columns x, y, z"),
        ("x,y,probability\n0,1\n", "line 2 has 2 cells, expected 3"),
        ("0,1,0.5\n0,1,0.5\n", "the value 0,1 stands twice, again in line 2"),
        ("0,1,0.5\n0,2,0.4\n", "add up to 0.9"),
        ("0,1,1.5\n", "not between 0 and 1"),
        ("0,1,nan\n", "line 1"),
        ("0,a,1\n", "'a'"),
        ("0,1,0.5,0.5\n", "a matrix, whose entries have no x and y"),
        (npy([[1, 2], [3, 4]]), "a matrix, whose entries have no x and y"),
        ("3,0,1,2\n0,1,1\n", "line 2 has 3 cells, expected 4"),
        ("2,0,0\n1,0,0\n", "no value with a share above 0"),
        ("[[0, 1, 0.5], [0, 1]]", "entry 2 is not x, y and their probability"),
        ('{"support": [[0, 1], 3], "probability": [0.5, 0.5]}', "entry 2 is not x, y"),
        ('{"support": [[0, 1]], "probability": [0.5, 0.5]}', "not two lists of one length"),
    ],
)
def test_wrong_files_are_told_with_their_place(content: str | bytes, mentions: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(content)
    assert mentions in caught.value.message
    assert caught.value.message.startswith("f: ")


def test_a_sum_that_nearly_is_one_is_scaled() -> None:
    law = read_table2(b"0,1,0.333333\n0,2,0.666666\n", "f", frame=None)
    assert law is not None
    assert "scaled to 1" in law.warnings[0]


def test_terms() -> None:
    def reader(name: str) -> bytes:
        return b"0,1,1\n" if name == "p.csv" else b"0,1\n"

    problem = read_points(["ball2:3", "p.csv"], times=2, read=reader, frame=None)
    assert problem is not None
    assert problem.description == "2 times (ball2:3 + p.csv)"
    assert [term.copies for term in problem.total] == [6, 2]
    assert read_points(["2d6", "n.csv"], times=1, read=reader, frame=None) is None
    with pytest.raises(UsageError, match="2d6: a number cannot be added to ball2:3"):
        read_points(["ball2:3", "2d6"], times=1, read=reader, frame=None)
    with pytest.raises(UsageError, match="2d6: no matrix"):
        read_points(["2d6"], times=1, read=reader, frame=UNIT)
    with pytest.raises(UsageError, match="only once"):
        read_points(["-", "-"], times=1, read=reader, frame=None)
