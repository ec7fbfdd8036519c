"""A search as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from sympy.printing.mathml import MathMLPresentationPrinter

from symbolic._errors import SymbolicError
from symbolic.formulas._text import number_text
from symbolic.laws._export import EXPORTS, export
from symbolic.laws._law import Constant, Discovery, Law
from symbolic.out._report_svg import Html, network_picture, residual_picture, tag, values_picture

if TYPE_CHECKING:
    from xml.dom.minidom import Element

    from datasets import Dataset

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
th { font-weight: 600; border-bottom: 1px solid #c9d1d9; }
pre { background: #f6f8fa; padding: .6rem; overflow-x: auto; font-size: .85rem; }
.law { font-size: 1.5rem; margin: 1rem 0; overflow-x: auto; } .note { color: #57606a; }
svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #1b1f24; }
@media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3; } svg { background: #fff; }
  pre { background: #161b22; } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # should something ever slip in, it is not run

STATUS = {
    "exact": "Exact: the law meets the data to their precision, and it is the simplest form that does.",
    "noise": "At the noise: what the law leaves shows no pattern and is no larger than the scatter of the data.",
    "approximate": "Approximate: structure remains in what the law leaves.",
    "none": "No law was found.",
}


@dataclass(frozen=True)
class Beside:
    """What a program tells of its own session: further differences, a picture of the network, and the acts in order."""

    errors: Sequence[tuple[str, str]] = ()
    network: Html | None = None
    acts: Sequence[str] = ()


def report(found: Discovery, data: Dataset, seed: int = 0, beside: Beside | None = None) -> str:
    """Return the report of a search as an HTML document; every text of the user's is escaped.

    It holds the law as a formula (MathML) and as text, its errors, constants, domain and the evidence, pictures of the
    law against the data and of the network, the other laws, and the law's source in every language.
    """
    beside = beside or Beside()
    law = found.best
    title = f"{data.target}: no law was found" if law is None else str(law)
    written = [write(found, data) for write in SECTIONS] + _told(beside)
    parts = [tag("h1", title), *(part for section in written for part in _shown(section))]
    foot = f"Found by KANvas in {found.seconds:.1f} s with seed {seed}."
    head = [
        Html('<meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'),
        Html('<meta name="viewport" content="width=device-width">'),
        tag("title", title),
        Html(f"<style>{STYLE}</style>"),
    ]
    return f"<!DOCTYPE html>\n{tag('html', tag('head', *head), tag('body', *parts, tag('p', foot, kind='note')))}\n"


Section = tuple[str, Html]


def _shown(section: Section | None) -> list[Html]:
    return [] if section is None else [tag("h2", section[0]), section[1]] if section[0] else [section[1]]


def _told(beside: Beside) -> list[Section | None]:
    return [
        ("Errors on each part of the data", _table(("difference", "share of the spread"), beside.errors))
        if beside.errors
        else None,
        ("Network", beside.network) if beside.network is not None else None,
        ("What was done", tag("ol", *(tag("li", act) for act in beside.acts))) if beside.acts else None,
    ]


def _formula(found: Discovery, data: Dataset) -> Section | None:  # noqa: ARG001 - a section like the others
    law = found.best
    sentence = tag("p", STATUS[found.status])
    if law is None:
        return "", sentence
    return "", tag("div", tag("div", mathml(law), kind="law"), sentence)


class _MathPrinter(MathMLPresentationPrinter):
    """SymPy's MathML with numbers to the digits that are known, long names upright, and J with its order below."""

    def __init__(self, errors: Mapping[float, float | None]) -> None:
        super().__init__({"root_notation": True})
        self.errors = errors

    def _named(self, kind: str, text: str) -> Element:
        node = self.dom.createElement(kind)
        node.appendChild(self.dom.createTextNode(text))
        return node

    def _print_Float(self, expr: sp.Float) -> Element:  # noqa: N802 - SymPy looks printers up by these names
        value = float(expr)
        mantissa, _, power = number_text(value, self.errors.get(value)).partition("e")
        if not power:
            return self._named("mn", mantissa)
        row, raised = self.dom.createElement("mrow"), self.dom.createElement("msup")
        raised.appendChild(self._named("mn", "10"))
        raised.appendChild(self._named("mn", str(int(power))))
        for part in (self._named("mn", mantissa), self._named("mo", "·"), raised):
            row.appendChild(part)
        return row

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> Element:  # noqa: N802
        if len(expr.name) <= 3:
            return super()._print_Symbol(expr, style)
        return self._named("mi", expr.name)

    def _print_besselj(self, expr: sp.besselj) -> Element:
        row, below = self.dom.createElement("mrow"), self.dom.createElement("msub")
        below.appendChild(self._named("mi", "J"))
        below.appendChild(self._print(expr.args[0]))
        for part in (below, self._named("mo", "("), self._print(expr.args[1]), self._named("mo", ")")):
            row.appendChild(part)
        return row


