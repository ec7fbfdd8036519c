"""Small Kolmogorov-Arnold networks: bases, networks, Levenberg–Marquardt, pruning. Knows nothing of SymPy."""

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
