"""Tables from files: what the world's programs write is read, what is broken is named by line and column."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import DataError, read_table

PLAIN = "mass,force\n1.5,3\n2,4.25\n4,9\n"


def _values(table):
    return table.frame.to_numpy().tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_every_common_encoding_is_recognised(encoding):
    table = read_table("größe,y\n1,2\n3,5\n".encode(encoding))
    assert list(table.frame.columns) == ["größe", "y"]
    assert _values(table) == [[1, 2], [3, 5]]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1.5,2\n3.25,4\n5,6",
        "a;b\n1.5;2\n3.25;4\n5;6",
        "a;b\n1,5;2\n3,25;4\n5;6",
        "a\tb\n1.5\t2\n3.25\t4\n5\t6",
        "a\tb\n1,5\t2\n3,25\t4\n5\t6",
        "a|b\n1.5|2\n3.25|4\n5|6",
        "a b\n1.5 2\n3.25 4\n5 6",
        "  a    b\n 1.5   2\n3.25   4\n   5   6  ",
        "a  b\n1,5  2,0\n3,25  4,0\n5,0  6,0",
        "a, b\n1.5, 2\n3.25, 4\n5, 6",
        '"a","b"\n"1.5","2"\n"3.25","4"\n"5","6"',
        "a,b\r\n1.5,2\r\n3.25,4\r\n5,6\r\n",
        "a,b\r1.5,2\r3.25,4\r5,6\r",
        "\n\na,b\n1.5,2\n\n3.25,4\n   \n5,6\n\n",
        "a,b\n1.5,2\n3.25,4\n5,6\n,\n,\n",
        "# a comment, with a comma\n# another\na,b\n1.5,2\n3.25,4\n5,6",
    ],
)
def test_delimiter_decimal_sign_quotes_and_line_ends_are_recognised(text):
    table = read_table(text.encode())
    assert list(table.frame.columns) == ["a", "b"]
    assert _values(table) == [[1.5, 2], [3.25, 4], [5, 6]]


def test_a_path_bytes_and_open_files_all_do(tmp_path):
    path = tmp_path / "springs.csv"
    path.write_text(PLAIN)
    for source in (path, str(path), PLAIN.encode(), io.BytesIO(PLAIN.encode()), io.StringIO(PLAIN)):
        assert _values(read_table(source)) == [[1.5, 3], [2, 4.25], [4, 9]]
    assert read_table(path).name == "springs.csv"
    assert read_table(PLAIN.encode(), name="mine").name == "mine"
    with path.open("rb") as file:
        assert read_table(file).name == "springs.csv"


@given(
    st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), min_size=2, max_size=8)
)
@settings(derandomize=True, deadline=None, max_examples=100)
def test_every_double_survives_printing_and_reading(rows):
    text = pd.DataFrame(rows, columns=["a", "b"]).to_csv(index=False)
    np.testing.assert_array_equal(read_table(text.encode()).frame.to_numpy(dtype=float), np.array(rows))


def test_a_table_without_a_header_gets_one():
    table = read_table(b"1,2\n3,4\n5,6")
    assert list(table.frame.columns) == ["column_1", "column_2"]
    assert len(table.frame) == 3
    assert list(read_table(b"Mercury,0.4\nVenus,0.7\nEarth,1").frame.columns) == ["column_1", "column_2"]


def test_a_header_is_told_from_data_by_its_contrast():
    assert list(read_table(b"name,2019\nMercury,0.4\nVenus,0.7").frame.columns) == ["column_1", "column_2"]
    assert list(read_table(b"planet,a\nMercury,0.4\nVenus,0.7").frame.columns) == ["planet", "a"]
    assert list(read_table(b"year,1990\n1,0.4\n2,0.7").frame.columns) == ["year", "1990"]


def test_units_are_taken_off_the_names():
    table = read_table(b"mass (kg),g [m/s^2],T[K],f(x),loss (a-b) (%)\n1,2,3,4,5\n2,3,4,5,6")
    assert [(column.name, column.unit) for column in table.columns] == [
        ("mass", "kg"),
        ("g", "m/s^2"),
        ("T", "K"),
        ("f(x)", None),
        ("loss (a-b)", "%"),
    ]


def test_names_are_made_different_and_gaps_filled():
    table = read_table(b"a,a,a_2,,a (m)\n1,2,3,4,5\n2,3,4,5,6")
    assert list(table.frame.columns) == ["a", "a_2", "a_2_2", "column_4", "a_3"]


def test_names_stay_text_whatever_they_look_like():
    names = ["<img src=x onerror=alert(1)>", "=SUM(A1:A9)", "__import__('os')", "x; y", "温度"]
    text = pd.DataFrame([[1, 2, 3, 4, 6], [2, 3, 4, 5, 5], [4, 4, 5, 6, 9]], columns=names).to_csv(index=False)
    data = read_table(text.encode()).to_dataset("温度")
    assert data.names == tuple(names[:4])


def test_a_column_is_reported_on():
    table = read_table(b"name,n,x,flat,gaps,none\na,1,0.250,7,1,\nb,2,-12.5,7,NA,\nc,3,4e-3,7,inf,")
    name, n, x, flat, gaps, none = table.columns
    assert [column.kind for column in table.columns] == ["text", "number", "number", "constant", "constant", "empty"]
    assert (name.words, name.example) == ((2, 3, 4), "a")
    assert (n.minimum, n.maximum, n.digits) == (1, 3, None)
    assert (x.minimum, x.maximum, x.digits) == (-12.5, 0.25, 3)
    assert flat.minimum == flat.maximum == 7
    assert (gaps.missing, gaps.infinite) == ((3,), (4,))
    assert (none.missing, none.minimum) == ((2, 3, 4), None)


@pytest.mark.parametrize(
    ("cells", "digits"),
    [("0.25 0.5 1", 2), ("1.000 2 3", 4), ("0.0012 0.1 1", 2), ("1 2 3", None), ("100 20 3", None), ("6.02e23 1 2", 3)],
)
def test_printed_digits_are_counted(cells, digits):
    table = read_table("\n".join(f"{cell},{k}" for k, cell in enumerate(cells.split())).encode())
    assert table.columns[0].digits == digits


def test_a_table_becomes_a_dataset():
    data = read_table(b"planet,a (au),T (yr)\nMercury,0.387,0.241\nVenus,0.723,0.615\nEarth,1.000,1.000").to_dataset(
        "T"
    )
    np.testing.assert_array_equal(data.X[:, 0], [0.387, 0.723, 1])
    np.testing.assert_array_equal(data.y, [0.241, 0.615, 1])
    assert (data.names, data.target) == (("a",), "T")
    assert data.units == {"a": "au", "T": "yr"}
    assert data.digits == (4, 4)
    assert data.provenance == (
        "Read from a table: 3 rows, separated by comma, utf-8.",
        "Left out: Column 'planet' has 3 cells that are not a number (rows 2, 3, 4), such as 'Mercury'. "
        "Correct them or leave the column out.",
    )


def test_a_column_answers_to_its_heading_as_well():
    data = read_table(b"a (au),T (yr)\n1,2.0\n2,3.5\n3,4.5").to_dataset("T (yr)", inputs=["a (au)"])
    assert (data.names, data.target) == (("a",), "T")


def test_inputs_come_in_the_order_asked_for_and_sigma_apart():
    table = read_table(b"a,b,s,y\n1,2,0.1,3\n2,5,0.1,7\n3,9,0.2,9")
    data = table.to_dataset("y", inputs=["b", "a"], sigma="s")
    assert data.names == ("b", "a")
    np.testing.assert_array_equal(data.sigma, [0.1, 0.1, 0.2])
    assert table.to_dataset("y", sigma="s").names == ("a", "b")


def test_the_split_of_a_table_follows_the_seed():
    text = "\n".join(f"{k},{k * k}" for k in range(60)).encode()
    first, again, other = (read_table(text).to_dataset("column_2", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.split.train, again.split.train)
    assert not np.array_equal(first.split.train, other.split.train)


GAPPY = "mass,text,flat,big,y\n" + "\n".join(
    ["1,a,7,1,1", ",b,7,2,3", "3,c,7,inf,4", ",4,7,5,6", "2,5,7,6,7", ",6,7,8,11"]
)


@pytest.mark.parametrize(
    ("target", "inputs", "message"),
    [
        ("y", ["mass"], "Column 'mass' has 3 empty cells (rows 3, 5, 7). Fill them or drop the rows."),
        ("mass", None, "Column 'mass' has 3 empty cells (rows 3, 5, 7). Fill them or drop the rows."),
        (
            "y",
            ["text"],
            "Column 'text' has 3 cells that are not a number (rows 2, 3, 4), such as 'a'. "
            "Correct them or leave the column out.",
        ),
        (
            "flat",
            None,
            "Column 'flat' is 7 in every row, so no law can be read from it. Choose another column.",
        ),
        ("y", ["flat"], "Column 'flat' is 7 in every row, so no law can be read from it. Choose another column."),
        ("y", ["big"], "Column 'big' has 1 infinite value (row 4). Correct them or drop the rows."),
        (
            "masss",
            None,
            "A column is called as in the table, but there is no 'masss'. Did you mean 'mass'? "
            "There are: mass, text, flat, big, y.",
        ),
        ("y", ["y"], "A column has one part to play, but 'y' came twice. Name it once among target, inputs and sigma."),
        ("y", [], "A law needs an input, but the list of inputs is empty. Name one, or pass none to take all."),
    ],
)
def test_an_unusable_column_is_named_with_its_rows(target, inputs, message):
    with pytest.raises(DataError) as caught:
        read_table(GAPPY.encode()).to_dataset(target, inputs=inputs)
    assert str(caught.value) == message


def test_without_a_usable_input_every_reason_is_given():
    with pytest.raises(DataError, match=r"has none beside 'y'. Column 'mass' has 3 empty cells .* Column 'flat' is 7"):
        read_table(GAPPY.encode()).to_dataset("y")


def test_two_rows_are_too_few():
    with pytest.raises(
        DataError, match=r"A law needs at least 3 rows, since any line meets two, but 'two.csv' has 2 rows"
    ):
        read_table(b"a,b\n1,2\n2,3", name="two.csv").to_dataset("b")


def test_a_standard_error_of_zero_is_refused():
    with pytest.raises(
        DataError, match=r"Standard errors are positive, but 's' has others \(row 2\). Correct or drop the rows"
    ):
        read_table(b"a,s,y\n1,0,1\n2,1,3\n3,1,4").to_dataset("y", sigma="s")


def _long(rows):
    return b"a,b\n" + b"1,2\n" * rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "A table has rows, but the table is empty. Choose a file with data."),
        (b" \n\n", "A table has rows, but the table is empty. Choose a file with data."),
        (b"# only\n# comments\n", "A table has rows, but the table is empty. Choose a file with data."),
        (b"a,b\n", "A table has rows below its header, but the table has only a header. Add the data."),
        (b"a,b\n1,2\n\n3\n4,5", "Line 4 has 1 field, but 2 are expected, as in line 1. Mend this line of the table."),
        (
            b"# c\na,b\n1,2\n3,4,5",
            "Line 4 has 3 fields, but 2 are expected, as in line 2. Mend this line of the table.",
        ),
        (
            bytes(range(256)),
            "A table is text, but the table is binary or in an unknown encoding. Save it as CSV in UTF-8.",
        ),
        (
            b"PK\x03\x04rest",
            "A workbook is a complete file, but the table is broken. Download or save it again.",
        ),
        (b"\x00\x04\x95other\x00\x01", "A table is text, but the table is binary or in an unknown encoding."),
        (b'a,b\n1,"2\n3,4\n', "Quotes come in pairs, but the one opened in line 2 of the table is never closed."),
        (b"a" + b",a" * 1500 + b"\n" + b"1" + b",1" * 1500, "A table has at most 2000000 rows of 1000 cells"),
        (b"a,b\n1," + b"9" * 200_000, "Cells are short texts, but line 2 of the table cannot be cut"),
    ],
)
def test_a_broken_file_is_named_by_its_line(content, message):
    with pytest.raises(DataError) as caught:
        read_table(content)
    assert str(caught.value).startswith(message)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.tables._readers.MAX_BYTES", 2**20)
    path = tmp_path / "large.csv"
    path.write_bytes(b"1,2\n" * 2**18 + b"1")
    with pytest.raises(DataError, match=r"at most 1 MiB, but 'large.csv' has more"):
        read_table(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"there is no '.*none.csv'. Check the path"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(DataError, match="cannot: Is a directory"):
        read_table(tmp_path)
    with pytest.raises(DataError, match="cannot: embedded null byte"):
        read_table("a\x00b")
    with pytest.raises(DataError, match="path, bytes or a file, but a int came"):
        read_table(3)


def test_cells_that_only_python_takes_for_numbers_are_words():
    column = read_table("a,b\n1_000,1\n٣,2\n0x10,3\n4,5\n6,7\n7,8".encode()).columns[0]
    assert (column.kind, column.words) == ("text", (2, 3, 4))


@given(st.binary(max_size=200))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_any_bytes_are_read_or_refused(content):
    try:
        table = read_table(content)
    except DataError:
        return
    assert len(table.columns) == table.frame.shape[1]


@given(st.text(alphabet='ab1.,;"\t\n #-', max_size=60))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_any_text_is_read_or_refused(content):
    try:
        table = read_table(content.encode())
    except DataError:
        return
    assert all(len(column) == len(table.frame) for _, column in table.frame.items())
    assert len({column.name for column in table.columns}) == len(table.columns)


def test_typed_text_is_checked_as_files_are():
    assert list(read_table(io.StringIO("\ufeffa,b\n1,2\n")).frame.columns) == ["a", "b"]
    assert read_table(io.StringIO("a,b\n1,\ud800\n")).columns[1].kind in ("text", "empty")
    with pytest.raises(DataError, match="NUL bytes, first in line 2"):
        read_table(io.StringIO("a,b\n1,\0\n"))
