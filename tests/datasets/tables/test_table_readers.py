"""Every kind of file, from every kind of source: told by content, within limits, nothing run."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from awkward_tables import npy, npz, parquet, workbook, zip_bomb
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import DataError, read_table

ROWS = [["m (kg)", "T"], [1.5, 2], [3.25, 4.125]]
FRAME = pd.DataFrame({"m (kg)": [1.5, 3.25], "T": [2, 4.125]})
FILES = {
    "csv": b"m (kg),T\n1.5,2\n3.25,4.125",
    "xlsx": workbook(ROWS),
    "parquet": parquet(**FRAME),
    "json": FRAME.to_json(orient="records").encode(),
    "npz": npz(**{"m (kg)": FRAME["m (kg)"].to_numpy(), "T": FRAME["T"].to_numpy()}),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_is_read_from_a_path_bytes_and_an_upload_whatever_its_name(kind, tmp_path):
    path = tmp_path / f"springs.{kind}"
    path.write_bytes(FILES[kind])
    misnamed = tmp_path / "springs.dat"
    misnamed.write_bytes(FILES[kind])
    upload = io.BytesIO(FILES[kind])
    upload.name = path.name
    for source in (path, str(path), misnamed, FILES[kind], bytearray(FILES[kind]), upload):
        table = read_table(source)
        assert table.frame.to_numpy().tolist() == [[1.5, 2], [3.25, 4.125]]
        assert [(report.name, report.unit, report.digits) for report in table.columns] == [
            ("m", "kg", 3),
            ("T", None, 4),
        ]
    upload.seek(0)
    assert read_table(upload).name == path.name


def _said_of(content):
    try:
        return read_table(content).provenance[0]
    except DataError as error:
        return str(error)


@pytest.mark.parametrize("seed", range(4))
def test_every_kind_damaged_is_read_or_refused(seed):
    rng = np.random.default_rng(seed)
    for content in FILES.values():
        for _ in range(15):
            damaged = bytearray(content)
            for at in rng.integers(len(damaged), size=3):
                damaged[at] = rng.integers(256)
            said = _said_of(damaged)
            assert said.endswith("."), said


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_cut_short_is_read_or_refused(kind):
    content = FILES[kind]
    for length in range(0, len(content), max(1, len(content) // 40)):
        said = _said_of(content[:length])
        assert said.endswith("."), said


def test_the_sheet_asked_for_is_read():
    content = workbook(ROWS, title="June", extra=[("May", [["a", "b"], [1, 2]])])
    assert list(read_table(content).frame.columns) == ["a", "b"]
    table = read_table(content, sheet="June")
    assert list(table.frame.columns) == ["m", "T"]
    assert table.provenance == (
        "Read from a table: 2 rows, Excel sheet 'June'.", "Other sheets were not read: 'May'."
    )  # fmt: skip
    with pytest.raises(DataError, match=r"but the table has no 'Jun'\. Did you mean 'June'\? There are: May, June"):
        read_table(content, sheet="Jun")
    with pytest.raises(DataError, match="A table has rows, but sheet 'bare' of the table is empty"):
        read_table(workbook(ROWS, extra=[("bare", [])]), sheet="bare")


def test_rows_of_a_sheet_are_counted_as_excel_does():
    content = workbook([["A title"], [], ["a", "b"], [1, 2], [], ["x", 3], [4, 5]])
    table = read_table(content)
    assert table["a"].words == (6,)
    assert table.lines.tolist() == [4, 6, 7]
    assert table.provenance[1] == "Skipped 1 row above the table: 'A title'."


def test_lines_are_counted_on_every_path():
    text = "# c\n\na,b\n1,2\n\n3,x\n5,6\n"
    for content in (text, text + "# end\n", text.replace("1,2", '"1",2'), text.replace("5,6", '5,"6\n"')):
        table = read_table(content.encode())
        assert table["b"].words == (6,)
        assert table.lines.tolist() == [4, 6, 7]


@given(
    st.lists(
        st.lists(st.sampled_from(["1", "-2.5", "1e3", "", "x", "NA", "+7", "é", "1,5", '"q"']), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([";", "\t"]),
)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_the_fast_and_the_careful_path_agree(rows, delimiter):
    text = "a;b;c\n1;2;3\n".replace(";", delimiter) + "".join(delimiter.join(row) + "\n" for row in rows)
    fast, careful = read_table(text.encode()), read_table((text + "# the end\n").encode())  # a comment needs care
    pd.testing.assert_frame_equal(fast.frame, careful.frame)
    assert fast.columns == careful.columns
    np.testing.assert_array_equal(fast.lines, careful.lines)


def test_files_of_arrays_keep_every_bit_and_their_precision():
    values = np.random.default_rng(0).normal(size=50)
    for content in (npz(x=values, y=values), parquet(x=values, y=values), npy(np.stack([values, values], axis=1))):
        table = read_table(content)
        np.testing.assert_array_equal(table.frame.iloc[:, 0].to_numpy(), values)
        assert table.columns[0].digits in (16, 17)
    short = read_table(npz(x=values.astype(np.float32), y=np.round(values, 2), k=np.arange(50)))
    assert short["x"].digits <= 9
    assert short["y"].digits == 3
    assert short["k"].digits is None


def test_structured_arrays_have_their_fields():
    array = np.array([(1.5, "a", True), (2.5, "b", False)], dtype=[("x", "f8"), ("name", "U5"), ("on", "?")])
    table = read_table(npy(array))
    assert table.frame.to_dict("list") == {"x": [1.5, 2.5], "name": ["a", "b"], "on": ["true", "false"]}
    assert table["on"].is_truth


def test_nested_columns_of_parquet_are_left_out_and_told():
    table = read_table(parquet(a=[1.5, 2], b=[[1], [2, 3]], c=pd.Categorical(["x", "y"]), d=[True, False]))
    assert list(table.frame.columns) == ["a", "c", "d"]
    assert "column 'b' holds list" in table.provenance[1]


def test_json_keeps_the_digits_it_was_written_with():
    table = read_table(b'[{"a": 1.500, "b": 2}, {"a": 2.25, "b": 3}]')
    assert (table["a"].digits, table["b"].digits) == (4, None)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, 2], "b": [1]}, "Columns are equally long, but 'b' in the table has 1 and 'a' has 2."),
        ({"a": [1, 2], "b": "x"}, "A table in JSON is records, rows or columns, but 'b' in the table is no list."),
        ([[1, 2], [3]], "Rows are equally long, but row 2 of the table has 1 cell and the first has 2."),
        ([], "A table in JSON is records, rows or columns, but the table is empty."),
        ([1, [2]], "A table in JSON is records, rows or columns, but the table is none of these."),
    ],
)
def test_json_that_is_no_table_says_why(value, message):
    with pytest.raises(DataError) as caught:
        read_table(json.dumps(value).encode())
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "x.npy"])
def test_a_zip_bomb_is_refused_by_its_declared_size(member, monkeypatch):
    monkeypatch.setattr("datasets.tables._grid.MAX_UNPACKED", 8 * 2**20)
    bomb = zip_bomb(member, 16 * 2**20)
    assert len(bomb) < 2**16
    with pytest.raises(DataError, match="A table unpacks to at most 8 MiB, but the table would to 16 MiB"):
        read_table(bomb)


def test_an_archive_of_many_parts_is_refused(monkeypatch):
    monkeypatch.setattr("datasets.tables._readers.MAX_MEMBERS", 5)
    with pytest.raises(DataError, match="A packed table has at most 5 parts, but the table has"):
        read_table(workbook(ROWS))


@pytest.mark.parametrize("kind", ["csv", "npz", "parquet", "json", "xlsx"])
def test_tables_beyond_the_limits_are_refused(kind, monkeypatch):
    monkeypatch.setattr("datasets.tables._grid.MAX_ROWS", 1)
    with pytest.raises(DataError, match=r"at most 1 rows of 1000 cells, but .* has 2 rows of 2|has 3 rows of 2"):
        read_table(FILES[kind])


def test_a_sheet_that_reaches_far_to_the_right_is_refused():
    with pytest.raises(
        DataError, match="A table has at most 2000000 rows of 1000 cells, but the table has 1 rows of 1200"
    ):
        read_table(workbook([[1] * 1200, [2] * 1200]))


def test_a_workbook_without_saved_values_in_a_column_says_so():
    table = read_table(workbook([["a", "b"], [1, "=A2*2"], [2, "=A3*2"]]))
    assert table["b"].kind == "empty"
    assert "Column 'b' may hold formulas whose values were never saved." in table.provenance[1]


def test_reading_does_not_execute_or_unpickle(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    stream = io.BytesIO()
    np.savez(stream, x=np.array([Trap()], dtype=object))
    with pytest.raises(DataError, match="Python objects, which could run code"):
        read_table(stream.getvalue())
    assert not tmp_path.joinpath("sprung").exists()
