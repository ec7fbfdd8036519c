"""A law as plain data for the page: its forms, its errors on every part of the data, its constants, and its rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.workers.worker import Plain

FEW, SHARE = 5, 0.1  # test rows beyond the others, in number and share, that are told apart from the rest
OTHERS = 5  # laws kept that were weighed and are not on the front
PARTS = {
    "test": "on the test rows",
    "extrapolation": "beyond the data it was made from",
    "validation": "on rows kept from the fit",
    "all": "on all rows",
}


@dataclass(frozen=True)
class Rows:
    """A part of the data that a law is judged by: a name of PARTS, and row indices."""

    name: str
    rows: Any


def parts(data: Any) -> list[Rows]:
    """The parts that judge a law: the test rows, apart from those outside the ranges of all other rows.

    Without test rows everything was learned from, and judges itself.
    """
    test = data.split.test
    known = data.X[np.concatenate([data.split.train, data.split.validation])]
    if not len(test):
        return [Rows("all", np.arange(len(data.y)))]
    beyond = ((data.X[test] < known.min(axis=0)) | (data.X[test] > known.max(axis=0))).any(axis=1)
    if beyond.sum() < max(FEW, SHARE * len(test)):
        return [Rows("test", test)]
    inside = Rows("validation", data.split.validation) if beyond.all() else Rows("test", test[~beyond])
    return [part for part in (inside, Rows("extrapolation", test[beyond])) if len(part.rows)]


def summary(law: Any, data: Any, model: Any = None, found: Any = None) -> Plain:
    """What the page shows of a `symbolic.Law`; errors are relative to the spread of the target.

    `found` is the search that ended with this law, where one did: it brings the verdict, the evidence and the rivals.
    """
    from symbolic import forms, verdict

    X, y = data.X[data.split.train], data.y[data.split.train]
    sigma = None if data.sigma is None else data.sigma[data.split.train]
    ways, numbers = forms(law, X, y, sigma)
    spread = float(np.std(data.y)) or 1.0
    values = np.asarray(law.predict(data.X), dtype=float)
    network = None if model is None else np.asarray(model(data.X), dtype=float)[:, 0]
    judged = [_judged(part, data.y, values, network, spread) for part in parts(data)]
    return {
        "text": str(law),
        "latex": law.latex(),
        "sympy": law.sympy_text(),
        "complexity": int(law.complexity),
        **{key: judged[0][key] for key in ("law_vs_data", "network_vs_data", "law_vs_network")},
        "parts": judged,
        "forms": [
            {"name": one.name, "latex": one.latex, "error": _error(one.expr, law, data, parts(data)[0].rows, spread)}
            for one in ways
        ],
        "constants": _constants(law.constants, numbers),
        "domain": {name: [float(v) for v in ends] for name, ends in (law.domain or {}).items()},
        "units": {name: text for name, text in (data.units or {}).items() if text},
        "law": law.to_dict(),
        "status": found.status if found else verdict(law, X, y),
        "evidence": list(found.evidence) if found else [],
        "seconds": found.seconds if found else None,
        "front": [rival(one, data, found) for one in found.front] if found else [],
        "others": [one.to_dict() for one in found.others[:OTHERS]] if found else [],
    }


def _judged(part: Rows, y: Any, law: Any, network: Any, spread: float) -> Plain:
    y, law = y[part.rows], law[part.rows]
    network = None if network is None else network[part.rows]
    return {
        "name": part.name,
        "rows": len(part.rows),
        "law_vs_data": _rms(law - y, spread),
        "network_vs_data": None if network is None else _rms(network - y, spread),
        "law_vs_network": None if network is None else _rms(law - network, spread),
    }


def _error(expr: Any, law: Any, data: Any, rows: Any, spread: float) -> float | None:
    from dataclasses import replace

    return _rms(replace(law, expr=expr).predict(data.X[rows]) - data.y[rows], spread)


def _constants(constants: Sequence[Any], numbers: Sequence[Any]) -> list[Plain]:
    """Each constant beside the number that the data give where all are free again."""
    left = list(numbers)
    rows = []
    for one in constants:
        free = next((n for n in left if abs(abs(n.exact) - abs(one.value)) <= 1e-9 * abs(one.value)), None)
        if free is not None:
            left.remove(free)
        rows.append(
            {
                **{key: getattr(one, key) for key in ("name", "value", "stderr", "unit", "recognised")},
                "interval": None if one.interval is None else list(one.interval),
                "fitted": None if free is None else abs(free.value) * (-1 if one.value < 0 else 1),
                "fitted_stderr": None if free is None else free.stderr,
                "apart": None if free is None else free.apart,
            }
        )
    return rows


def rival(law: Any, data: Any, found: Any = None) -> Plain:
    """A law with all it takes to adopt it at once: its summary, and its network where it has the shape of one."""
    from app.tasks.network_tasks import shown
    from symbolic import as_network

    best = found is not None and law is found.best
    model = sound(found.model if best else as_network(law), data)
    return {
        "text": str(law),
        "latex": law.latex(),
        "complexity": int(law.complexity),
        "error": law.rmse_validation if law.rmse_validation is not None else law.rmse_train,
        "law": {**summary(law, data, model), **({"status": found.status} if best else {})},
        "drawn": None if model is None else shown(model, data),
    }


def sound(model: Any, data: Any) -> Any:
    """The network, unless it has no value on some row: a product of powers drawn with logarithms, on negative rows."""
    return model if model is not None and np.isfinite(np.asarray(model(data.X))).all() else None


def _rms(values: Any, spread: float) -> float | None:
    # A law may be undefined on a row or two at the rim of its domain, but not everywhere.
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(np.square(known)))) / spread if len(known) else None
