"""From curves and tables to closed-form laws.

Names are imported when they are first used: `symbolic.Law` brings SymPy but not torch, and `symbolic` alone neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbolic._discover import discover as discover
    from symbolic._errors import SymbolicError as SymbolicError
    from symbolic._export import EXPORTS as EXPORTS
    from symbolic._fit_formula import fit_formula as fit_formula
    from symbolic._from_network import law_from_network as law_from_network
    from symbolic._law import Constant as Constant
    from symbolic._law import Discovery as Discovery
    from symbolic._law import Law as Law
    from symbolic._law import Variable as Variable
    from symbolic._progress import Progress as Progress
    from symbolic._project import Project as Project
    from symbolic._project import load_project as load_project
    from symbolic._project import save_project as save_project
    from symbolic._same import same_law as same_law
    from symbolic._same import srbench_match as srbench_match
    from symbolic._snap import SnapCandidate as SnapCandidate
    from symbolic._snap import snap_edge as snap_edge
    from symbolic._snap import suggest as suggest

_HOMES = {
    "EXPORTS": "_export",
    "Constant": "_law",
    "Discovery": "_law",
    "Law": "_law",
    "Progress": "_progress",
    "Project": "_project",
    "SnapCandidate": "_snap",
    "SymbolicError": "_errors",
    "Variable": "_law",
    "discover": "_discover",
    "fit_formula": "_fit_formula",
    "law_from_network": "_from_network",
    "load_project": "_project",
    "same_law": "_same",
    "save_project": "_project",
    "snap_edge": "_snap",
    "srbench_match": "_same",
    "suggest": "_snap",
}

__all__ = [
    "EXPORTS",
    "Constant",
    "Discovery",
    "Law",
    "Progress",
    "Project",
    "SnapCandidate",
    "SymbolicError",
    "Variable",
    "discover",
    "fit_formula",
    "law_from_network",
    "load_project",
    "same_law",
    "save_project",
    "snap_edge",
    "srbench_match",
    "suggest",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symbolic' has no attribute {name!r}")
    value = getattr(import_module(f"symbolic.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
