"""Repairs: each does what it says, to a new table, and says it in the provenance of the dataset."""

import datetime

import numpy as np
import pytest

from datasets import REPAIRS, DataError, read_table

GAPPY = b"a,b,y\n1.00,5,1\n,6,2\n3.00,,4\n4.00,8,8\n"


def _column(table, name):
    return table.frame[name].tolist()


@pytest.mark.parametrize(
    ("repair", "options", "value", "said"),
    [
        ("fill gaps with the mean", {}, 8 / 3, "Filled 1 gap in 'a' with the mean, 2.66667."),
        ("fill gaps with the median", {}, 3, "Filled 1 gap in 'a' with the median, 3."),
        ("fill gaps with the value above", {}, 1, "Filled 1 gap in 'a' with the value above (below, at the top)."),
        ("fill gaps with a constant", {"value": -1}, -1, "Filled 1 gap in 'a' with -1."),
        (
            "fill gaps by interpolation",
            {},
            2,
            "Filled 1 gap in 'a' with the straight line between the rows before and after "
            "(at the ends the nearest value).",
        ),
    ],
)
def test_gaps_are_filled(repair, options, value, said):
    table = read_table(GAPPY)
    assert repair in table["a"].repairs
    mended = table.repair(repair, "a", **options)
    np.testing.assert_allclose(_column(mended, "a"), [1, value, 3, 4])
    assert mended.provenance == (*table.provenance, said)
    assert mended["a"].usable
    assert mended["a"].digits == 3
    assert table["a"].missing == (3,)  # the table itself stays as it was


def test_interpolation_and_the_value_above_hold_at_the_ends():
    table = read_table(b"a,y\n,1\n2,2\n,3\n8,4\n,5")
    assert _column(table.repair("fill gaps by interpolation", "a"), "a") == [2, 2, 5, 8, 8]
    assert _column(table.repair("fill gaps with the value above", "a"), "a") == [2, 2, 2, 8, 8]


def test_rows_with_gaps_are_dropped_for_one_column_or_for_all():
    table = read_table(GAPPY)
    one, every = table.repair("drop rows with gaps", "a"), table.repair("drop rows with gaps")
    assert _column(one, "y") == [1, 4, 8]
    assert one["b"].missing == (4,)  # rows keep the lines of the file
    assert _column(every, "y") == [1, 8]
    assert every.provenance[-1] == "Dropped 2 rows that had a gap in 'a', 'b' (rows 3, 4)."
    assert "drop rows with gaps" in table.repairs
    assert "drop rows with gaps" not in every.repairs


def test_a_repaired_table_becomes_a_dataset_that_tells_its_repairs():
    data = read_table(GAPPY).repair("drop rows with gaps").repair("exclude column", "b")
    with pytest.raises(DataError, match="at least 3 rows"):
        data.to_dataset("y")
    data = read_table(GAPPY).repair("fill gaps with the median", "a").to_dataset("y", inputs=["a"])
    assert data.provenance[1] == "Filled 1 gap in 'a' with the median, 3."


@pytest.mark.parametrize(
    ("cells", "numbers", "unit"),
    [
        (["12,5 kg", "13 kg"], [12.5, 13], "kg"),
        (["5 %", "12.5%"], [5, 12.5], "%"),
        (["(5.5)", "12"], [-5.5, 12], None),
        (["$1,234.50", "$3.00"], [1234.5, 3], None),
        (["<0.1", "0.25"], [np.nan, 0.25], None),
        (["1.5×10^3", "2·10⁻²"], [1500, 0.02], None),
        (["~3", "4.5*"], [3, 4.5], None),
        (["2.5 m/s", "−3 m/s"], [2.5, -3], "m/s"),
        (["1.5 eV", "3"], [1.5, 3], "eV"),
    ],
)
def test_nearly_numeric_text_is_read(cells, numbers, unit):
    table = read_table("\n".join(["q\ty", *(f"{cell}\t{k}" for k, cell in enumerate(cells))]).encode())
    assert table["q"].kind == "text"
    assert "read text as numbers" in table["q"].repairs
    mended = table.repair("read text as numbers", "q")
    np.testing.assert_array_equal(_column(mended, "q"), numbers)
    assert mended["q"].unit == unit


def test_printed_digits_survive_the_reading_of_text():
    table = read_table(b"q;y\n12,50 kg;1\n3,25 kg;2")
    assert table.repair("read text as numbers", "q")["q"].digits == 4


