"""The headless command: one search, Ctrl-C and imports in a process of their own, all else in this one."""

import contextlib
import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from symbolic.__main__ import main

ROOT = Path(__file__).parents[2]
KEPLER = ROOT / "datasets" / "catalog" / "kepler.csv"


def _spawned(*arguments):
    return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, timeout=120)


def _run(*arguments):
    out, error = io.StringIO(), io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), error.getvalue())


@pytest.fixture(scope="module")
def kepler():
    return _spawned("-m", "symbolic", KEPLER, "--target", "period_yr", "--json", "--seed", 3)


def test_json_is_one_object_whose_law_sympy_reads_back(kepler):
    found = json.loads(kepler.stdout)
    assert kepler.returncode == 0
    assert set(found) == {
        "law", "latex", "status", "target", "variables", "r2_test", "rmse_test", "complexity", "constants", "front",
        "evidence", "seconds", "seed",
    }  # fmt: skip
    law = sp.sympify(found["law"], locals={v["symbol"]: sp.Symbol(v["symbol"]) for v in found["variables"]})
    assert law == sp.Symbol("semi_major_axis_au") ** sp.Rational(3, 2)
    assert found["variables"] == [{"name": "semi_major_axis_au", "symbol": "semi_major_axis_au"}]
    assert (found["target"], found["seed"]) == ("period_yr", 3)
    assert found["r2_test"] is None
    assert found["rmse_test"] is None
    assert "3/2" in [constant["recognised"] for constant in found["constants"]]
    assert set(found["constants"][0]) == {"value", "stderr", "unit", "recognised"}
    assert set(found["front"][0]) == {"law", "complexity", "rmse_validation"}


