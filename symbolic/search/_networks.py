"""The second part of a search: over-complete networks, cut down by a sparse fit, their curves refined and named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symbolic._errors import SymbolicError
from symbolic.networks._from_network import read_law
from symbolic.networks._snap import ROWS, description_length, name_all
from symbolic.networks._straighten import straightened
from symbolic.networks._structures import Widths
from symbolic.search._course import Course
from symbolic.search._findings import UNDECIDED

if TYPE_CHECKING:
    from kan_core import KAN

Array = NDArray[np.float64]

STEPS, FINER_STEPS = 40, 20
RESTARTS = {False: 2, True: 4}  # with product nodes, which stick more often, or without
SPARSITY = 1e-3  # share of the variance an edge has to earn
SPARSITY_IN_NOISE = 0.03  # the same in units of the noise's variance
GRID, FINER = 5, (10, 20)
MOST_RIVALS = 2  # structures named although one has settled the matter
CONVINCING = 1e-3  # RMSE of a network, relative to the spread of y, that is named before others are tried
NEARLY_ALL = 0.95  # share of what all rows say
PROMISING = 0.1  # RMSE of a network, beyond the noise, for which naming its curves is worth the time


def fit_and_name(course: Course, shapes: Sequence[Widths]) -> None:
    """One level: a network that leaves next to nothing is named at once, the others in the order of their price."""
    waiting: list[tuple[float, Widths, KAN]] = []
    for widths in shapes:
        if course.late:
            break
        model = _trained(course, widths)
        error = _error(course, model)
        if error <= CONVINCING:
            _name(course, widths, model)
            if course.findings.settled:
                return
        elif error <= _promising(course):
            waiting.append((_price(course, model), widths, model))
        else:
            shape = _shape(widths)
            course.evidence.append(
                f"A network of shape {shape} leaves {error:.1%} of the spread of {course.rows.target} unexplained."
            )
    cheapest = min((price for price, *_ in waiting), default=0.0)
    # Prices as close as these do not decide between structures: the laws do, from the simplest on.
    rivals = [entry for entry in waiting if entry[0] <= cheapest + UNDECIDED]
    others = [entry for entry in waiting if entry[0] > cheapest + UNDECIDED]
    for entry in (*rivals[:MOST_RIVALS], *sorted(others, key=lambda entry: entry[0])):
        if course.late or (course.findings.settled and entry not in rivals):
            break
        _name(course, *entry[1:])


def _name(course: Course, widths: Widths, model: KAN) -> None:
    """Names a network's curves, reads its law and keeps it."""
    shape, edges, error = _shape(widths), len(model.edges()), _error(course, model)
    course.say(
        "prune", f"{edges} edges of a {shape} network leave {error:.1e} of the spread of {course.rows.target}", model
    )
    X, y, _ = _telling(course, "train", ROWS)

    def heard(model: KAN, text: str) -> None:
        """Passes a named edge on, and ends the attempt once the budget is spent."""
        course.say("name", text, model)
        if course.late:
            raise SymbolicError("there was no time left to name its curves")

    try:
        named = name_all(model, X, y, heard)
        reading = read_law(named, course.rows, course.hints.hopeless)
    except SymbolicError as reason:
        course.evidence.append(f"A network of shape {shape} could not be read as a formula: {reason}")
        return
    course.evidence.append(
        f"A {shape} network with {edges} edges explains {course.rows.target} up to {error:.1e} of its spread."
    )
    course.keep(reading, named)


def _promising(course: Course) -> float:
    return max(PROMISING, 1.5 * course.findings.noise)


def _price(course: Course, model: KAN) -> float:
    """Bits on held-out rows for as many as the fit has seen: those it has seen flatter a flexible structure."""
    X, y, _ = _telling(course, "validation")
    return description_length(model, X, y) * min(len(course.rows.part("train")[1]), ROWS) / len(y)


def _telling(course: Course, part: str, most: int | None = None) -> tuple[Array, Array, Array | None]:
    """X, y and weights of the rows of a part that say nearly all there is to say, and at least half: the first so many.

    Names are judged on rows that count alike: those with errors far larger than the others' would drown them.
    """
    (X, y), weight = course.rows.part(part), course.rows.weight(part)
    if weight is None:
        return X[:most], y[:most], None
    order = np.argsort(-weight, kind="stable")
    enough = int(np.searchsorted(np.cumsum(weight[order]), NEARLY_ALL * weight.sum())) + 1
    kept = np.sort(order[: max(enough, len(y) // 2)])[:most]
    return X[kept], y[kept], weight[kept]


def _trained(course: Course, widths: Widths) -> KAN:
    """A sparse fit on some rows; where it is promising, refined on finer grids."""
    from kan_core import KAN, fit

    X, y, weight = _telling(course, "train", ROWS)
    held = _telling(course, "validation")[:2]
    start = KAN(widths, grid=GRID, seed=course.seed)
    sparsity = max(SPARSITY, SPARSITY_IN_NOISE * course.findings.noise**2)
    restarts = RESTARTS[any(isinstance(w, tuple) for w in widths)]
    sparse = fit(
        start, X, y, held, STEPS, sparsity=sparsity, weights=weight, restarts=restarts, on_step=course.hear
    )  # fmt: skip
    if course.late or _error(course, sparse.model) > _promising(course):
        return sparse.model
    plain = straightened(sparse.model, (X, y), held, course.seed)
    return fit(plain, X, y, held, FINER_STEPS, grids=FINER, weights=weight, on_step=course.hear).model


def _error(course: Course, model: KAN) -> float:
    """Typical error on the validation rows: a network may miss a few rows beyond its grids, a law must not."""
    X, y, weight = _telling(course, "validation")
    squares = (model(X)[:, 0] - y) ** 2 * (1.0 if weight is None else weight)
    return float(np.sqrt(min(np.mean(squares), np.median(squares) / 0.455))) / course.findings.spread


def _shape(widths: Widths) -> str:
    return "-".join(map(str, widths))
