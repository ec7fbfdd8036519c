"""How many digits a printed law needs so that, typed in again, it gives the values it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import sympy as sp

from symbolic.formulas._numeric import compiled

_POINTS, _STEP = 64, 1e-6


def rooms(
    expr: sp.Expr, symbols: Sequence[sp.Symbol], domain: Mapping[str, tuple[float, float]], change: float
) -> dict[float, float]:
    """Return how far each Float of an expression may move alone until its values move by `change` (their RMS).

    `domain` gives the range of each symbol, in their order; numbers that move nothing are left out. Where constants
    make up for each other, as in (x + 176)² − 31000, their standard errors are far wider than this.

    >>> x = sp.Symbol("x")
    >>> found = rooms(2.5 * x + 0.1, [x], {"x": (-1.0, 1.0)}, 0.01)
    >>> [round(found[number], 3) for number in (0.1, 2.5)]
    [0.01, 0.017]
    """
    numbers = sorted(expr.atoms(sp.Float), key=float)
    if not numbers:
        return {}
    free = {number: sp.Dummy(f"k{k}") for k, number in enumerate(numbers)}
    values = np.array([float(number) for number in numbers])
    function = compiled([expr.xreplace(free)], [*free.values(), *symbols], rows=_POINTS)
    # Points that fill the box evenly (a Kronecker sequence on roots of primes).
    turns = np.sqrt([float(sp.prime(k + 1)) for k in range(len(symbols))])
    unit = (0.5 + np.arange(_POINTS)[:, None] * turns) % 1.0
    low, high = np.array(list(domain.values()), dtype=np.float64).reshape(-1, 2).T
    columns = list((low + (high - low) * unit).T)
    found = {}
    for k, value in enumerate(values):
        step = _STEP * abs(value)
        moved = [values + sign * step * (np.arange(len(values)) == k) for sign in (1.0, -1.0)]
        up, down = (function([*one, *columns])[0] for one in moved)
        slopes = ((up - down) / (2 * step))[np.isfinite(up - down)] if step else np.zeros(0)
        size = float(np.sqrt(np.mean(slopes**2))) if len(slopes) else 0.0
        if size > 0:
            found[float(value)] = change / size
    return found
