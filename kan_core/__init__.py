"""Small Kolmogorov-Arnold networks: bases, networks, Levenberg–Marquardt, pruning. Knows nothing of SymPy.

Names are imported when they are first used: `kan_core.KAN` brings torch, and `kan_core.sealed` does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kan_core._classes import probabilities as probabilities
    from kan_core._edge import Edge as Edge
    from kan_core._edge import SymbolicEdge as SymbolicEdge
    from kan_core._errors import TrainingError as TrainingError
    from kan_core._fit import fit as fit
    from kan_core._functions import FUNCTIONS as FUNCTIONS
    from kan_core._functions import EdgeFunction as EdgeFunction
    from kan_core._look import EdgeLook as EdgeLook
    from kan_core._look import edge_data as edge_data
    from kan_core._look import look as look
    from kan_core._network import KAN as KAN
    from kan_core._network import remove_edge as remove_edge
    from kan_core._network import set_symbolic as set_symbolic
    from kan_core._prune import compact as compact
    from kan_core._prune import prune as prune
    from kan_core._record import FitResult as FitResult
    from kan_core._record import FitStatus as FitStatus
    from kan_core._record import FitStep as FitStep
    from kan_core._tidy import node_of_leg as node_of_leg

_HOMES = {
    "FUNCTIONS": "_functions",
    "KAN": "_network",
    "Edge": "_edge",
    "EdgeFunction": "_functions",
    "EdgeLook": "_look",
    "FitResult": "_record",
    "FitStatus": "_record",
    "FitStep": "_record",
    "SymbolicEdge": "_edge",
    "TrainingError": "_errors",
    "compact": "_prune",
    "edge_data": "_look",
    "fit": "_fit",
    "look": "_look",
    "node_of_leg": "_tidy",
    "probabilities": "_classes",
    "prune": "_prune",
    "remove_edge": "_network",
    "set_symbolic": "_network",
}

__all__ = [
    "FUNCTIONS",
    "KAN",
    "Edge",
    "EdgeFunction",
    "EdgeLook",
    "FitResult",
    "FitStatus",
    "FitStep",
    "SymbolicEdge",
    "TrainingError",
    "compact",
    "edge_data",
    "fit",
    "look",
    "node_of_leg",
    "probabilities",
    "prune",
    "remove_edge",
    "set_symbolic",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kan_core' has no attribute {name!r}")
    value = getattr(import_module(f"kan_core.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
