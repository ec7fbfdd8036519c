"""A law as plain data for the page: its forms, its three errors, and the points of the parity plot."""

from __future__ import annotations

from typing import Any

import numpy as np

PARITY = 400  # points at most


def summary(law: Any, data: Any, model: Any = None, found: Any = None) -> dict[str, Any]:
    """What the page shows of a `symbolic.Law`; errors are relative to the spread of the target."""
    predicted = np.asarray(law.predict(data.X), dtype=float)
    spread = float(np.std(data.y)) or 1.0
    unseen = law.rmse_test is not None
    network = np.asarray(model(data.X), dtype=float)[:, 0] if model is not None else None
    return {
        "text": str(law),
        "latex": law.latex(),
        "sympy": law.sympy_text(),
        "complexity": int(law.complexity),
        "rows": "the rows kept for testing" if unseen else f"all {len(data.y)} rows",
        "law_vs_data": (law.rmse_test if unseen else _rms(predicted - data.y)) / spread,
        "network_vs_data": _rms(network - data.y) / spread if network is not None else None,
        "law_vs_network": _rms(predicted - network) / spread if network is not None else None,
        "constants": [
            {"value": c.value, "stderr": c.stderr, "unit": c.unit, "recognised": c.recognised} for c in law.constants
        ],
        "domain": {name: [float(v) for v in ends] for name, ends in (law.domain or {}).items()},
        "parity": _parity(data.y, predicted),
        "status": found.status if found else None,
        "evidence": list(found.evidence) if found else [],
        "seconds": found.seconds if found else None,
        "front": [_candidate(one) for one in found.front] if found else [],
    }


def _parity(y: Any, predicted: Any) -> list[list[float]]:
    known = np.flatnonzero(np.isfinite(predicted))
    keep = known[np.linspace(0, len(known) - 1, min(PARITY, len(known))).round().astype(int)]
    return [[float(f"{v:.6g}") for v in np.asarray(column)[keep]] for column in (y, predicted)]


def _candidate(law: Any) -> dict[str, Any]:
    error = law.rmse_validation if law.rmse_validation is not None else law.rmse_train
    return {"text": str(law), "latex": law.latex(), "complexity": int(law.complexity), "rmse": error}


def _rms(values: Any) -> float:
    # A law may be undefined on a row or two at the rim of its domain.
    return float(np.sqrt(np.nanmean(np.square(values))))
