"""From curves and tables to closed-form laws.

A notebook needs `discover` and `fit_formula`; all else stands in groups below them. Names are imported when they are
first used: `symbolic.Law` brings SymPy but not torch, and `symbolic` alone neither.

The rooms, each of which imports from those above it alone:

formulas    SymPy expressions: the library's functions, values, text, canonical form, the same or not
fitting     numbers and curves fitted to data, and how large the noise is
laws        what a search hands back: constants recognised, errors, other languages
asked       rows, names and hints, read and checked once
surrogates  polynomials that stand for y, and fits of how y scales
stages      what proposes formulas without a network: one stage a file or folder, one row in `STAGES`
networks    from a trained network to a formula
units       dimensional analysis
small       tables too small for a network
hypotheses  formulas of the user's own
search      one request, its course and its findings
out         reports, project files, predictions, the console
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbolic._errors import SymbolicError as SymbolicError
    from symbolic._errors import UnitError as UnitError
    from symbolic.fitting._noise import is_white as is_white
    from symbolic.fitting._noise import sigma_neighbours as sigma_neighbours
    from symbolic.formulas._own import own_function as own_function
    from symbolic.formulas._same import same_law as same_law
    from symbolic.formulas._same import srbench_match as srbench_match
    from symbolic.hypotheses._fit_formula import fit_formula as fit_formula
    from symbolic.hypotheses._forms import Form as Form
    from symbolic.hypotheses._forms import forms as forms
    from symbolic.hypotheses._forms import freed as freed
    from symbolic.hypotheses._forms import verdict as verdict
    from symbolic.laws._decide import Decision as Decision
    from symbolic.laws._decide import decide as decide
    from symbolic.laws._export import EXPORTS as EXPORTS
    from symbolic.laws._law import Constant as Constant
    from symbolic.laws._law import Discovery as Discovery
    from symbolic.laws._law import Law as Law
    from symbolic.laws._law import Variable as Variable
    from symbolic.laws._law import make_variables as make_variables
    from symbolic.laws._picture import as_network as as_network
    from symbolic.laws._progress import Progress as Progress
    from symbolic.laws._uncertainty import measured as measured
    from symbolic.networks._from_network import law_from_network as law_from_network
    from symbolic.networks._snap import SnapCandidate as SnapCandidate
    from symbolic.networks._snap import snap_edge as snap_edge
    from symbolic.networks._snap import suggest as suggest
    from symbolic.out._predict import predictions as predictions
    from symbolic.out._project import Project as Project
    from symbolic.out._project import load_project as load_project
    from symbolic.out._project import save_project as save_project
    from symbolic.out._report import Beside as Beside
    from symbolic.out._report import report as report
    from symbolic.out._report_svg import DrawnEdge as DrawnEdge
    from symbolic.out._report_svg import drawn_network as drawn_network
    from symbolic.search._discover import discover as discover
    from symbolic.search._several import discover_all as discover_all
    from symbolic.units._law_units import united as united

_HOMES = {  # what lies where, in the groups that belong together
    # What one call needs.
    "discover": "search._discover",
    "discover_all": "search._several",
    "fit_formula": "hypotheses._fit_formula",
    "Law": "laws._law",
    "Constant": "laws._law",
    "Variable": "laws._law",
    "Discovery": "laws._law",
    "Progress": "laws._progress",
    "SymbolicError": "_errors",
    "UnitError": "_errors",
    # Functions of the user's own, and names for the curves of a network.
    "own_function": "formulas._own",
    "suggest": "networks._snap",
    "snap_edge": "networks._snap",
    "SnapCandidate": "networks._snap",
    "law_from_network": "networks._from_network",
    # Laws compared.
    "same_law": "formulas._same",
    "srbench_match": "formulas._same",
    "decide": "laws._decide",
    "Decision": "laws._decide",
    "forms": "hypotheses._forms",
    "Form": "hypotheses._forms",
    "freed": "hypotheses._forms",
    "verdict": "hypotheses._forms",
    "measured": "laws._uncertainty",
    "is_white": "fitting._noise",
    "sigma_neighbours": "fitting._noise",
    # Laws handed on.
    "EXPORTS": "laws._export",
    "predictions": "out._predict",
    "report": "out._report",
    "Beside": "out._report",
    "save_project": "out._project",
    "load_project": "out._project",
    "Project": "out._project",
    # For pages and pictures.
    "as_network": "laws._picture",
    "drawn_network": "out._report_svg",
    "DrawnEdge": "out._report_svg",
    "make_variables": "laws._law",
    "united": "units._law_units",
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
