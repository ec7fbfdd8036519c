"""What the tasks of a worker make of a network for the page: its picture and errors, words about a fit, its law."""

from __future__ import annotations

from typing import Any

from app.tasks.film import picture_of
from app.tasks.verdict import verdict
from app.workers.worker import Plain


def data_of(dataset: Plain) -> Any:
    """The data set that was sent."""
    from datasets import Dataset

    return Dataset.from_dict(dataset)


def validation(data: Any) -> Any:
    """The rows that judge a fit, as inputs and target; None where there are none."""
    X, y = data.part("validation")
    return (X, y) if len(y) else None


def shown(model: Any, data: Any) -> Plain:
    """What a piece of work keeps of a network: itself, its picture, and its errors."""
    X, y = data.part("train")
    return {
        "model": model.to_dict(),
        "picture": picture_of(model, X, data, y),
        "errors": {name: rms(model, *data.part(name)) for name in ("train", "validation")},
        "report": [],
    }


def rms(model: Any, X: Any, y: Any) -> float | None:
    """Root mean square of what the network misses; None without rows."""
    import numpy as np

    return float(np.sqrt(np.mean((model(X)[:, 0] - y) ** 2))) if len(y) else None


def report(result: Any, data: Any, errors: Plain) -> list[str]:
    """What the fit has come to; judged on the validation rows where there are some."""
    import numpy as np

    from symbolic import is_white, sigma_neighbours

    X, y = validation(data) or data.part("train")
    if result.status.value == "diverged":
        return verdict("diverged", np.inf, None, 1.0, False, None)[:1]
    white = is_white(y - result.model(X)[:, 0], X)
    noise = sigma_neighbours(*data.part("train"))
    return verdict(result.status.value, errors["train"], errors["validation"], float(np.std(data.y)), white, noise)


def law_of(model: Any, data: Any) -> Plain | None:
    """The law of a network with no spline left, else None."""
    from app.tasks.laws import summary
    from symbolic import law_from_network, measured, united

    if not model.edges() or any(model.state(edge) == "spline" for edge in model.edges()):
        return None
    X, y = data.part("train")
    sigma = None if data.sigma is None else data.sigma[data.split.train]
    law = law_from_network(model, X, y, data.names, data.target, sigma)
    return summary(united(measured(law, X, y, sigma), units(data)), data, model)


def units(data: Any) -> dict[str, str]:
    """The units that can be read, by column."""
    return {name: text for name, text in (data.units or {}).items() if name in data.dimensions}
