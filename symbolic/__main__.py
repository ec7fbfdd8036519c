"""The headless command: `python -m symbolic data.csv --target y` finds a law and prints it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

if TYPE_CHECKING:
    from datasets import Dataset, Table
    from symbolic.laws._law import Constant, Discovery, Law
    from symbolic.out._console import Console

# Small matrices: one thread is as fast as any, and gives the same law everywhere. NumPy reads this when it is loaded,
# which nothing above does.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One clear line in place of argparse's usage text."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status.

    0: a law was looked for to the end; 2: bad input (one line on standard error); 130: Ctrl-C stopped the search, whose
    best law is printed all the same.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["predict"] and "--target" not in given:
        return _predict(given[1:])
    return _search(given)


def _search(given: list[str]) -> int:
    parser = _parser()
    options = parser.parse_args(given)
    for name in ("report", "project"):
        _check_place(parser, name, getattr(options, name))
    # Only now is anything slow imported, so that --help and a mistyped option answer at once.
    from datasets import DataError, FormulaError, read_table
    from symbolic import SymbolicError
    from symbolic.asked._hints_read import load_hints
    from symbolic.out._console import Console, interruptible

    console = Console(sys.stderr)
    try:
        hints = None if options.hints is None else load_hints(options.hints)
        table = read_table(options.data)
        targets = _targets(options.target, [report.name for report in table.columns])
        answers: list[tuple[Discovery, Dataset]] = []
        began = time.perf_counter()
        with interruptible(console):
            for k, target in enumerate(targets):
                left = options.budget - (time.perf_counter() - began)
                budget = options.budget if len(targets) == 1 else max(left / (len(targets) - k), 0.5)
                answers.append(_answer(options, table, target, targets, hints, budget, console))
                if console.stopped:
                    break
        for found, dataset in answers:
            _write_files(options, found, dataset, console, len(targets) > 1)
        if options.json:
            objects = {d.target: as_json(f, d.target, d.names, options.seed) for f, d in answers}
            several = {"targets": objects, "seconds": time.perf_counter() - began, "seed": options.seed}
            print(json.dumps(several if len(targets) > 1 else objects[targets[0]]), flush=True)
        else:
            print("\n\n".join(as_text(found) for found, _ in answers), flush=True)
    except (DataError, FormulaError, SymbolicError, OSError) as error:
        console.clear()
        parser.error(" ".join(str(error).split()))
    if console.stopped:
        console.note("The search was stopped before its end: this is the best it had.")
    return 130 if console.stopped else 0


def _answer(
    options: argparse.Namespace,
    table: Table,
    target: str,
    targets: list[str],
    hints: dict[str, Any] | None,
    budget: float,
    console: Console,
) -> tuple[Discovery, Dataset]:
    """Search for one target; the others are no inputs, unless they are listed."""
    from symbolic import discover

    inputs = None if options.inputs is None else [name for name in _listed(options.inputs) if name != target]
    if inputs is None and len(targets) > 1:
        usual = table.to_dataset(target, sigma=options.sigma, seed=options.seed).names
        inputs = [name for name in usual if name not in targets]
    dataset = table.to_dataset(target, inputs=inputs, sigma=options.sigma, seed=options.seed)
    given = {} if options.units is None else _pairs(options.units)
    others = {name for name in targets if name != target and name not in dataset.names}
    dataset, doubts = _with_units(dataset, {name: unit for name, unit in given.items() if name not in others})
    for note in dataset.provenance:
        console.note(note)
    robust: bool | Literal["auto"] = "auto" if options.robust == "auto" else options.robust == "yes"
    found = discover(
        dataset.X, dataset.y, names=dataset.names, target=dataset.target, sigma=dataset.sigma, units=dataset.units,
        hints=hints, budget=budget, seed=options.seed, on_progress=console, robust=robust,
        digits=dataset.digits[-1] if dataset.digits else None,
    )  # fmt: skip
    return dataclasses.replace(found, evidence=(*found.evidence, *doubts)), dataset


def _targets(text: str, columns: list[str]) -> list[str]:
    """The columns to explain: one, whatever its name holds, or several with commas between them."""
    if text in columns or "," not in text:
        return [text]
    listed = list(dict.fromkeys(_listed(text)))
    return listed or [text]


def _check_place(parser: argparse.ArgumentParser, option: str, path: str | None) -> None:
    """Refuse before the search what could not be written after it."""
    if path is None:
        return
    place = Path(path)
    if place.is_dir() or not place.parent.is_dir():
        fault = "is a folder" if place.is_dir() else "lies in a folder that does not exist"
        parser.error(f"--{option} names a file to write, but '{path}' {fault}. Name another.")
    if not os.access(place if place.exists() else place.parent, os.W_OK):
        parser.error(f"--{option} names a file to write, but '{path}' may not be written. Name another.")


def _write_files(
    options: argparse.Namespace, found: Discovery, dataset: Dataset, console: Console, several: bool
) -> None:
    """Write what was asked for; of several targets each has files of its own, out.html becoming out.y.html."""

    def place(path: str) -> str:
        name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in dataset.target)
        return str(Path(path).with_suffix(f".{name}{Path(path).suffix}")) if several else path

    if options.report is not None:
        from kan_core import sealed
        from symbolic import SymbolicError
        from symbolic.out._report import report

        sealed.write(place(options.report), report(found, dataset, options.seed).encode(), SymbolicError)
        console.note(f"The report is in {place(options.report)}.")
    if options.project is not None:
        from symbolic.out._project import Project, save_project

        save_project(place(options.project), Project(found, dataset, options.seed))
        console.note(f"The project is in {place(options.project)}.")


def _predict(given: list[str]) -> int:
    parser = _Parser(prog="python -m symbolic predict", description="Predict new rows by the law of a saved project.")
    parser.add_argument("project", help="a file written by --project")
    parser.add_argument("data", help="a table with the columns of the law")
    parser.add_argument("--out", metavar="CSV", help="where to write the rows (default: standard output)")
    options = parser.parse_args(given)
    _check_place(parser, "out", options.out)
    from datasets import DataError, read_table
    from kan_core import sealed
    from symbolic import SymbolicError
    from symbolic.out._predict import predictions
    from symbolic.out._project import load_project

    try:
        text, notes = predictions(load_project(options.project), read_table(options.data))
        if options.out is None:
            sys.stdout.write(text)
        else:
            sealed.write(options.out, text.encode(), SymbolicError)
    except (DataError, SymbolicError, OSError) as error:
        parser.error(" ".join(str(error).split()))
    for note in notes:
        print(note, file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m symbolic",
        description="Find the closed-form law behind a table.",
        epilog="Ctrl-C ends the search with the best law so far. To use a law on new rows: "
        "python -m symbolic predict PROJECT DATA [--out CSV].",
    )
    parser.add_argument("data", help="a CSV file with a header")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to explain, or several: a,b")
    parser.add_argument("--inputs", metavar="A,B", help="the columns to explain it by (default: all other usable ones)")
    parser.add_argument("--sigma", metavar="COLUMN", help="the column with the target's standard errors")
    parser.add_argument("--units", metavar="A=m,B=m/s", help="units of the columns (default: those of the header)")
    parser.add_argument("--budget", type=_seconds, default=60.0, metavar="SECONDS", help="time to search (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same law (default: 0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--report", metavar="HTML", help="write a page with the law, its errors and the evidence")
    parser.add_argument("--project", metavar="KAN", help="write law, data and network; 'predict' reads it")
    parser.add_argument("--hints", metavar="JSON", help="a file of what is known: forbidden, max_complexity, …")
    parser.add_argument(
        "--robust", choices=("no", "auto", "yes"), default="no", help="set outliers aside (auto: if they disturb)"
    )
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"a budget is a positive number of seconds; got '{text}'")
    return seconds


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _pairs(text: str) -> dict[str, str]:
    """Return what 'a=m,y=m/s' says, by column."""
    from symbolic import SymbolicError

    pairs = [part.rpartition("=") for part in _listed(text)]
    if wrong := [unit for name, equals, unit in pairs if not (name.strip() and equals and unit.strip())]:
        raise SymbolicError(f"Units are given as column=unit, such as a=m,y=m/s; got '{wrong[0]}'.")
    return {name.strip(): unit.strip() for name, _, unit in pairs}


def _with_units(dataset: Dataset, given: dict[str, str]) -> tuple[Dataset, list[str]]:
    """Return the data with the units given beside those of the header, and what to say of headers that are no units."""
    from datasets import DataError, read_unit

    units, doubts = dict(given), []
    for name, text in (dataset.units or {}).items():
        if name in given:
            continue
        try:
            read_unit(text)
        except DataError as error:
            doubts.append(f"The unit in the header of '{name}' was left out. {error}")
        else:
            units[name] = text
    return dataclasses.replace(dataset, units=units), doubts


def as_json(found: Discovery, target: str, names: tuple[str, ...], seed: int) -> dict[str, Any]:
    """Return a discovery as the JSON object of the command; its laws are read back by SymPy."""
    from symbolic.laws._law import make_variables

    best = found.best
    variables = make_variables(names) if best is None else best.variables
    return {
        "law": None if best is None else best.sympy_text(),
        "latex": None if best is None else best.latex(),
        "status": found.status,
        "target": target,
        "variables": [{"name": v.name, "symbol": v.symbol} for v in variables],
        "r2_test": None if best is None else _number(best.r2_test),
        "rmse_test": None if best is None else _number(best.rmse_test),
        "complexity": None if best is None else best.complexity,
        "constants": [] if best is None else [_constant(constant) for constant in best.constants],
        "front": [
            {"law": law.sympy_text(), "complexity": law.complexity, "rmse_validation": _number(law.rmse_validation)}
            for law in found.front
        ],
        "evidence": list(found.evidence),
        "seconds": found.seconds,
        "seed": seed,
    }


def _constant(constant: Constant) -> dict[str, Any]:
    return {
        "value": constant.value,
        "stderr": _number(constant.stderr),
        "unit": constant.unit,
        "recognised": constant.recognised,
    }


def _number(value: float | None) -> float | None:
    """Return a number JSON can hold; NaN and infinity are null."""
    return None if value is None or not math.isfinite(value) else float(value)


def as_text(found: Discovery) -> str:
    """Return a discovery for people: the law, its errors, its constants, and why to believe it."""
    if found.best is None:
        return "\n".join(["No law was found.", *(f"  {sentence}" for sentence in found.evidence)])
    law = found.best
    lines = [
        str(law),
        "",
        f"status      {found.status}",
        f"complexity  {law.complexity}",
        f"error       {_errors(law)}",
    ]
    if law.constants:
        lines += ["", "constants", *(f"  {_constant_text(constant)}" for constant in law.constants)]
    lines += ["", "why", *(f"  {sentence}" for sentence in found.evidence)]
    others = [other for other in found.front if other is not law]
    if others:
        lines += ["", "other laws, by complexity", *(f"  {other.complexity:3d}  {other}" for other in others)]
    return "\n".join([*lines, "", f"{found.seconds:.1f} s"])


def _errors(law: Law) -> str:
    parts = [
        f"{error:.3g} ({rows})"
        for rows, error in (("train", law.rmse_train), ("validation", law.rmse_validation), ("test", law.rmse_test))
        if error is not None
    ]
    quality = [] if law.r2_test is None else [f"R² on the test rows {law.r2_test:.10g}"]
    return ", ".join(["RMSE " + ", ".join(parts), *quality])


def _constant_text(constant: Constant) -> str:
    from symbolic.formulas._text import number_text

    value = number_text(constant.value, constant.stderr)
    error = f" ± {constant.stderr:.2g}" if constant.stderr else ""
    unit = f" {constant.unit}" if constant.unit else ""
    if constant.recognised is not None:
        return f"{constant.recognised}{unit}  (measured to{error or ' the precision of the numbers'})"
    return f"{value}{error}{unit}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
