"""Tables on their way to a dataset, without the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.data import sources, tables
from app.data.settings import DataSettings
from datasets import DataError, read_table, sheet_names

FALL = b"t [s],h (m),h_err\n1,5.0,0.1\n2,,0.2\n3,45.0,0.2\n4,80.0,0.3\n"


@pytest.fixture(autouse=True)
def _without_a_visitor(monkeypatch):
    """Tables are kept for each visitor, and here is none."""
    monkeypatch.setattr(sources, "_table", tables.read)


def settings(content=FALL, **others):
    s = DataSettings(**others)
    s.put_table("fall.csv", content)
    return s


names = st.lists(st.text("abc ,[]\"'é", min_size=1).map(str.strip).filter(bool), min_size=2, max_size=5, unique=True)


@given(names)
def test_names_of_columns_survive_being_written_in_one_line(named):
    assert tables.headings(tables.line_of(named)) == named


@pytest.mark.parametrize(("line", "said"), [("x", "at least two columns"), ("", "but 0 came"), ("x, y, x", "twice")])
def test_names_of_columns_that_cannot_be_are_told(line, said):
    with pytest.raises(DataError, match=said):
        tables.headings(line)


def test_cells_keep_the_digits_they_were_typed_with():
    typed = tables.written("x [m], y", [["1", "20.50"], ["", ""], ["2", "21,5e0"], ["3", "22.00"]])
    assert typed.decode().splitlines() == ["x [m]\ty", "1\t20.50", "2\t21,5e0", "3\t22.00"]
    assert read_table(tables.written("x [m], y", [["1", "20.50"], ["2", "20.75"]]))["y"].digits == 4


def test_a_table_copied_to_the_editor_reads_as_the_same_table():
    table = read_table(b"mass [kg],n,when\n1e-7,3,2024-01-01\n0.1,,2024-01-02\n12345678.9,7,2024-01-03\n")
    line, rows = tables.by_hand(table)
    again = read_table(tables.written(line, rows))
    assert again.frame.equals(table.frame)
    assert [(one.name, one.unit, one.missing) for one in again.columns] == [
        (one.name, one.unit, one.missing) for one in table.columns
    ]


def test_repairs_are_made_one_after_another_and_taken_back():
    s = settings()
    s.add_mend("fill gaps by interpolation", "h", {})
    s.add_mend("take the logarithm", "t", {})
    assert sources.table(s).frame["h"].tolist() == [5.0, 25.0, 45.0, 80.0]
    assert "log_t" in sources.table(s).frame
    s.drop_mends(1)
    assert "t" in sources.table(s).frame
    s.drop_mends(0)
    assert sources.table(s).frame["h"].isna().sum() == 1


def test_repairs_of_one_table_are_not_made_on_another():
    s = settings()
    s.add_mend("drop rows with gaps", "h", {})
    s.kind = "typed"
    assert s.mends == []
    s.kind = "table"
    assert len(s.mends) == 1
    s.put_table("other.csv", b"a,b\n1,2\n2,3\n3,4\n")
    assert s.mends == []


def test_the_source_remembers_everything_that_decides_the_data():
    s = settings()
    before = sources.source(s)
    for change in (
        lambda: s.add_mend("drop rows with gaps", "h", {}),
        lambda: setattr(s, "units", {"h": "km"}),
        lambda: setattr(s, "split", "extrapolation"),
        lambda: setattr(s, "si", True),
        lambda: s.put_table("fall.csv", FALL.replace(b"80", b"81")),
    ):
        change()
        assert sources.source(s) != before
        before = sources.source(s)


def test_standard_errors_are_found_and_are_no_target():
    s = settings(FALL.replace(b"2,,", b"2,20.0,"))
    sources.settle(s, sources.table(s))
    assert (s.target, s.sigma) == ("h", "h_err")
    data = sources._table_data(s)[2]
    assert data.names == ("t",)
    assert data.sigma.tolist() == [0.1, 0.2, 0.2, 0.3]
    s.target = "t"
    sources.settle(s, sources.table(s))
    assert s.sigma == "h_err"  # it may stay: a column of errors is what the visitor says it is


def test_units_typed_over_those_of_the_file_reach_the_data_and_convert():
    s = settings(FALL.replace(b"2,,", b"2,20.0,"), units={})
    s.units = {"h": "km", "t": ""}
    sources.settle(s, sources.table(s))
    assert sources._table_data(s)[2].units == {"h": "km"}
    s.si = True
    converted = sources._table_data(s)[2]
    assert converted.units == {"h": "m"}
    assert converted.y.tolist() == [5000.0, 20000.0, 45000.0, 80000.0]
    assert converted.sigma.tolist() == pytest.approx([100.0, 200.0, 200.0, 300.0])


def test_a_split_may_go_by_a_column_of_words():
    rows = "".join(f"{i},{i * i},{'abcd'[i % 4]}\n" for i in range(1, 81))
    s = settings(f"x,y,who\n{rows}".encode())
    s.split, s.by = "groups", "who"
    sources.settle(s, sources.table(s))
    s.target = "y"
    data = sources._table_data(s)[2]
    held_out = {"abcd"[int(x) % 4] for x in data.X[data.split.test, 0]}
    learned = {"abcd"[int(x) % 4] for x in data.X[data.split.train, 0]}
    assert held_out
    assert not held_out & learned


def test_the_gravest_troubles_come_first():
    table = read_table(b"n,x,y\n1,,2\n2,3,4\n3,4,5\n")
    assert next(iter(tables.troubles(table))) == "x"


def test_units_that_cannot_be_read_are_told_with_what_was_meant():
    (sentence,) = tables.unit_troubles({"T": "secnds", "a": "m"})
    assert sentence.startswith("'T': ")
    assert "Did you mean" in sentence
    assert "zero" in tables.unit_troubles({"T": "°C"})[0]


def test_the_report_holds_one_row_a_column_and_a_short_picture():
    rows = "".join(f"{i},{i % 7}\n" for i in range(500))
    report = tables.report(read_table(f"x [m],y\n{rows}".encode()), {"y": "s"})
    assert [(row["Column"], row["Unit"]) for row in report] == [("x", "m"), ("y", "s")]
    assert len(report[0]["Shape"]) == tables.SPARK
    assert report[0]["Shape"][0] == 0
    assert report[0]["Shape"][-1] == 499


def test_only_a_workbook_has_sheets(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "first"
    book.create_sheet("second")
    book.save(tmp_path / "b.xlsx")
    assert sheet_names((tmp_path / "b.xlsx").read_bytes()) == ("first", "second")
    assert sheet_names(FALL) == ()
    assert sheet_names(b"PK\x03\x04 broken") == ()
