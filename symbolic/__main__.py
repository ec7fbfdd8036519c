"""The headless command: `python -m symbolic data.csv --target y` finds a law and prints it."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from datasets import Dataset
    from symbolic._law import Constant, Discovery, Law
    from symbolic._progress import Progress

# Small matrices: a few threads are fastest, and the same number everywhere gives the same law. NumPy reads this when it
# is loaded, which nothing above does.
_THREADS = str(min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, _THREADS)

_NOT_YET = ("units", "hints", "report", "project")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One clear line in place of argparse's usage text."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status: 0, or 2 for bad input (one line on standard error)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in _NOT_YET:
        if getattr(options, name) is not None:
            parser.error(f"--{name} is not supported yet. Leave it out.")
    # Only now is anything slow imported, so that --help and a mistyped option answer at once.
    from datasets import DataError, FormulaError, read_table
    from symbolic import SymbolicError, discover

    try:
        inputs = None if options.inputs is None else _listed(options.inputs)
        table = read_table(options.data)
        dataset = table.to_dataset(options.target, inputs=inputs, sigma=options.sigma, seed=options.seed)
        _tell_notes(dataset)
        found = discover(
            dataset.X, dataset.y, names=dataset.names, target=dataset.target, sigma=dataset.sigma,
            budget=options.budget, seed=options.seed, on_progress=_tell,
        )  # fmt: skip
    except (DataError, FormulaError, SymbolicError, OSError) as error:
        parser.error(" ".join(str(error).split()))
    print(json.dumps(as_json(found, dataset.target, dataset.names, options.seed)) if options.json else as_text(found))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m symbolic", description="Find the closed-form law behind a table.")
    parser.add_argument("data", help="a CSV file with a header")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to explain")
    parser.add_argument("--inputs", metavar="A,B", help="the columns to explain it by (default: all other usable ones)")
    parser.add_argument("--sigma", metavar="COLUMN", help="the column with the target's standard errors")
    parser.add_argument("--budget", type=_seconds, default=60.0, metavar="SECONDS", help="time to search (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same law (default: 0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    for name in _NOT_YET:
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
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


def _tell_notes(dataset: Dataset) -> None:
    for note in dataset.provenance:
        print(note, file=sys.stderr)


def _tell(progress: Progress) -> None:
    print(f"[{progress.fraction:4.0%}] {progress.stage}: {progress.text}", file=sys.stderr, flush=True)


def as_json(found: Discovery, target: str, names: tuple[str, ...], seed: int) -> dict[str, Any]:
    """Return a discovery as the JSON object of the command; its laws are read back by SymPy."""
    from symbolic._law import make_variables

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
    from symbolic._text import number_text

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
