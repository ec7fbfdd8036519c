"""One search in a process of its own: a job as JSON comes in, the one law that was returned goes out.

Its budget counts seconds of the processor, of which it uses one: what else the machine does is not counted.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.recovery.child import answer, asked
from benchmarks.recovery.problems import Job, draw


def found_by(job: Job) -> dict[str, Any]:
    """The search's best law with its error on clean rows that it never saw, and the truth in the same symbols."""
    import torch  # noqa: F401 - it takes seconds to load, which are not the search's

    from symbolic import SymbolicError, _clock, discover
    from symbolic.formulas._tree import to_tree
    from symbolic.laws._law import make_variables

    _clock.now = time.process_time
    rows = draw(job)
    units = rows.units if job.units else None
    wall, work = time.perf_counter(), _clock.now()
    try:
        found = discover(
            rows.X, rows.y, names=rows.names, target=rows.target, units=units, budget=job.budget, seed=job.seed
        )
    except SymbolicError as error:
        return {"failed": f"refused: {error}"}
    spent = {"seconds": _clock.now() - work, "wall": time.perf_counter() - wall}
    symbols = {v.name: v.symbol for v in make_variables(rows.names)}
    truth = rows.truth.xreplace({s: s.__class__(symbols[s.name]) for s in rows.truth.free_symbols})
    plain = {"truth": to_tree(truth), "truth_text": str(truth), "status": found.status, **spent}
    if found.best is None:
        return {**plain, "law": None, "why": found.evidence[-1] if found.evidence else "no law"}
    law = found.best
    left = rows.y_test - law.predict(rows.X_test)
    miss = float(np.mean(left**2) / np.var(rows.y_test))
    ends = {symbols[n]: [float(c.min()), float(c.max())] for n, c in zip(rows.names, rows.X.T, strict=True)}
    text = str(law).partition(" = ")[2]
    return {**plain, "law": to_tree(law.expr), "text": text, "size": law.complexity, "miss": miss, "ranges": ends}


def question(job: Job) -> dict[str, Any]:
    """A job as JSON."""
    return asdict(job)


if __name__ == "__main__":
    answer(found_by(Job(**asked())))
