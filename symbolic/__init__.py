"""From curves and tables to closed-form laws.

A notebook needs `discover` and `fit_formula`; all else stands in groups below them. Names are imported when they are
first used: `symbolic.Law` brings SymPy but not torch, and `symbolic` alone neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbolic._decide import Decision as Decision
    from symbolic._decide import decide as decide
    from symbolic._discover import discover as discover
    from symbolic._errors import SymbolicError as SymbolicError
    from symbolic._errors import UnitError as UnitError
    from symbolic._export import EXPORTS as EXPORTS
    from symbolic._fit_formula import fit_formula as fit_formula
    from symbolic._forms import Form as Form
    from symbolic._forms import forms as forms
    from symbolic._forms import freed as freed
    from symbolic._forms import verdict as verdict
    from symbolic._from_network import law_from_network as law_from_network
    from symbolic._law import Constant as Constant
    from symbolic._law import Discovery as Discovery
    from symbolic._law import Law as Law
    from symbolic._law import Variable as Variable
    from symbolic._law import make_variables as make_variables
    from symbolic._law_units import united as united
    from symbolic._noise import is_white as is_white
    from symbolic._noise import sigma_neighbours as sigma_neighbours
    from symbolic._own import own_function as own_function
    from symbolic._picture import as_network as as_network
    from symbolic._predict import predictions as predictions
    from symbolic._progress import Progress as Progress
    from symbolic._project import Project as Project
    from symbolic._project import load_project as load_project
    from symbolic._project import save_project as save_project
    from symbolic._report import Beside as Beside
    from symbolic._report import report as report
    from symbolic._report_svg import DrawnEdge as DrawnEdge
    from symbolic._report_svg import drawn_network as drawn_network
    from symbolic._same import same_law as same_law
    from symbolic._same import srbench_match as srbench_match
    from symbolic._several import discover_all as discover_all
    from symbolic._snap import SnapCandidate as SnapCandidate
    from symbolic._snap import snap_edge as snap_edge
    from symbolic._snap import suggest as suggest
    from symbolic._uncertainty import measured as measured

_HOMES = {  # what lies where, in the groups that belong together
    # What one call needs.
    "discover": "_discover",
    "discover_all": "_several",
    "fit_formula": "_fit_formula",
    "Law": "_law",
    "Constant": "_law",
    "Variable": "_law",
    "Discovery": "_law",
    "Progress": "_progress",
    "SymbolicError": "_errors",
    "UnitError": "_errors",
    # Functions of the user's own, and names for the curves of a network.
    "own_function": "_own",
    "suggest": "_snap",
    "snap_edge": "_snap",
    "SnapCandidate": "_snap",
    "law_from_network": "_from_network",
    # Laws compared.
    "same_law": "_same",
    "srbench_match": "_same",
    "decide": "_decide",
    "Decision": "_decide",
    "forms": "_forms",
    "Form": "_forms",
    "freed": "_forms",
    "verdict": "_forms",
    "measured": "_uncertainty",
    "is_white": "_noise",
    "sigma_neighbours": "_noise",
    # Laws handed on.
    "EXPORTS": "_export",
    "predictions": "_predict",
    "report": "_report",
    "Beside": "_report",
    "save_project": "_project",
    "load_project": "_project",
    "Project": "_project",
    # For pages and pictures.
    "as_network": "_picture",
    "drawn_network": "_report_svg",
    "DrawnEdge": "_report_svg",
    "make_variables": "_law",
    "united": "_law_units",
}

__all__ = [
    "EXPORTS",
    "Beside",
    "Constant",
    "Decision",
    "Discovery",
    "DrawnEdge",
    "Form",
    "Law",
    "Progress",
    "Project",
    "SnapCandidate",
    "SymbolicError",
    "UnitError",
    "Variable",
    "as_network",
    "decide",
    "discover",
    "discover_all",
    "drawn_network",
    "fit_formula",
    "forms",
    "freed",
    "is_white",
    "law_from_network",
    "load_project",
    "make_variables",
    "measured",
    "own_function",
    "predictions",
    "report",
    "same_law",
    "save_project",
    "sigma_neighbours",
    "snap_edge",
    "srbench_match",
    "suggest",
    "united",
    "verdict",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symbolic' has no attribute {name!r}")
    value = getattr(import_module(f"symbolic.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
