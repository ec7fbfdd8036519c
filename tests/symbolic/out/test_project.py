"""Projects in files: exact, checked, and never run."""

import io
import json
import zipfile

import numpy as np
import pytest
import sympy as sp

from datasets import DataError, Dataset, read_table
from kan_core import TrainingError
from symbolic import Discovery, Law, SymbolicError
from symbolic.laws._law import make_variables
from symbolic.laws._picture import as_network
from symbolic.laws._uncertainty import measured
from symbolic.out._predict import predictions
from symbolic.out._project import Project, from_bytes, load_project, save_project, to_bytes

a, b = sp.symbols("a b")
LAW = 1.25 * a + sp.sqrt(b)


def _project(expr=LAW, units=None, **fields):
    rng = np.random.default_rng(1)
    X = rng.uniform(0, 4, (30, 2))
    y = 1.25 * X[:, 0] + np.sqrt(X[:, 1]) + 0.1 * rng.normal(size=30)
    law = Law(expr, "z", make_variables(["a", "b"]), domain={"a": (0.0, 4.0), "b": (0.0, 4.0)}, rmse_test=float("nan"))
    law = measured(law, X, y)
    other = Law(a, "z", law.variables)
    found = Discovery(law, (other, law), "noise", ("because",), 1.5, as_network(law))
    data = Dataset(X, y, ("a", "b"), "z", units=units, sigma=np.full(30, 0.1), provenance=("by hand",))
    return Project(found, data, 7, **fields)


def test_a_project_comes_back_as_it_was(tmp_path):
    project = _project(units={"a": "m"})
    save_project(tmp_path / "p.kan", project)
    again = load_project(tmp_path / "p.kan")
    assert again.found.best.expr == project.found.best.expr
    assert again.found.best.uncertainty == project.found.best.uncertainty
    assert again.found.best.rmse_test is None  # it was no number
    assert again.found.best is again.found.front[1]
    assert (again.found.status, again.found.evidence, again.found.seconds, again.seed) == (
        "noise",
        ("because",),
        1.5,
        7,
    )
    for name in ("X", "y", "sigma"):
        np.testing.assert_array_equal(getattr(again.data, name), getattr(project.data, name))
    np.testing.assert_array_equal(again.data.split.test, project.data.split.test)
    assert (again.data.units, again.data.provenance) == ({"a": "m"}, ("by hand",))
    np.testing.assert_array_equal(again.model(project.data.X), project.found.model(project.data.X))
    assert to_bytes(again) == to_bytes(_project(units={"a": "m"}))


def test_a_project_without_a_law_is_kept_and_predicts_nothing():
    data = Dataset(np.arange(5.0), np.arange(5.0), ("a",), "z")
    again = from_bytes(to_bytes(Project(Discovery(None, (), "none", ("no",), 0.1), data)))
    assert again.found.best is None
    assert again.model is None
    with pytest.raises(SymbolicError, match="holds none"):
        predictions(again, read_table(b"a,c\n1,2\n2,3\n3,5"))


def _changed(**changes):
    """A project's bytes with members replaced (None: left out), or its structure changed in place by "edit"."""
    with zipfile.ZipFile(io.BytesIO(to_bytes(_project()))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    edit = changes.pop("edit", None)
    if edit:
        structure = json.loads(members["project.json"])
        edit(structure)
        members["project.json"] = json.dumps(structure).encode()
    members |= {name.replace("__", "."): content for name, content in changes.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)
    return packed.getvalue()


def _set(*path, value):
    def edit(structure):
        for key in path[:-1]:
            structure = structure[key]
        structure[path[-1]] = value

    return edit


def test_what_was_only_packed_again_is_read():
    assert from_bytes(_changed()).found.best == _stored().found.best


def _stored():
    return from_bytes(to_bytes(_project()))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "does not begin"),
        (b"PK\x03\x04" + bytes(30), "does not begin"),
        (to_bytes(_project())[:-30], "does not begin"),
        (to_bytes(_project()).replace(b"because", b"bekause"), "CRC"),
        (_changed(data__safetensors=None), "it holds"),
        (_changed(evil__py=b"1"), "it holds"),
        (_changed(project__json=b"[" * 100_000), "recursion"),
        (_changed(project__json=b'{"format": NaN}'), "NaN is no number"),
        (_changed(data__safetensors=b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "), "'X'"),
        (_changed(edit=_set("format", value="KANvas network")), "it says that it is"),
        (_changed(edit=_set("version", value=2)), "of version 2, and version 1 is known"),
        (_changed(edit=_set("status", value="certain")), "no status 'certain'"),
        (_changed(edit=_set("best", "variables", value=[])), "none of its columns"),
        (_changed(edit=_set("data", "names", value=["a"])), "names"),
        (_changed(edit=_set("data", "units", value={"q": "m"})), "no column 'q'"),
        (_changed(edit=_set("best", "domain", value={"a": [0]})), "garbles"),
        (_changed(edit=_set("best", "expr", value=["Pow", 10, ["Pow", 10, 9]])), "too large to write down"),
    ],
)
def test_what_is_no_project_is_refused_in_a_sentence(data, words):
    with pytest.raises(SymbolicError, match=words):
        from_bytes(data)


