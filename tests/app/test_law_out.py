"""What is taken away: project files and links come back as they were, damaged ones are refused, notebooks run."""

import base64
import json
import subprocess
import sys
import zlib
from dataclasses import fields, replace

import numpy as np
import pytest
from law_for_tests import EVIL, dataset, found, work

from app.kept.work import Act, Work
from app.out import link, project, shapes
from app.out.notebook import notebook
from app.out.report import report
from app.session import Session
from app.tasks import laws
from datasets import Dataset
from symbolic import Law, Project


@pytest.fixture(scope="module")
def done():
    return work()


@pytest.fixture
def acts(done):
    return Act(4, "Data", replace(done, law=None, model=None, picture=None)), Act(7, "Discover", done, before=4)


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


def test_a_project_opens_again_exactly(acts):
    back, at = project.from_bytes(project.to_bytes(acts, 1))
    assert at == 1
    for one, other in zip(acts, back, strict=True):
        assert (one.id, one.name, one.before) == (other.id, other.name, other.before)
        for part in fields(Work):
            assert same(getattr(one.work, part.name), getattr(other.work, part.name)), part.name


def test_a_network_of_a_project_computes_what_it_did(acts):
    from kan_core import KAN

    back, _ = project.from_bytes(project.to_bytes(acts, 1))
    X = acts[1].work.dataset["X"]
    before, after = (KAN.from_dict(one.work.model) for one in (acts[1], back[1]))
    assert np.array_equal(before(X), after(X))


def test_equal_projects_are_equal_bytes_and_shared_data_are_stored_once(acts):
    once = project.to_bytes(acts, 1)
    assert once == project.to_bytes(project.from_bytes(once)[0], 1)
    twice = project.to_bytes((*acts, Act(8, "Again", acts[1].work, before=7)), 1)
    assert len(twice) < 1.3 * len(once)


def test_the_headless_command_reads_the_same_file(acts, tmp_path):
    (tmp_path / "p.kan").write_bytes(project.to_bytes(acts, 1))
    (tmp_path / "new.csv").write_text("m,v\n1,2\n")
    run = [sys.executable, "-m", "symbolic", "predict", str(tmp_path / "p.kan"), str(tmp_path / "new.csv")]
    said = subprocess.run(run, capture_output=True, text=True, check=True)
    assert float(said.stdout.splitlines()[1].split(",")[2]) == pytest.approx(2.0, rel=0.01)


def test_a_project_without_a_history_is_told_apart():
    data = dataset()
    assert project.from_bytes(Project(found(data), data).to_bytes()) is None


def test_no_byte_of_a_project_can_be_changed_unnoticed_or_break_the_page(acts):
    content = project.to_bytes(acts, 1)
    places = np.random.default_rng(0).integers(0, len(content), 60)
    refused = 0
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 0x55
        try:
            project.from_bytes(bytes(damaged))
        except ValueError:
            refused += 1
    assert refused > 55  # a byte or two of a zip mean nothing: times, permissions


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 1000, b"\x80\x04\x95"])
def test_bytes_that_are_no_project_are_refused_in_a_sentence(content):
    with pytest.raises(ValueError, match="no saved project"):
        project.from_bytes(content)


def test_a_history_that_unpacks_to_too_much_is_refused(acts, monkeypatch):
    content = project.to_bytes(acts, 1)
    monkeypatch.setattr(project, "UNPACKED", 1000)
    with pytest.raises(project.ProjectError, match="unpacks"):
        project.from_bytes(content)


def rewritten(acts, change):
    """The same file with another history in it."""
    opened = Project.from_bytes(project.to_bytes(acts, 1))
    history = json.loads(zlib.decompress(opened.beside[project.HISTORY]))
    change(history)
    beside = {**opened.beside, project.HISTORY: zlib.compress(json.dumps(history).encode())}
    return replace(opened, beside=beside).to_bytes()


