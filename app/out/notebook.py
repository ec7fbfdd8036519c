"""A notebook that holds the data, rebuilds the law and checks it; it needs NumPy, SciPy and SymPy, not KANvas."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from app.kept.work import Work
from app.words import plain

MOST = 20_000  # rows embedded; of more, so many are taken, spread over the table
READABLE = 60  # rows up to which the numbers are written out

UNPACK = """
def unpacked(text, kind="<f8"):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=kind)
"""
CHECK = """
predicted = law(*X.T)
left = (predicted - y)[judged]
error = np.sqrt(np.nanmean(left**2)) / y.std()
print(f"The law misses {{np.sum(judged)}} rows by {{error:.3g}} of the spread of the target.")
assert abs(error - {error!r}) <= 1e-6 * {error!r} + 1e-12
"""
REFIT = """
from scipy.optimize import least_squares

{free}
start = np.array({start!r})
share = {share}  # errors that grow with the target count by their share
weight = 1 / np.abs(y[learned]) if share else np.ones(int(learned.sum()))


def residual(constants):
    return (free(*X[learned].T, *constants) - y[learned]) * weight


again = least_squares(residual, start, x_scale=np.abs(start))
for before, after in zip(start, again.x):
    print(f"{{before:.8g}} in the law, {{after:.8g}} when all are fitted again")
assert np.sum(residual(again.x) ** 2) <= np.sum(residual(start) ** 2) * (1 + 1e-9) + 1e-300
"""
TRUTH = """
{truth}
drawn = truth(*X.T)
print(f"The rows lie {{np.sqrt(np.nanmean((y - drawn)**2)) / y.std():.3g}} of their spread from the formula.")
print(f"The law lies {{np.sqrt(np.nanmean((law(*X.T) - drawn)**2)) / y.std():.3g}} from it.")
"""
PLOT = """
try:
    import matplotlib.pyplot as plt
except ImportError:
    print("With matplotlib installed, this cell draws the law against the data.")
else:
    plt.plot(y, law(*X.T), ".", y, y, "-")
    plt.xlabel(target + ", data")
    plt.ylabel(target + ", law")
    plt.show()
"""


def notebook(work: Work) -> str:
    """The notebook's JSON (nbformat 4.5). Names from the data stand in it as escaped text and as string literals only.

    Raises SymbolicError where the law cannot be written in Python.
    """
    from app.tasks.laws import parts
    from datasets import Dataset
    from symbolic import Law

    assert work.law is not None, "there is a law to check"
    data, law = Dataset.from_dict(work.dataset), Law.from_dict(work.law["law"])
    picked = np.unique(np.linspace(0, len(data.y) - 1, min(MOST, len(data.y))).round().astype(int))
    judged = np.isin(picked, parts(data)[0].rows)
    X, y, learned = data.X[picked], data.y[picked], np.isin(picked, data.split.train)
    some = "" if len(picked) == len(data.y) else f" Of {len(data.y)} rows, {len(picked)} were taken."
    error = float(np.sqrt(np.nanmean((law.predict(X) - y)[judged] ** 2)) / (y.std() or 1.0))
    formula = f"$${law.latex()}$$" if "<" not in law.latex() else f"`{_text(str(law))}`"
    cells = [
        _words(f"# {_text(work.title)}\n\n{formula}\n\n{_text(work.story)}"),
        _words(f"## The data\n\n{_text(' '.join(data.provenance))}{some}"),
        _code(_data(X, y, judged, learned, data)),
        _words("## The law\n\nAs a function of arrays, and as a SymPy expression."),
        _code(_function("law", law, "numpy") + "\n\n\n" + _function("formula", law, "sympy") + "\n\nformula"),
        _words("## The check\n\nThe error is that on the rows the law is judged by, as KANvas gave it."),
        _code(CHECK.format(error=error)),
        *_refit(law),
        *_truth(data),
        _code(PLOT),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    numbered = [{"id": f"cell-{k}", **cell} for k, cell in enumerate(cells)]
    return json.dumps({"cells": numbered, "metadata": about, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def _data(X: Any, y: Any, judged: Any, learned: Any, data: Any) -> str:
    head = "import base64\nimport zlib\n\nimport numpy as np\n" if len(y) > READABLE else "import numpy as np\n"
    lines = [head, *([UNPACK] if len(y) > READABLE else [])]
    lines.append(f"names, target = {_literal(list(data.names))}, {data.target!a}")
    lines.append(f"X = {_array(X)}" + (f".reshape(-1, {X.shape[1]})" if len(y) > READABLE else ""))
    lines += [f"y = {_array(y)}", f"judged = {_array(judged)}", f"learned = {_array(learned)}"]
    return "\n".join([*lines, 'print(f"{len(y)} rows of {names} and {target}")'])


def _array(values: Any) -> str:
    if len(values) <= READABLE:
        return f"np.array({values.tolist()!r})"
    kind = "?" if values.dtype == bool else "<f8"
    packed = base64.b64encode(zlib.compress(np.ascontiguousarray(values, dtype=kind).tobytes(), 9)).decode()
    return f'unpacked("{packed}"' + (', "?")' if kind == "?" else ")")


def _function(name: str, law: Any, language: str) -> str:
    """An export within a function of its own, so that no column's name can hide another name of the notebook."""
    source = law.export(language)
    last = [line for line in source.splitlines() if line and not line.startswith((" ", "#", "import"))][-1]
    given = last.removeprefix("def ").split("(")[0].split(" =")[0]
    body = "\n".join(f"    {line}".rstrip() for line in source.splitlines())
    return f"def make_{name}():\n{body}\n    return {given}\n\n\n{name} = make_{name}()"


def _refit(law: Any) -> list[dict[str, Any]]:
    """Cells that fit every number of the law again; none where it has no numbers."""
    import sympy as sp

    from symbolic import Variable, freed

    expr, values = freed(law)
    if not values:
        return []
    taken = {variable.symbol for variable in law.variables}
    fresh = (name for k in count(1) if (name := f"k{k}") not in taken)
    symbols = {old: sp.Symbol(next(fresh)) for old in values}
    more = tuple(Variable(symbol.name, symbol.name) for symbol in symbols.values())
    free = replace(law, expr=expr.xreplace(symbols), variables=(*law.variables, *more), constants=())
    share = law.uncertainty is not None and law.uncertainty.relative
    source = REFIT.format(free=_function("free", free, "numpy"), start=list(values.values()), share=share)
    return [_words("## Its numbers, fitted again\n\nOn the rows the law was learned from."), _code(source)]


def _truth(data: Any) -> list[dict[str, Any]]:
    """Cells that draw the target again from the formula behind the data, where one is known."""
    import sympy as sp

    from symbolic import Law, SymbolicError, make_variables

    if data.law is None:
        return []
    variables = make_variables(data.names)
    table = {sp.Symbol(v.name): sp.Symbol(v.symbol) for v in variables}
    expr = data.law.xreplace({s: table.get(sp.Symbol(s.name), s) for s in data.law.free_symbols})
    try:
        source = _function("truth", Law(expr, data.target, variables), "numpy")
    except SymbolicError:
        return []
    return [_words("## The formula behind the data"), _code(TRUTH.format(truth=source))]


def _literal(names: list[str]) -> str:
    return f"[{', '.join(ascii(name) for name in names)}]"


def _text(text: str) -> str:
    """Text of a user for a Markdown cell: neither markup nor a formula."""
    return plain(" ".join(text.split()))


def _words(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    source = text.strip("\n").splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