def mathml(law: Law) -> Html:
    """Return the equation in MathML, which browsers draw by themselves."""
    inner = _MathPrinter(law.number_errors).doprint(law.expr)
    name = tag("mi", law.target)
    return Html(f'<math display="block"><mrow>{name}<mo>=</mo>{inner}</mrow></math>')


def _errors(found: Discovery, data: Dataset) -> Section | None:
    law = found.best
    if law is None:
        return None
    parts = (
        ("training rows", law.rmse_train, len(data.split.train)),
        ("validation rows", law.rmse_validation, len(data.split.validation)),
        ("test rows, not looked at in the search", law.rmse_test, len(data.split.test)),
    )
    rows: list[tuple[str, str]] = [(f"law and data: {name}", f"{e:.4g}") for name, e, _ in parts if e is not None]
    if law.r2_test is not None:
        rows.append(("R² on the test rows", f"{law.r2_test:.10g}"))
    rows += _of_network(found, data)
    rows.append(("complexity", str(law.complexity)))
    return "Errors", _table(("root mean square difference", _unit(f"in {data.target}", data, data.target)), rows)


def _of_network(found: Discovery, data: Dataset) -> list[tuple[str, str]]:
    """The two other differences of the three: the network's from the data, and the law's from the network."""
    if found.model is None or found.best is None:
        return []
    values = found.model(data.X)[:, 0]
    apart = {"network and data, all rows": values - data.y, "law and network": values - found.best.predict(data.X)}
    return [(name, f"{float(np.sqrt(np.mean(left**2))):.4g}") for name, left in apart.items()]


def _constants(found: Discovery, data: Dataset) -> Section | None:  # noqa: ARG001
    if found.best is None or not found.best.constants:
        return None
    head = ("name", "value", "standard error", "95 %", "recognised as", "unit")
    return "Constants", _table(head, map(_constant, found.best.constants))


def _constant(constant: Constant) -> tuple[str, ...]:
    ends = ["", ""] if constant.interval is None else [number_text(e, constant.stderr) for e in constant.interval]
    return (
        constant.name or "",
        number_text(constant.value, constant.stderr),
        "" if constant.stderr is None else f"{constant.stderr:.2g}",
        f"{ends[0]} … {ends[1]}" if ends[0] else "",
        constant.recognised or "",
        constant.unit or "",
    )


def _domain(found: Discovery, data: Dataset) -> Section | None:
    law = found.best
    if law is None or law.domain is None:
        return None
    rows = [
        (v.name, v.symbol, f"{law.domain[v.name][0]:.6g}", f"{law.domain[v.name][1]:.6g}", _unit("", data, v.name))
        for v in law.variables
        if v.name in law.domain
    ]
    return "Where it holds", _table(("column", "in the law", "from", "to", "unit"), rows)


def _unit(text: str, data: Dataset, name: str) -> str:
    unit = (data.units or {}).get(name, "")
    return f"{text} ({unit})" if text and unit else text or unit


def _evidence(found: Discovery, data: Dataset) -> Section | None:  # noqa: ARG001
    if not found.evidence:
        return None
    return "Why", tag("ul", *(tag("li", sentence) for sentence in found.evidence))


def _pictures(found: Discovery, data: Dataset) -> Section | None:
    if found.best is None:
        return None
    return "Law and data", tag("div", values_picture(found.best, data), residual_picture(found.best, data))


def _network(found: Discovery, data: Dataset) -> Section | None:
    if found.model is None:
        return None
    return "Network", network_picture(found.model, data)


def _front(found: Discovery, data: Dataset) -> Section | None:  # noqa: ARG001
    others = [law for law in found.front if law is not found.best]
    if not others:
        return None
    rows = [
        (str(law.complexity), "" if law.rmse_validation is None else f"{law.rmse_validation:.4g}", str(law))
        for law in others
    ]
    return "Other laws", _table(("complexity", "RMSE on validation rows", "law"), rows)


def _sources(found: Discovery, data: Dataset) -> Section | None:  # noqa: ARG001
    law = found.best
    if law is None:
        return None
    return "To take away", tag("div", *(_source(law, key) for key in EXPORTS))


def _source(law: Law, key: str) -> Html:
    try:
        text = export(law, key)
    except SymbolicError as error:
        text = str(error)
    return tag("details", tag("summary", EXPORTS[key].language), tag("pre", text))


def _provenance(found: Discovery, data: Dataset) -> Section | None:
    lines = [f"{len(data.y)} rows", *data.provenance, *([found.best.provenance] if found.best else [])]
    return "The data", tag("ul", *(tag("li", line) for line in lines if line))


SECTIONS: tuple[Callable[[Discovery, Dataset], Section | None], ...] = (
    *(_formula, _errors, _constants, _domain, _evidence),
    *(_pictures, _network, _front, _sources, _provenance),
)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Html:
    """A table without the columns that hold nothing."""
    head, cells = list(head), [list(row) for row in rows]
    kept = [k for k in range(len(head)) if any(row[k] for row in cells)]
    body = (tag("tr", *(tag("td", row[k]) for k in kept)) for row in cells)
    return tag("table", tag("tr", *(tag("th", head[k]) for k in kept)), *body)
