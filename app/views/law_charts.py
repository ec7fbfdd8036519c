"""The charts of a law: one at a time, for each costs a drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from app.charts import charts_law, charts_network
from app.session import Session
from app.tasks.law_points import Sheet, cloud, slice_of
from app.words import plain


def show(s: Session, law: dict[str, Any]) -> None:
    """The chart chosen; a surface only where there are two inputs to draw it over."""
    sheet = Sheet.of(law["law"], s.work.dataset)
    kinds = [kind for kind in CHARTS if kind != "surface" or len(sheet.data.names) == 2]
    if s.chart not in kinds:
        s.chart = kinds[0]
    kind = st.segmented_control(
        "Chart",
        kinds,
        format_func=str.capitalize,
        required=True,
        label_visibility="collapsed",
        **s.bound_buttons("chart"),
    )
    CHARTS[kind or kinds[0]](s, sheet)


def _parity(s: Session, sheet: Sheet) -> None:  # noqa: ARG001 - as every chart is called
    rows = cloud(sheet)
    alt = f"Law against data in {len(rows.y)} rows; the closer to the diagonal, the better."
    st.plotly_chart(charts_law.parity(sheet, rows), key="parity", config=charts_network.BARE, alt=alt)


def _residuals(s: Session, sheet: Sheet) -> None:
    rows, names = cloud(sheet), list(sheet.data.names)
    against = st.selectbox(
        "Against",
        [None, *range(len(names))],
        format_func=lambda k: "the law's value" if k is None else names[k],
        key=f"against {s.act.id}",
    )
    alt = "What the law leaves in each row; without structure and within the grey band where it is noise."
    st.plotly_chart(charts_law.residuals(sheet, rows, against), key="residuals", config=charts_network.BARE, alt=alt)
    if sheet.scatter is not None:
        level = f"{100 * sheet.scatter:.2g} % of the law" if sheet.relative else _with_unit(sheet, sheet.scatter)
        st.caption(f"The grey band is the noise level, one standard deviation: {plain(level)}.")


def _slices(s: Session, sheet: Sheet) -> None:
    names = list(sheet.data.names)
    along = st.selectbox("Along", range(len(names)), format_func=names.__getitem__, key=f"along {s.act.id}")
    held = sheet.middle.copy()
    others = [k for k in range(len(names)) if k != along and sheet.ends[k, 1] > sheet.ends[k, 0]]
    chart = st.container()
    for k in others:
        low, high = map(float, sheet.ends[k])
        held[k] = st.slider(
            plain(sheet.label(names[k])), low, high, float(held[k]), key=f"held {s.act.id} {k}", format="%.4g"
        )
    cut = slice_of(sheet, along, held)
    alt = f"The law along {names[along]}, the other inputs held, with 95 % band and the rows nearby."
    chart.plotly_chart(charts_law.slice_(sheet, cut, along), key="slice", config=charts_network.BARE, alt=alt)
    band = "The band holds a new measurement with 95 %. " if bool(np.isfinite(cut.low).any()) else ""
    moved = "Rows nearby are moved onto the slice along the law. " if others else ""
    st.caption(f"{band}{moved}Dotted: beyond the data.")


def _surface(s: Session, sheet: Sheet) -> None:  # noqa: ARG001
    alt = f"{sheet.data.target} over {' and '.join(sheet.data.names)}: the law as a surface, the data as points."
    st.plotly_chart(charts_law.surface(sheet, cloud(sheet)), key="surface", config=charts_network.BARE, alt=alt)
    st.caption("Drag to turn it.")


def _with_unit(sheet: Sheet, value: float) -> str:
    return f"{value:.3g} {sheet.unit(sheet.data.target)}".rstrip()


CHARTS = {"parity": _parity, "residuals": _residuals, "slices": _slices, "surface": _surface}