@pytest.mark.parametrize("name", ["__import__('os').system('true')", "a;b", "a b", ""])
def test_a_name_that_is_code_never_reaches_the_compiler(name):
    with pytest.raises(SymbolicError, match="none of its columns"):
        from_bytes(_changed(edit=_set("best", "expr", value=["Add", ["symbol", name], ["symbol", "a"]])))
    variables = [{"name": "a", "symbol": name}, {"name": "b", "symbol": "b"}]
    with pytest.raises(SymbolicError, match="none of its columns"):
        from_bytes(_changed(edit=_set("best", "variables", value=variables)))


def test_a_damaged_network_does_not_keep_the_law_from_being_used():
    project = from_bytes(_changed(network__kan=b"nothing"))
    assert project.found.best.predict([[1.0, 4.0]])[0] == pytest.approx(3.25)
    with pytest.raises(TrainingError, match="no saved network"):
        _ = project.model


def _rows(text, units=None, **fields):
    found, notes = predictions(_project(units=units, **fields), read_table(text))
    header, *rows = (line.split(",") for line in found.splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows], notes


def test_predictions_stand_beside_the_rows_with_their_bands():
    rows, notes = _rows(b"b,note,a\n4,first,2\n1,second,9\n-1,third,1")
    assert [row["note"] for row in rows] == ["first", "second", "third"]
    assert [row["outside"] for row in rows] == ["no", "yes", "yes"]
    assert float(rows[0]["z predicted"]) == pytest.approx(4.5)
    assert float(rows[0]["z low"]) < 4.5 < float(rows[0]["z high"])
    assert rows[2]["z predicted"] == rows[2]["z low"] == rows[2]["z standard error"] == ""
    assert notes == (
        "2 of 3 rows lie outside the data behind the law.",
        "1 of 3 rows have no prediction: a gap, or no value of the law.",
    )


def test_rows_in_another_unit_are_converted():
    rows, notes = _rows(b"a (cm),b\n200,4\n100,1\n50,1", units={"a": "m"})
    assert float(rows[0]["z predicted"]) == pytest.approx(4.5)
    assert notes[0] == "Converted 'a' from cm to m."
    with pytest.raises(DataError):
        _rows(b"a (s),b\n200,4\n100,1\n50,1", units={"a": "m"})


def test_a_missing_column_is_asked_for_unless_the_law_does_without():
    with pytest.raises(DataError, match="there is no 'b'"):
        _rows(b"a,c\n1,2\n2,3\n3,5")
    rows, _ = _rows(b"a,c\n1,2\n2,3\n3,5", expr=1.25 * a)
    assert float(rows[1]["z predicted"]) == pytest.approx(2.5)
    with pytest.raises(DataError, match="needs numbers in column 'a'"):
        _rows(b"a,b\none,2\ntwo,3\nthree,5")


def test_new_columns_do_not_take_the_names_of_old_ones():
    rows, _ = _rows(b"a,b,z predicted\n1,1,3\n2,3,4\n3,4,5")
    assert float(rows[0]["z predicted"]) == 3
    assert float(rows[0]["z predicted 2"]) == pytest.approx(2.25)
