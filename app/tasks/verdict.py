"""What a fit has come to, in sentences: how it ended, what its error is made of, and what may help."""

from __future__ import annotations

EXACT = 1e-9  # relative error that is the precision of the computation
FLOOR = 1.4  # a white residual is the noise seen in the data where neither is so many times the other
GAP, FELT = 1.5, 0.005  # curves follow chance where new rows are so many times worse, and by so much of the spread

ENDED = {
    "converged": "Finished: no step gains anything more.",
    "plateau": "On a plateau: the last steps gained next to nothing.",
    "stopped": "Stopped while it was still getting better. Train on to see where it goes.",
    "diverged": "Failed: no finite error could be reached. Try another seed or coarser grids, or look for outliers.",
}


def verdict(
    status: str, train: float, validation: float | None, spread: float, white: bool, noise: float | None
) -> list[str]:
    """Sentences on a fit with these RMS errors on train and validation rows, in the target's units.

    `spread` is the target's standard deviation, `white` says whether the residual shows no structure, `noise` is the
    noise seen in the data without a model.
    """
    return [ENDED[status], *_left(validation or train, spread, white, noise), *_gap(train, validation, spread)]


def _left(error: float, spread: float, white: bool, noise: float | None) -> list[str]:
    if error <= EXACT * spread:
        return ["The error is at the precision of the computation: there is nothing left to learn."]
    if not white:
        return ["What is left still has a pattern: finer grids, more nodes or another seed may find it."]
    if noise is not None and noise / FLOOR <= error <= FLOOR * noise:
        return [f"Noise floor: what is left looks like noise of σ ≈ {error:.2g}, which no network can predict."]
    return ["What is left shows no pattern."]


def _gap(train: float, validation: float | None, spread: float) -> list[str]:
    if validation is None or validation <= max(GAP * train, FELT * spread):
        return []
    times = f"{validation / train:.1f}" if train > 0 else "many"
    return [f"New rows are predicted {times} times worse: the curves follow chance. Use coarser grids or sparsity."]