def law_of(history):
    return history["acts"][1]["work"]["law"]


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update(version=2),
        lambda h: h.update(at=9),
        lambda h: h.update(acts=[]),
        lambda h: h["acts"][0].update(name=3),
        lambda h: h["acts"][1]["work"].update(dataset=5),
        lambda h: h["acts"][1]["work"].update(title=None),
        lambda h: h["acts"][1]["work"]["picture"]["edges"][0].update(id="<script>"),
        lambda h: h["acts"][1]["work"]["picture"]["edges"][0].update(y="x"),
        lambda h: h["acts"][1]["work"].update(paused={"steps": [-1], "grids": [5], "sparsity": 0.0}),
        lambda h: law_of(h).update(parts="all"),
        lambda h: law_of(h).update(latex="x\n$$\n[a](http://b.c)"),
        lambda h: law_of(h)["forms"][0].update(latex="x\r$$\r# big"),
        lambda h: law_of(h)["law"].update(expr=["eval", "1"]),
        lambda h: law_of(h)["law"].update(expr=["Pow", 10, ["Pow", 10, 9]]),
        lambda h: law_of(h)["law"]["variables"][0].update(symbol="__import__('os')"),
        lambda h: law_of(h)["front"][0]["law"]["law"].pop("expr"),
        lambda h: h["datasets"][0].update(names=["m", "m"]),
    ],
)
def test_every_field_of_a_history_is_checked(acts, change):
    with pytest.raises(ValueError, match=r"\w+ .*\."):
        project.from_bytes(rewritten(acts, change))


def test_a_project_of_before_fits_could_be_resumed_opens(acts):
    opened, _ = project.from_bytes(rewritten(acts, lambda h: [act["work"].pop("paused") for act in h["acts"]]))
    assert [act.work.paused for act in opened] == [None, None]


def test_what_was_left_of_a_paused_fit_is_kept_in_a_project(acts):
    left = {"steps": [0, 3], "grids": [5, 10], "sparsity": 0.0}
    paused = replace(acts[1], work=replace(acts[1].work, paused=left))
    assert project.from_bytes(project.to_bytes((paused,), 0))[0][0].work.paused == left


def test_a_shape_names_the_field_that_is_wrong():
    with pytest.raises(shapes.ShapeError, match=r"'project.acts\[0\]' lacks 'id'"):
        shapes.check({"version": 1, "at": 0, "acts": [{}], "datasets": []}, shapes.HISTORY)


def session(**settings):
    s = Session((Act(0, "start", Work({}, "", {})),))
    for name, value in settings.items():
        setattr(s, name, value)
    return s


def test_a_link_carries_the_settings_and_nothing_else():
    s = session(kind="formula", formula="a*b", ranges={"a": (0.0, 2.0), "b": (1.0, 3.0)}, noise=0.1, steps=7, budget=9)
    read = link.decode(link.encode(s))
    assert set(read) == set(link.FIELDS)
    assert all(getattr(s, name) == value for name, value in read.items())


def test_a_link_of_a_table_leaves_the_table_out():
    s = session(kind="table", table=("secret.csv", b"a,b\n1,2\n"), target="b")
    assert not {"kind", "table", "target"} & set(link.decode(link.encode(s)))


def packed(settings):
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(settings).encode())).decode()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "cut or changed"),
        ("%%%", "cut or changed"),
        ("gASVCgAAAAAAAACMBmV4aXQ=", "cut or changed"),  # a pickle
        (packed([1]), "cut or changed"),
        (packed({"v": 2}), "version 2"),
        (packed({"v": 1, "table": "x"}), "no 'table'"),
        (packed({"v": 1, "__class__": "x"}), "no '__class__'"),
        (packed({"v": 1, "points": 10**9}), "'points' should lie between 10 and 100000"),
        (packed({"v": 1, "points": 10.5}), "'points' should be a whole number"),
        (packed({"v": 1, "kind": "table"}), "'kind' should be one of law, formula"),
        (packed({"v": 1, "noise": "much"}), "'noise' should be a number"),
        (packed({"v": 1, "known": 1}), "'known' should be yes or no"),
        (packed({"v": 1, "ranges": {"x": [1]}}), "two numbers"),
        (packed({"v": 1, "ranges": {"x": [0, float("inf")]}}), "between"),
        (packed({"v": 1, "stage": "<script>"}), "'stage' should be one of"),
        ("a" * 5000, "at most 4000 characters"),
        (packed({"v": 1, "formula": "x" * 10**6}), "cut or changed"),  # a small address that unpacks to much
    ],
)
def test_a_link_that_cannot_be_followed_says_why(address, words):
    with pytest.raises(link.LinkError, match=words):
        link.decode(address)