def test_two_units_in_a_column_are_not_mixed():
    table = read_table(b"q;y\n12,5 kg;1\n500 g;2")
    with pytest.raises(DataError, match=r"A column has one unit, but 'q' has g, kg. Convert them before\."):
        table.repair("read text as numbers", "q")
    with pytest.raises(DataError, match="'q' has g in its heading and kg in its cells"):
        read_table(b"q (g);y\n12 kg;1\n500 kg;2").repair("read text as numbers", "q")


def test_numbers_without_a_unit_and_bounds_are_told():
    mended = read_table(b"q;y\n12 kg;1\n500;2\n<3 kg;3").repair("read text as numbers", "q")
    assert mended.provenance[-1] == (
        "Read 2 cells of 'q' as numbers in kg; 1 number without a unit taken to be alike; "
        "1 bound such as '<3 kg' became gaps."
    )


@pytest.mark.parametrize(
    "cell", ["three", "3 samples were lost", "1/2", "1-2", "12:30", "v1.2", "1.2.3", "3 4", "A12", ""]
)
def test_text_with_no_number_or_several_is_not_taken_for_one(cell):
    table = read_table(f"q\ty\n{cell}\t1\nword\t2\n".encode())
    assert "read text as numbers" not in table["q"].repairs


def test_errors_are_split_off_and_recognised():
    table = read_table("x\tT (s)\n1\t1.23 ± 0.05\n2\t2.46(15)\n3\t4.5e3±1e2\n".encode())
    assert "split off the errors" in table["T"].repairs
    mended = table.repair("split off the errors", "T")
    np.testing.assert_allclose(_column(mended, "T"), [1.23, 2.46, 4500])
    np.testing.assert_allclose(_column(mended, "T_err"), [0.05, 0.15, 100])
    assert mended.sigma_of("T") == "T_err"
    data = mended.to_dataset("T", sigma="T_err")
    np.testing.assert_allclose(data.sigma, [0.05, 0.15, 100])
    assert data.names == ("x",)


def test_words_among_numbers_become_gaps_or_go_with_their_rows():
    table = read_table(b"a,y\n1,1\nbroken,2\n3,3\n4,5")
    assert _column(table.repair("drop rows that are no numbers", "a"), "a") == [1, 3, 4]
    gaps = table.repair("words to gaps", "a")
    assert (gaps["a"].kind, gaps["a"].missing) == ("number", (3,))
    assert gaps.provenance[-1] == "Made 1 cell of 'a' that held words gaps."


def test_codes_become_gaps():
    mended = read_table(b"a,y\n1.5,1\n-999,2\n3.5,3\n4.5,5").repair("codes to gaps", "a")
    assert (mended["a"].missing, mended["a"].minimum, mended["a"].digits) == ((3,), 1.5, 2)


def test_yes_and_no_become_one_and_zero():
    mended = read_table(b"a,y\nYes,1\nno,2\nyes,3\n,4").repair("yes and no to 1 and 0", "a")
    np.testing.assert_array_equal(_column(mended, "a"), [1, 0, 1, np.nan])


def test_rows_far_out_infinite_or_doubled_are_dropped():
    rng = np.random.default_rng(0)
    values = [*np.round(rng.normal(size=40), 4), 99.5, 0.5]
    text = "x,y\n" + "\n".join(f"{value},{k}" for k, value in enumerate(values))
    mended = read_table(text.encode()).repair("drop outlier rows")
    assert mended.provenance[-1] == "Dropped 1 row that lay far from all others in 'x' (row 42)."
    endless = read_table(b"x,y\n1,1\ninf,2\n3,4").repair("drop rows with infinite values", "x")
    assert _column(endless, "x") == [1, 3]
    doubled = read_table(b"x,n,y\n1,a,1\n2,b,2\n1,a,1\n1,b,1")
    assert doubled.duplicates == (4,)
    assert "drop duplicate rows" in doubled.repairs
    assert _column(doubled.repair("drop duplicate rows"), "n") == ["a", "b", "b"]


def test_the_logarithm_replaces_the_column():
    table = read_table(b"m (kg),y\n1,1\n10,2\n100,5")
    mended = table.repair("take the logarithm", "m")
    np.testing.assert_allclose(_column(mended, "log_m"), np.log([1, 10, 100]))
    assert [report.name for report in mended.columns] == ["log_m", "y"]
    assert (mended["log_m"].unit, mended["log_m"].digits) == (None, None)
    assert mended.provenance[-1] == "Took the natural logarithm of 'm' in kg: 'log_m'."
    assert "take the logarithm" not in read_table(b"m,y\n0,1\n10,2").columns[0].repairs


