"""What a worker does for the law panel: plain data in, plain data out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from app.workers.worker import Emit, Plain, Stopped

CERTAIN = 0.95  # share of the rows on which bands have to meet, where the data cannot tell two laws apart


def compare(dataset: Plain, law: Plain, formula: str, emit: Emit, stopped: Stopped) -> Plain:  # noqa: ARG001
    """The user's formula fitted to all but the test rows, as a rival of the present law, and a verdict on the two.

    `same` is "law" (the numbers fitted are its numbers), "form" (recognised, they are), "data" (the bands of the two
    meet on nearly every row) or "no"; `apart` is the root mean square of the difference, relative to the spread.
    """
    from app.tasks.laws import rival
    from datasets import Dataset
    from symbolic import Law, fit_formula, united

    data, here = Dataset.from_dict(dataset), Law.from_dict(law)
    emit(stage="law", text=f"Fitting {formula}", fraction=0.3)
    rows = np.sort(np.concatenate([data.split.train, data.split.validation]))
    sigma = None if data.sigma is None else data.sigma[rows]
    mine = fit_formula(formula, data.X[rows], data.y[rows], data.names, data.target, sigma)
    mine = united(mine, data.units if _readable(data) else None)
    difference = mine.predict(data.X) - here.predict(data.X)
    return {
        "rival": rival(mine, data),
        "same": _same(mine, here, data),
        "apart": float(np.sqrt(np.nanmean(difference**2))) / (float(np.std(data.y)) or 1.0),
    }


def _readable(data: Any) -> bool:
    return all(name in data.dimensions for name in data.units or {})


def _same(mine: Any, here: Any, data: Any) -> str:
    from symbolic import same_law

    ranges = {v.symbol: (here.domain or mine.domain)[v.name] for v in here.variables}
    if same_law(mine.expr, here.expr, ranges):
        return "law"
    if same_law(_recognised(mine), _recognised(here), ranges):
        return "form"
    return "data" if _bands_meet(mine, here, data.X) else "no"


def _recognised(law: Any) -> Any:
    """The expression with those of its constants in their exact form that have one."""
    from sympy import Float

    forms = {Float(one.value): _number(one.recognised) for one in law.constants if one.recognised}
    return law.expr.xreplace({value: form for value, form in forms.items() if form is not None})


def _number(text: str) -> Any:
    """A recognised constant such as 3/2 or 2*pi; None where our own parser cannot read it."""
    from sympy import Integer, Symbol

    from datasets import FormulaError, parse_formula

    one = Symbol("one")  # a formula needs a variable
    try:
        form = parse_formula(f"({text})*one").xreplace({one: Integer(1)})
    except FormulaError:
        return None
    return None if form.free_symbols else form


def _bands_meet(mine: Any, here: Any, X: Any) -> bool:
    if mine.uncertainty is None or here.uncertainty is None:
        return False
    one, other = mine.predict(X, band=True), here.predict(X, band=True)
    reach = 2 * np.hypot(np.nan_to_num(one.stderr), np.nan_to_num(other.stderr))
    return bool(np.mean(np.abs(one.values - other.values) <= reach) >= CERTAIN)


def opened(project: bytes, emit: Emit, stopped: Stopped) -> Plain:  # noqa: ARG001
    """The work in a project file that `python -m symbolic` wrote."""
    from app.tasks.film import picture_of
    from app.tasks.laws import summary
    from symbolic import Project

    read = Project.from_bytes(project)
    found, data, model = replace(read.found, model=read.model), read.data, read.model
    law = None if found.best is None else summary(found.best, data, model, found)
    return {
        "dataset": data.to_dict(),
        "title": f"{data.target} of a project",
        "story": " ".join(data.provenance),
        "source": {"kind": "project"},
        "model": None if model is None else model.to_dict(),
        "picture": None if model is None else picture_of(model, data.part("train")[0], data),
        "frames": [],
        "losses": [],
        "law": law,
        "act": f"Open {law['text']}" if law else "Open a project without a law",
    }
