"""The headless command, run as users run it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sympy as sp

ROOT = Path(__file__).parents[2]
KEPLER = ROOT / "datasets" / "catalog" / "kepler.csv"


def _run(*arguments, code=None):
    command = [sys.executable, *(["-c", code] if code else ["-m", "symbolic", *map(str, arguments)])]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)


@pytest.fixture(scope="module")
def kepler():
    return _run(KEPLER, "--target", "period_yr", "--json", "--seed", 3)


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


def test_the_text_shows_the_law_its_error_its_constants_and_why():
    shown = _run(KEPLER, "--target", "period_yr", "--inputs", "semi_major_axis_au").stdout
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
        ((KEPLER, "--target", "period_yr", "--units", "a=m"), "--units is not supported yet"),
        ((KEPLER, "--target", "period_yr", "--hints", "h.json"), "--hints is not supported yet"),
        ((KEPLER, "--target", "period_yr", "--report", "out.html"), "--report is not supported yet"),
        ((KEPLER, "--target", "period_yr", "--project", "out.kan"), "--project is not supported yet"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_two(arguments, words):
    result = _run(*arguments, "--json")
    assert result.returncode == 2
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if line.startswith("python -m symbolic:")]
    assert len(lines) == 1
    assert words in lines[0]
    assert "Traceback" not in result.stderr


def test_help_names_what_works_and_nothing_else():
    shown = _run("--help").stdout
    for option in ("--target", "--inputs", "--sigma", "--budget", "--seed", "--json"):
        assert option in shown
    for option in ("--units", "--hints", "--report", "--project"):
        assert option not in shown


def test_laws_need_no_torch():
    code = (
        "import symbolic, sys; symbolic.Law, symbolic.fit_formula, symbolic.same_law; assert 'torch' not in sys.modules"
    )
    assert _run(code=code).returncode == 0


def test_the_package_alone_brings_neither_numpy_nor_sympy():
    code = "import symbolic, sys; assert not {'numpy', 'sympy', 'torch'} & set(sys.modules)"
    assert _run(code=code).returncode == 0