DATES = ["2024-02-28 12:00", "2024-02-29 12:00", "2024-03-01 18:00", "2023-07-02 12:00"]


def test_dates_become_seconds_days_and_years():
    table = read_table("\n".join(["t,y", *(f"{date},{k}" for k, date in enumerate(DATES))]).encode())
    moments = [datetime.datetime.fromisoformat(date) for date in DATES]
    seconds = [(moment - min(moments)).total_seconds() for moment in moments]
    as_seconds, days, years = (table.repair(f"dates to {unit}", "t") for unit in ("seconds", "days", "decimal years"))
    np.testing.assert_allclose(_column(as_seconds, "t"), seconds)
    np.testing.assert_allclose(_column(days, "t"), np.array(seconds) / 86400)
    assert (as_seconds["t"].unit, days["t"].unit, years["t"].unit) == ("s", "d", "yr")
    starts = [datetime.datetime(moment.year, 1, 1) for moment in moments]
    lengths = [
        (datetime.datetime(moment.year + 1, 1, 1) - start).total_seconds()
        for moment, start in zip(moments, starts, strict=True)
    ]
    parts = [
        (moment - start).total_seconds() / length
        for moment, start, length in zip(moments, starts, lengths, strict=True)
    ]
    np.testing.assert_allclose(
        _column(years, "t"), [moment.year + part for moment, part in zip(moments, parts, strict=True)], atol=1e-9
    )
    assert _column(years, "t")[3] == 2023.5
    assert days.provenance[-1] == "Turned the dates of 't' into days since 2023-07-02 12:00:00."


def test_dates_of_unknown_order_ask_which():
    table = read_table(b"t,y\n01/02/2024,1\n05/04/2024,2")
    with pytest.raises(
        DataError, match=r"'01/02/2024' in 't' could be day first or month first. Pass order='day first'"
    ):
        table.repair("dates to days", "t")
    assert _column(table.repair("dates to days", "t", order="day first"), "t") == [0, 64]  # 1 February to 5 April
    assert _column(table.repair("dates to days", "t", order="month first"), "t") == [0, 123]  # 2 January to 4 May
    with pytest.raises(DataError, match="An order is 'day first' or 'month first', but 'year' came"):
        table.repair("dates to days", "t", order="year")


def test_times_of_day_count_from_midnight_and_gaps_stay():
    table = read_table(b"t,y\n00:01:30,1\n,2\n12:00:00,3")
    np.testing.assert_array_equal(_column(table.repair("dates to seconds", "t"), "t"), [90, np.nan, 43200])
    assert "dates to decimal years" not in table["t"].repairs


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (("drop rows with gap",), "A repair is called as in the list, but there is no 'drop rows with gap'. "
         "Did you mean 'drop rows with gaps'? There are: read text as numbers"),
        (("exclude column",), "'exclude column' works on a column, but none came. Name one."),
        (("exclude column", "c"), "A column is called as in the table, but there is no 'c'."),
        (("dates to days", "a"), "'dates to days' suits other columns than 'a'. Column 'a' has 1 empty cell (row 3)."),
        (("fill gaps with the mean", "y"),
         "'fill gaps with the mean' suits other columns than 'y'. Column 'y' needs none."),
    ],
)  # fmt: skip
def test_a_repair_that_cannot_be_says_why(act, message):
    with pytest.raises(DataError) as caught:
        read_table(GAPPY).repair(*act)
    assert str(caught.value).startswith(message)


def test_options_are_checked():
    with pytest.raises(
        DataError, match=r"'fill gaps with a constant' has other options, but 'values' came\. It has: value\."
    ):
        read_table(GAPPY).repair("fill gaps with a constant", "a", values=1)
    for value in ("1", np.nan, True, None):
        with pytest.raises(DataError, match="Gaps are filled with a number"):
            read_table(GAPPY).repair("fill gaps with a constant", "a", value=value)


def test_no_repair_leaves_a_table_without_rows_or_columns():
    with pytest.raises(DataError, match="would leave none"):
        read_table(b"a,b\n1,\n,2").repair("drop rows with gaps")
    with pytest.raises(DataError, match="would leave none"):
        read_table(b"a\n1\n2").repair("exclude column", "a")


def test_every_repair_is_documented():
    assert all(name == repair.name and repair.says.endswith(".") for name, repair in REPAIRS.items())
    assert {repair.scope for repair in REPAIRS.values()} == {"column", "either", "table"}
