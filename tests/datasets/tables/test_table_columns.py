"""What is said of each column: its part, its precision, what is odd about it."""

import numpy as np
import pytest

from datasets import read_table


def _table(**columns):
    names = list(columns)
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(names), *(",".join(map(str, row)) for row in rows)]
    return read_table("\n".join(lines).encode())


@pytest.mark.parametrize(
    "name",
    ["y_err", "sigma_y", "err_y", "y_error", "σ_y", "σy", "±y", "y ±", "y_std", "u(y)", "Y error", "y stderr", "yerr"],
)
def test_a_column_of_standard_errors_is_known_by_its_name(name):
    table = _table(x=[1, 2, 4], y=[10, 20, 35], **{name: [0.5, 0.5, 0.7]})
    report = table.columns[2]
    assert (report.role, report.of, report.sure) == ("standard error", "y", True)
    assert table.sigma_of("y") == report.name
    assert table.sigma_of("x") is None
    data = table.to_dataset("y")
    assert data.names == ("x",)
    assert data.provenance[-1] == (
        f"Left out: Column '{report.name}' is the standard error of 'y'. Choose it as sigma, not as an input."
    )


@pytest.mark.parametrize("name", ["dy", "d_y", "s_y", "delta_y", "e_y", "sigma", "err"])
def test_a_name_that_may_mean_an_error_is_proposed_but_stays_an_input(name):
    table = _table(x=[1, 2, 4], y=[10, 20, 35], **{name: [0.5, 0.5, 0.7]})
    assert table.sigma_of("y") == name
    assert not table.columns[2].sure
    assert table.to_dataset("y").names == ("x", name)


def test_a_name_is_that_of_the_column_written_alike():
    table = _table(T=[1, 2, 4], t=[10, 20, 35], sigma_T=[0.1, 0.2, 0.1], sigma_t=[0.1, 0.2, 0.1])
    assert (table["sigma_T"].of, table["sigma_t"].of) == ("T", "t")


def test_what_is_no_error_is_not_taken_for_one():
    assert _table(x=[1, 2, 4], dx=[10, 20, 35])["dx"].role == ""  # larger than what it would be the error of
    assert _table(x=[1, 2, 4], x_err=[0.1, -0.2, 0.1])["x_err"].role == ""  # errors are not negative
    assert _table(x=[1, 2, 4], z_err=[0.1, 0.2, 0.1])["z_err"].role == ""  # there is no z
    assert _table(theta=[1, 2, 4], sigma=[10, 20, 35], theta1=[3, 5, 4])["sigma"].role == ""


def test_a_sign_between_columns_is_the_error_of_the_column_before():
    table = read_table("x,±,y,±\n1,0.1,5,0.3\n2,0.1,7,0.4\n4,0.2,9,0.3".encode())
    assert [(report.name, report.of) for report in table.columns if report.role] == [("±", "x"), ("±_2", "y")]


def test_sigma_may_be_given_in_percent():
    table = read_table(b"x,T (s),T_err (%)\n1,10,5\n2,-20,10\n3,40,5")
    data = table.to_dataset("T", sigma="T_err")
    np.testing.assert_allclose(data.sigma, [0.5, 2, 2])
    assert data.provenance[-1] == "Standard errors of 'T' from 'T_err', in percent of the value."
    assert data.units == {"T": "s"}


@pytest.mark.parametrize("name", ["", "index", "No.", "row", "id", "Unnamed: 0", "#"])
def test_row_numbers_are_left_out_unless_asked_for(name):
    table = read_table(f"{name},x,y\n0,1.5,2\n1,2.5,3\n2,3,5\n".encode(), name="t")
    assert (table.columns[0].role, table.columns[0].sure) == ("row number", True)
    assert table.to_dataset("y").names == ("x",)
    first = table.columns[0].name
    assert table.to_dataset("y", inputs=[first, "x"]).names == (first, "x")
    assert table.to_dataset("x", inputs=[first]).names == (first,)


def test_counting_alone_makes_no_row_number():
    table = _table(t=range(1, 21), y=[k * k + 0.5 for k in range(20)])
    assert (table["t"].role, table["t"].sure) == ("row number", False)
    assert table.to_dataset("y").names == ("t",)
    assert _table(n=[1, 2, 3], y=[2, 5, 7])["n"].role == ""


def test_identifiers_are_known_by_name_and_by_being_different():
    table = _table(sample_id=[907, 911, 932], x=[1, 2, 4], user=["a", "b", "c"], y=[2, 4, 7])
    assert (table["sample_id"].role, table["user"].role) == ("identifier", "")
    assert table.to_dataset("y").names == ("x",)
    assert _table(grid=[3, 1, 2], y=[1, 2, 3])["grid"].role == ""
    assert _table(sample_id=[1, 1, 2], y=[1, 2, 3])["sample_id"].role == ""


def test_a_copy_of_a_column_is_left_out():
    table = _table(x=[1.5, 2, 4], y=[2, 5, 7], again=[1.5, 2, 4])
    assert table["again"].same_as == "x"
    assert table.to_dataset("y").names == ("x",)
    assert table.to_dataset("y").provenance[-1].startswith("Left out: Column 'again' is the same as 'x' in every row.")
    assert table.to_dataset("x").names == ("y", "again")  # y = x is a law


