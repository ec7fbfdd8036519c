"""What a search reports while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kan_core import KAN
    from symbolic.laws._law import Law

STAGES = ("data", "train", "prune", "name", "law")


@dataclass(frozen=True)
class Progress:
    """One report of a search: its stage (one of `STAGES`, in that order), a sentence, and how far it has come.

    `fraction` runs from 0 to 1 over the whole search. `law` and `rmse` (in units of y) are the best so far, `model` is
    a snapshot for the picture. `best` is that law itself, `front` are the laws that no simpler one beats so far,
    simplest first, and `evidence` is what has been learned on the way.
    """

    stage: str
    text: str
    fraction: float
    law: str | None = None
    rmse: float | None = None
    model: KAN | None = None
    best: Law | None = None
    front: tuple[Law, ...] = ()
    evidence: tuple[str, ...] = ()


OnProgress = Callable[[Progress], bool | None]
"""Receives each `Progress`; answering False cancels the search."""
