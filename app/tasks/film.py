"""What a fit looked like on the way: live pictures while it runs, and the frames of its replay."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from app.tasks.picture import frame, picture
from app.workers.worker import Emit, Plain

PICTURE_EVERY = 0.12  # seconds between live pictures, at least
SHARE = 0.1  # of the time of a fit that they may take
FRAMES = 24  # of a replay at most; the browser draws what lies between
ROWS = 300  # that frames are drawn from
MOST_CONSTANTS = 700  # of a network whose bands and impacts are worked out: they take the cube of it


def picture_of(model: Any, X: Any, data: Any, y: Any = None) -> Plain:
    """The picture of a network over rows X of a dataset; with their targets, bands and impacts too."""
    from kan_core import look

    small = sum(layer.coef[0].numel() for layer in model.layers) <= MOST_CONSTANTS
    return picture(look(model, X, y if small else None), model.widths, data.names, data.target)


class Film:
    """Remembers the networks of a fit for the replay, and sends pictures on the way."""

    def __init__(self, data: Any, emit: Emit) -> None:
        X, _ = data.part("train")
        self._data, self._rows = data, X[:: max(1, len(X) // ROWS)]
        self._emit, self._next = emit, 0.0
        self._taken: list[tuple[Any, str, int | None]] = []
        self._told: tuple[Any, ...] = ()

    def add(self, step: Any, total: int) -> None:
        """One step of `kan_core.fit`."""
        text = f"step {step.step} · error {step.rmse_train:.2g}"
        point = [step.step, step.rmse_train, step.rmse_validation]
        self._take(step.model, text, step.step, stage="train", fraction=step.step / total, point=point)

    def tell(self, now: Any) -> None:
        """One report of `symbolic.discover`."""
        mark = (now.law, len(now.evidence), *map(id, now.front))
        words = {"stage": now.stage, "fraction": now.fraction, "law": now.law, "rmse": now.rmse}
        words |= _news(now) if mark != self._told else {}
        if now.model is None:
            sent = self._emit(**words, text=now.text)
        else:
            sent = self._take(now.model, now.text, None, **words)
        self._told = mark if sent else self._told

    def frames(self, last: Any) -> list[Plain]:
        """At most FRAMES networks of the widths of the last one, spread over the fit."""
        from kan_core import look

        same = [one for one in self._taken if last is not None and one[0].widths == last.widths]
        step = (len(same) - 1) / max(1, min(FRAMES, len(same)) - 1)
        kept = [same[round(i * step)] for i in range(min(FRAMES, len(same)))]
        # Looking costs more than fitting, so it is done for the frames kept, on some of the rows.
        return [frame(look(model, self._rows), text, at) for model, text, at in kept]

    def _take(self, model: Any, text: str, step: int | None, **words: Any) -> Any:
        self._taken.append((model, text, step))
        shown = {}
        began = time.monotonic()
        if began > self._next:
            shown["picture"] = picture_of(model, self._rows, self._data)
            done = time.monotonic()
            self._next = done + max(PICTURE_EVERY, (done - began) / SHARE)
        return self._emit(**words, text=text, **shown)


def _news(now: Any) -> Plain:
    """What a search knows by now: its best law, the best of each complexity, and why."""
    front = [
        {
            "text": str(law),
            "latex": law.latex(),
            "complexity": int(law.complexity),
            "error": law.rmse_validation if law.rmse_validation is not None else law.rmse_train,
        }
        for law in now.front
    ]
    best = now.best.latex() if now.best is not None else None
    return {"latex": best, "front": front, "evidence": list(now.evidence)}


def continued(before: Sequence[Sequence[Any]], result: Plain) -> Plain:
    """The result of a fit that went on, its steps counted on from those of the losses before."""
    done = before[-1][0] if before else 0
    return {
        **result,
        "losses": [*map(list, before), *([step + done, *errors] for step, *errors in result["losses"])],
        "frames": [{**one, "step": one["step"] + done} for one in result["frames"]],
    }