def test_outliers_are_few_and_far():
    rng = np.random.default_rng(0)
    values = np.round(rng.normal(size=100), 6)
    values[[4, 40]] = [50.0, -60.0]
    assert _table(x=values, y=rng.normal(size=100))["x"].outliers == (6, 42)
    decades = np.round(np.exp(rng.normal(size=200) * 3), 9)
    assert _table(x=decades)["x"].outliers == ()
    assert _table(x=[1, 2, 3, 4, 100])["x"].outliers == ()  # too few to tell


@pytest.mark.parametrize("code", [-999, -9999, 9999, 1e20, -99])
def test_a_number_that_stands_for_a_gap_is_seen(code):
    report = _table(x=[1.5, code, 2.5, 3.5, code, 4.5])["x"]
    assert (report.code, report.coded) == (code, (3, 6))
    assert "codes to gaps" in report.repairs
    assert "may stand for a gap" in report.remarks()[0]


def test_a_number_among_others_is_no_code():
    assert _table(x=[997, 998, 999, 1000])["x"].code is None
    assert _table(x=[-999, 5000, 20000])["x"].code is None


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["2024-01-31", "2024-02-01"], 1),
        (["2024-01-31 12:30", "2024-02-01 08:00"], 1),
        (["2024-01-31T12:30:05Z", "2024-02-01T08:00:00Z"], 1),
        (["31.01.2024", "1.2.2024"], 1),
        (["31/01/2024", "01/02/2024"], 1),
        (["01/31/2024", "02/01/2024"], 1),
        (["01/02/2024", "03/04/2024"], 2),
        (["31 Jan 2024", "1 Feb 2024"], 1),
        (["Jan 31, 2024", "Feb 1, 2024"], 1),
        (["12:30:05", "13:00:00"], 1),
        (["31.01.2024 12:30", "01.02.2024 08:00"], 1),
        (["2024-01-31", "soon"], 0),
        (["2024-13-31", "2024-02-01"], 0),
        (["v1-2024", "v2-2024"], 0),
    ],
)
def test_dates_are_recognised_with_their_order(cells, formats):
    table = read_table("\n".join(["when;y", *(f"{cell};{k}" for k, cell in enumerate(cells))]).encode())
    report = table["when"]
    assert len(report.dates) == formats
    assert report.kind == ("date" if formats else "text")
    assert ("dates to days" in report.repairs) == (formats > 0)
    assert report.complaint()


def test_the_complaint_of_nearly_numeric_text_shows_how_it_can_be_read():
    report = read_table(b"a;m\n1;12,5 kg\n2;13 kg").columns[1]
    assert report.complaint() == (
        "Column 'm' has 2 cells that are not a number (rows 2, 3), such as '12,5 kg'. "
        "It can be read as 12.5 kg. Correct them or leave the column out."
    )


def test_how_unusual_numbers_were_read_is_told():
    table = read_table(b"a\tb\n1'234.5\t1.0D+00\n12'000\t2.0D+00")
    assert table.provenance[1:] == (
        "Column 'a' was read with thousands separated by apostrophes.",
        "Column 'b' was read with Fortran's exponents (1.5D+03).",
    )


@pytest.mark.parametrize(
    ("heading", "name", "unit"),
    [
        ("mass (kg)", "mass", "kg"), ("mass [kg]", "mass", "kg"), ("t / s", "t", "s"), ("p(kPa)", "p", "kPa"),
        ("f(x)", "f(x)", None), ("f(t)", "f(t)", None), ("a / b", "a / b", None), ("m / s", "m / s", None),
    ],
)  # fmt: skip
def test_names_and_units_are_told_apart(heading, name, unit):
    report = read_table(f'"{heading}",y\n1,2\n2,3'.encode()).columns[0]
    assert (report.name, report.unit) == (name, unit)


def test_units_come_from_the_row_below_the_names():
    table = read_table(b"m,v,q,name\n[kg],(m/s),-,\n1.5,2,1,a\n3,4,2,b")
    assert [report.unit for report in table.columns] == ["kg", "m/s", "1", None]
    assert table["m"].missing == ()
    words = read_table(b"m,v\nlow,high\n1.5,2\n3,4")  # no units: a row of words
    assert [report.unit for report in words.columns] == [None, None]
    assert words["m"].words == (2,)


def test_replicates_are_counted_and_their_spread_told():
    table = _table(x=[1, 1, 2, 2, 3], y=[1.0, 1.2, 2.0, 2.4, 3.5])
    np.testing.assert_array_equal(table.replicates(["x"]), [0, 0, 1, 1, -1])
    spread = np.sqrt((0.1**2 * 2 + 0.2**2 * 2) / 2)
    assert table.to_dataset("y").provenance[-1] == (
        "Replicates: 4 rows repeat the inputs of others (2 groups); "
        f"within a group 'y' has a standard deviation of {spread:.3g}."
    )


def test_a_table_answers_for_a_column_by_name_and_heading():
    table = read_table(b"m (kg),T\n1,2\n2,3\n3,4")
    assert table["m"] is table["m (kg)"]
