"""What a fit looked like on the way: live pictures while it runs, and the frames of its replay."""

from __future__ import annotations

import time
from typing import Any

from app.picture import frame, picture
from app.worker import Emit, Plain

PICTURE_EVERY = 0.2  # seconds between live pictures
FRAMES = 24  # of a replay at most; the browser draws what lies between
ROWS = 300  # that frames are drawn from


def picture_of(model: Any, X: Any, data: Any) -> Plain:
    """The picture of a network over rows X of a dataset."""
    from kan_core import look

    return picture(look(model, X), model.widths, data.names, data.target)


class Film:
    """Remembers the networks of a fit for the replay, and sends pictures on the way."""

    def __init__(self, data: Any, emit: Emit) -> None:
        X, _ = data.part("train")
        self._data, self._rows = data, X[:: max(1, len(X) // ROWS)]
        self._emit, self._sent = emit, 0.0
        self._taken: list[tuple[Any, str]] = []

    def add(self, step: Any, total: int) -> None:
        """One step of `kan_core.fit`."""
        self._take(
            step.model, f"step {step.step} · error {step.rmse_train:.2g}", stage="train", fraction=step.step / total
        )

    def tell(self, now: Any) -> None:
        """One report of `symbolic.discover`."""
        words = {"stage": now.stage, "fraction": now.fraction, "law": now.law, "rmse": now.rmse}
        if now.model is None:
            self._emit(**words, text=now.text)
        else:
            self._take(now.model, now.text, **words)

    def frames(self, last: Any) -> list[Plain]:
        """At most FRAMES networks of the widths of the last one, spread over the fit."""
        from kan_core import look

        same = [one for one in self._taken if last is not None and one[0].widths == last.widths]
        step = (len(same) - 1) / max(1, min(FRAMES, len(same)) - 1)
        kept = [same[round(i * step)] for i in range(min(FRAMES, len(same)))]
        # Looking costs more than fitting, so it is done for the frames kept, on some of the rows.
        return [frame(look(model, self._rows), text) for model, text in kept]

    def _take(self, model: Any, text: str, **words: Any) -> None:
        self._taken.append((model, text))
        shown = {}
        if time.monotonic() - self._sent > PICTURE_EVERY:
            shown["picture"] = picture_of(model, self._rows, self._data)
            self._sent = time.monotonic()
        self._emit(**words, text=text, **shown)
