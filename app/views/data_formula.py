"""A typed formula: its look while it is typed, a plot, and the range of each variable."""

from __future__ import annotations

import streamlit as st

from app.charts import charts_data
from app.data import sources
from app.session import Session
from app.views import data_sampling
from app.words import plain

BARE = {"displayModeBar": False}
SIDE = 108  # pixels: three side by side, on a phone too


def show(s: Session) -> bool:
    """Formula, preview, ranges, settings. Raises FormulaError where it cannot be read."""
    st.text_input(
        "Formula",
        max_chars=2000,
        live="400ms",
        help="For example T = 2 pi sqrt(L/g), exp(sin(pi*x) + y^2), or LaTeX such as \\sqrt{a^2 + b^2}.",
        **s.bound("formula"),
    )
    names = sources.variables(s.formula)[1]
    st.latex(sources.equation(s.formula))
    _ranges(s, names)
    _plot(s, names)
    data_sampling.show(s, drawn=True)
    return True


def _ranges(s: Session, names: list[str]) -> None:
    s.ranges = {**dict.fromkeys(names, sources.RANGE), **s.ranges}
    for name in names:
        with st.container(horizontal=True):
            for side, word in enumerate(("from", "to")):
                st.number_input(f"{plain(name)} {word}", format="%g", width=SIDE, **s.bound_range(name, side))
            st.selectbox(
                f"{plain(name)} spread",
                format_func=sources.SPREADS.__getitem__,
                width=SIDE,
                **s.bound_spread(name, sources.SPREADS),
            )


def _plot(s: Session, names: list[str]) -> None:
    ranges = {name: s.ranges[name] for name in names}
    if not all(lower < upper for lower, upper in ranges.values()):
        return  # said in words when the data are asked for
    if len(names) == 2:
        st.segmented_control(
            "View",
            charts_data.VIEWS,
            format_func=charts_data.VIEWS.__getitem__,
            required=True,
            label_visibility="collapsed",
            **s.bound_buttons("formula_view"),
        )
    target = sources.result(s.formula) or "value"
    figure = charts_data.formula(sources.values(s.formula), names, ranges, target, s.formula_view)
    st.plotly_chart(figure, key="formula plot", config=BARE, alt="The formula over the ranges of its variables")
    if len(names) > 2:
        middles = charts_data.middles(names, ranges).items()
        others = ", ".join(f"{name} = {value:.3g}" for name, value in middles)
        more = f" The first {charts_data.MOST} of {len(names)} variables." if len(names) > charts_data.MOST else ""
        st.caption(plain(f"Along each variable, the others standing still at {others}.{more}"))
