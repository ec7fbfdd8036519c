"""The HTML report: self-contained, and no text of a user's is ever markup."""

import re
from html.entities import html5
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy as sp

from datasets import Dataset
from symbolic import Constant, Discovery, Law
from symbolic.laws._law import make_variables
from symbolic.laws._picture import as_network
from symbolic.out._report import mathml, report
from symbolic.out._report_svg import Html, tag, ticks

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "</title></svg><iframe src='javascript:alert(3)'>",
    "a' onmouseover='alert(4)",
    "&lt;b&gt;",
    "<!--",
)
KNOWN_TAGS = {
    *("html", "head", "body", "meta", "title", "style", "h1", "h2", "p", "div", "ul", "li", "table", "tr", "th", "td"),
    *("details", "summary", "pre", "svg", "polyline", "circle", "rect", "text"),
    *("math", "mrow", "mi", "mn", "mo", "msup", "msub", "mfrac", "msqrt", "mroot"),
}


class Page(HTMLParser):
    """Collects tags, attributes and text as a browser would see them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def _found(names, target, expr=None, evidence=()):
    variables = make_variables(names)
    symbols = [sp.Symbol(v.symbol) for v in variables]
    expr = sp.Add(*(sp.Float(1.5) * s**2 for s in symbols)) if expr is None else expr(*symbols)
    X = np.random.default_rng(0).uniform(1, 2, (60, len(names)))
    law = Law(expr, target, variables, 9, 0.1, 0.2, 0.3, 0.99, domain=dict.fromkeys(names, (1.0, 2.0)),
              constants=(Constant(1.5, 0.01, "<u>", None, "<i>k</i>"),), provenance="<b>by</b>")  # fmt: skip
    data = Dataset(X, law.predict(X), names, target, provenance=("<b>from</b>",))
    front = (Law(symbols[0], target, variables, 1, rmse_validation=3.0), law)
    return Discovery(law, front, "noise", tuple(evidence), 1.0, as_network(law)), data


def test_no_text_of_a_user_becomes_markup():
    page = Page(report(*_found(HOSTILE, "<script>t</script>", evidence=HOSTILE)))
    assert page.tags <= KNOWN_TAGS
    assert not {name for name, _ in page.attributes if name.startswith("on")}
    shown = "".join(page.texts)
    for name in HOSTILE:
        assert name in shown
    assert "<script>t</script>" in shown


def test_nothing_is_loaded_from_elsewhere():
    text = report(*_found(("a", "b"), "t"))
    page = Page(text)
    assert not {name for name, _ in page.attributes} & {"src", "href", "xlink:href", "srcset", "data", "action"}
    assert "url(" not in text
    assert "@import" not in text
    assert ("http-equiv", "Content-Security-Policy") in page.attributes


def test_the_report_holds_what_the_search_found():
    found, data = _found(("a", "b"), "t", evidence=("it is white",))
    shown = " ".join(Page(report(found, data, 3)).texts)
    for part in (
        "t = 1.500*a^2",
        "At the noise",
        "0.1",
        "it is white",
        "with seed 3",
        "Other laws",
        "The network",
        "law and network",
    ):
        assert part.replace("1.500", "1.5") in shown
    assert "double t(double a, double b)" in shown
    assert "def t(a, b):" in shown


def test_a_search_without_a_law_has_a_report():
    data = Dataset(np.arange(5.0), np.arange(5.0), ("a",), "z")
    shown = " ".join(Page(report(Discovery(None, (), "none", ("too few rows",), 0.1), data)).texts)
    assert "no law was found" in shown
    assert "too few rows" in shown


def test_one_input_shows_the_law_through_the_data():
    found, data = _found(("a",), "t")
    assert "The law through the data" in report(found, data)
    assert "The law against the data" in report(*_found(("a", "b"), "t"))


def _tree(law):
    """The formula's elements; XML does not know HTML's names of signs."""
    xml = {"amp", "lt", "gt", "quot", "apos"}
    plain = re.sub(r"&(\w+);", lambda m: m[0] if m[1] in xml else html5[f"{m[1]};"], mathml(law))
    return ElementTree.fromstring(plain)


@pytest.mark.parametrize(
    "expr",
    [
        lambda a: sp.besselj(0, 2.5 * a) / (1 + a) ** sp.Rational(3, 2),
        lambda a: 6.674e-11 * sp.Abs(sp.sin(a)) - sp.sqrt(a) / 3,
        lambda a: sp.exp(-(a**2)) * sp.log(a) + sp.erf(a) * sp.sign(a) + sp.Max(a, 1),
    ],
)
def test_the_formula_is_well_formed_mathml(expr):
    law = _found(("semi<axis>",), "T & t", expr)[0].best
    tree = _tree(law)
    assert tree.find(".//mi").text == "T & t"
    assert "semi_axis" in [node.text for node in tree.iter("mi")]
    assert {node.tag for node in tree.iter()} <= KNOWN_TAGS | {"mstyle", "mover"}


def test_numbers_in_the_formula_have_the_digits_that_are_known():
    found, _ = _found(("a",), "t", lambda a: 6.67430123e-11 * a)
    tree = _tree(found.best)
    assert [node.text for node in tree.iter("mn")] == ["6.6743", "10", "-11"]


def test_tags_escape_what_is_not_markup():
    assert tag("p", "<b>", tag("i", "&"), title='"') == '<p title="&quot;">&lt;b&gt;<i>&amp;</i></p>'
    assert isinstance(tag("p"), Html)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.2, 17), (1e-9, 5e-9), (0.999, 1.001), (-1e6, 3e7)])
def test_ticks_are_few_round_and_inside(low, high):
    found = ticks(low, high)
    assert 3 <= len(found) <= 8
    assert all(low <= value <= high for value in found)