def test_progress_with_its_stages_goes_to_standard_error(kepler):
    stages = [line.split("] ")[1].split(":")[0] for line in kepler.stderr.splitlines() if line.startswith("[")]
    assert list(dict.fromkeys(stages)) == ["data", "train", "name", "law"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """What is printed for a reader, and the folder of the report and the project that are written beside it."""
    folder = tmp_path_factory.mktemp("kept")
    files = ("--report", folder / "out.html", "--project", folder / "out.kan")
    found = _run(KEPLER, "--target", "period_yr", "--inputs", "semi_major_axis_au", *files)
    assert found.returncode == 0
    return found.stdout, folder


def test_the_text_shows_the_law_its_error_its_constants_and_why(kept):
    shown, _ = kept
    assert shown.startswith("period_yr = semi_major_axis_au^(3/2)\n")
    for part in ("status", "RMSE", "constants", "3/2", "why", "standard errors"):
        assert part in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((KEPLER, "--target", "perod_yr"), "period_yr"),
        ((KEPLER, "--target", "period_yr", "--inputs", "mass"), "mass"),
        (("no_such.csv", "--target", "y"), "no_such.csv"),
        ((KEPLER,), "--target"),
        ((KEPLER, "--target", "period_yr", "--budget", "soon"), "positive number of seconds"),
        ((KEPLER, "--target", "period_yr", "--units", "a=m"), "there is no column 'a'"),
        ((KEPLER, "--target", "period_yr", "--units", "period_yr"), "column=unit"),
        ((KEPLER, "--target", "period_yr", "--units", "period_yr=wobbles"), "'wobbles' is unknown"),
        ((KEPLER, "--target", "period_yr", "--hints", "no_such.json"), "'no_such.json' cannot be read"),
        ((KEPLER, "--target", "period_yr", "--hints", KEPLER), "no JSON"),
        ((KEPLER, "--target", "period_yr", "--robust", "perhaps"), "--robust"),
        ((KEPLER, "--target", "period_yr", "--report", "no/such/out.html"), "--report names a file to write"),
        ((KEPLER, "--target", "period_yr", "--project", "tests"), "'tests' is a folder"),
        (("predict", "no_such.kan", KEPLER), "no_such.kan cannot be read"),
        (("predict", KEPLER, KEPLER), "no saved project"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_two(arguments, words):
    result = _run(*arguments, *([] if arguments[0] == "predict" else ["--json"]))
    assert result.returncode == 2
    assert result.stdout == ""
    lines = [
        line
        for line in result.stderr.splitlines()
        if line.startswith(("python -m symbolic:", "python -m symbolic predict:"))
    ]
    assert len(lines) == 1
    assert words in lines[0]
    assert "Traceback" not in result.stderr


def test_help_names_what_works_and_nothing_else():
    shown = _run("--help").stdout
    for option in (
        "--target",
        "--inputs",
        "--units",
        "--sigma",
        "--budget",
        "--seed",
        "--json",
        "--report",
        "--project",
        "--hints",
        "--robust",
        "predict",
    ):
        assert option in shown


def test_hints_in_a_file_bind_the_law(tmp_path):
    hints = tmp_path / "hints.json"
    hints.write_text('{"forbidden": ["roots"]}')
    found = json.loads(_run(KEPLER, "--target", "period_yr", "--json", "--hints", hints).stdout)
    law = sp.sympify(found["law"], locals={v["symbol"]: sp.Symbol(v["symbol"]) for v in found["variables"]})
    assert all(power.args[1].is_Integer for power in law.atoms(sp.Pow) if power.free_symbols)
    hints.write_text('{"forbiden": ["roots"]}')
    refused = _run(KEPLER, "--target", "period_yr", "--json", "--hints", hints)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Did you mean 'forbidden'?" in refused.stderr


def test_several_targets_are_one_object_with_one_for_each_and_files_of_their_own(tmp_path):
    rows = tmp_path / "two.csv"
    rows.write_text("a,y,z\n" + "\n".join(f"{a},{3 * a},{a * a}" for a in range(1, 11)))
    found = _run(rows, "--target", "y,z", "--json", "--project", tmp_path / "out.kan")
    assert found.returncode == 0
    answer = json.loads(found.stdout)
    assert set(answer) == {"targets", "seconds", "seed"}
    assert {name: one["law"] for name, one in answer["targets"].items()} == {"y": "3*a", "z": "a**2"}
    assert (tmp_path / "out.y.kan").exists()
    assert (tmp_path / "out.z.kan").exists()


def test_laws_need_no_torch():
    code = (
        "import symbolic, sys; symbolic.Law, symbolic.fit_formula, symbolic.same_law; assert 'torch' not in sys.modules"
    )
    assert _spawned("-c", code).returncode == 0


def test_the_package_alone_brings_neither_numpy_nor_sympy():
    code = "import symbolic, sys; assert not {'numpy', 'sympy', 'torch'} & set(sys.modules)"
    assert _spawned("-c", code).returncode == 0


def test_a_project_predicts_new_rows_and_a_report_holds_the_law(kept, tmp_path, capsys):
    _, folder = kept
    page, project, rows = folder / "out.html", folder / "out.kan", tmp_path / "new.csv"
    assert "period_yr = semi_major_axis_au^(3/2)" in page.read_text()
    rows.write_text("planet,semi_major_axis_au\nEarth,1\nPluto,39.48\nNone,\n")
    assert main(["predict", str(project), str(rows)]) == 0
    printed = capsys.readouterr()
    header, earth, pluto, gap = (line.split(",") for line in printed.out.splitlines())
    assert header[:3] == ["planet", "semi_major_axis_au", "period_yr predicted"]
    assert header[3:] == ["period_yr standard error", "period_yr low", "period_yr high", "outside"]
    assert (float(earth[2]), earth[-1]) == (1.0, "no")
    assert float(pluto[2]) == pytest.approx(39.48**1.5)
    assert float(pluto[4]) < float(pluto[2]) < float(pluto[5])
    assert pluto[-1] == "yes"
    assert gap == ["None", "", "", "", "", "", "yes"]
    assert "1 of 3 rows have no prediction" in printed.err
    assert main(["predict", str(project), str(rows), "--out", str(tmp_path / "out.csv")]) == 0
    assert (tmp_path / "out.csv").read_text() == printed.out


@pytest.mark.skipif(sys.platform == "win32", reason="no signal of Ctrl-C can be sent there")
def test_ctrl_c_prints_the_best_law_so_far_and_says_that_it_was_stopped(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 3, (300, 2))
    y = 2.345 * X[:, 0] ** 1.7 + X[:, 1] + 0.02 * rng.normal(size=300)
    data = tmp_path / "hard.csv"
    np.savetxt(data, np.column_stack([X, y]), delimiter=",", header="a,b,y", comments="")
    command = [sys.executable, "-m", "symbolic", str(data), "--target", "y", "--budget", "300", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    for line in process.stderr:
        if "y = " in line:
            break
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopping at the next step" in error
    assert "this is the best it had" in error
    assert "Traceback" not in error
    found = json.loads(out)
    assert {"a", "b"} == {symbol.name for symbol in sp.sympify(found["law"]).free_symbols}
    assert "The search was stopped before it was finished." in found["evidence"]