def ran(written, tmp_path):
    """What the cells of a notebook print, one after the other in a process of their own."""
    book = json.loads(written)
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    code = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    script = tmp_path / "cells.py"
    script.write_text("\n\n".join(code), encoding="utf-8")
    run = [sys.executable, "-I", str(script)]
    return subprocess.run(run, capture_output=True, text=True, check=True, cwd=tmp_path).stdout


@pytest.mark.parametrize("n", [40, 300])
def test_a_notebook_holds_the_data_rebuilds_the_law_and_checks_it(tmp_path, n):
    said = ran(notebook(work(dataset(n))), tmp_path)
    assert f"{n} rows of ['m', 'v'] and" in said
    assert "The law misses" in said
    assert "when all are fitted again" in said
    assert "from the formula" in said


def test_a_notebook_notices_another_law(done, tmp_path):
    law = Law.from_dict(done.law["law"])
    other = notebook(done).replace("return 0.5", "return 0.6").replace("return 0.4", "return 0.6")
    assert other != notebook(done), law
    with pytest.raises(subprocess.CalledProcessError):
        ran(other, tmp_path)


@pytest.mark.parametrize("names", [("law", "formula"), ("X", "y_"), ("np", "unpacked"), (EVIL, "b")])
def test_no_name_of_a_column_breaks_a_notebook(tmp_path, names):
    book = notebook(work(dataset(300, names), title=EVIL))
    assert "The law misses" in ran(book, tmp_path)
    words = ["".join(cell["source"]) for cell in json.loads(book)["cells"] if cell["cell_type"] == "markdown"]
    assert not [text for text in words if "<script" in text.replace("\\<script", "")]


def test_a_report_holds_the_law_the_acts_and_no_markup_of_the_user(tmp_path):
    html = report(work(dataset(60, (EVIL, "b")), title=EVIL), ["Data", EVIL])
    assert "What was done" in html
    assert "<script" not in html
    assert "<h2>Network</h2>" in html


@pytest.mark.parametrize(
    ("kind", "names"),
    [("random", ["test"]), ("none", ["all"]), ("extrapolation", ["validation", "extrapolation"])],
)
def test_a_law_is_judged_on_unseen_rows_and_apart_on_those_beyond_the_data(kind, names):
    data = dataset(200).with_split(kind)
    assert [part.name for part in laws.parts(data)] == names
    for part in laws.parts(data):
        rows = getattr(data.split, {"extrapolation": "test", "all": "train"}.get(part.name, part.name))
        assert np.array_equal(part.rows, rows)


def test_rows_beyond_the_data_are_told_apart_within_a_test_set():
    data = dataset(200).with_split("random")
    X = data.X.copy()
    X[data.split.test[:20]] += 10
    parts = laws.parts(replace(data, X=X))
    assert [(part.name, len(part.rows)) for part in parts] == [("test", 20), ("extrapolation", 20)]


def test_a_few_rows_beyond_the_data_or_none_are_no_part_of_their_own():
    data = dataset(200).with_split("random")
    X = data.X.copy()
    X[data.split.test[:2]] += 10
    assert [(part.name, len(part.rows)) for part in laws.parts(replace(data, X=X))] == [("test", 40)]
    small = dataset(40).with_split("extrapolation")  # all of so few rows are learned from
    assert [(part.name, len(part.rows)) for part in laws.parts(small)] == [("all", 40)]


def test_the_three_errors_are_those_of_numpy(done):
    from kan_core import KAN

    data, law = Dataset.from_dict(done.dataset), Law.from_dict(done.law["law"])
    rows, spread = data.split.test, np.std(data.y)
    network, values = KAN.from_dict(done.model)(data.X)[:, 0], law.predict(data.X)
    expected = {
        "law_vs_data": values - data.y,
        "network_vs_data": network - data.y,
        "law_vs_network": values - network,
    }
    for key, difference in expected.items():
        assert done.law["parts"][0][key] == pytest.approx(np.sqrt(np.mean(difference[rows] ** 2)) / spread, abs=1e-15)
