"""Where a measurement would decide between a law and its nearest rival, in a sentence and a chart."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from app.charts import charts_law, charts_network
from app.session import Session
from app.tasks.law_points import Sheet, Slice, slice_of
from app.words import plain

BEYOND = 0.3  # of the range: a little more than where a place to measure is looked for


def show(s: Session, law: dict[str, Any], others: list[dict[str, Any]]) -> None:
    """Both laws along the input where they part most, through the place to measure at."""
    from symbolic import Law, decide

    sheet = Sheet.of(law["law"], s.work.dataset)
    data, split = sheet.data, sheet.data.split
    rows = np.sort(np.concatenate([split.train, split.validation]))
    sigma = None if data.sigma is None else data.sigma[rows]
    rivals = [Law.from_dict(other) for other in others]
    found = decide(sheet.law, rivals, data.X[rows], data.y[rows], sigma) if len(rows) > 2 else None
    if found is None:
        st.caption("The data tell this law from every other that was weighed.")
        return
    st.markdown("**Where a measurement would decide**")
    st.text(str(found))
    place = np.array([found.point[name] for name in data.names])
    sheets = [sheet, Sheet(found.laws[1], data)]
    along, cuts = max(
        ((k, [slice_of(one, k, place, BEYOND) for one in sheets]) for k in range(len(data.names))),
        key=lambda pair: _parting(pair[1]),
    )
    named = list(zip(["this law", "its rival"], cuts, strict=True))
    figure = charts_law.rivals(sheet, named, along, float(place[along]))
    alt = f"Two laws along {data.names[along]}: they part most at {place[along]:.4g}."
    st.plotly_chart(figure, key="decide", config=charts_network.BARE, alt=alt)
    held = [f"{name} = {value:.4g}" for k, (name, value) in enumerate(found.point.items()) if k != along]
    st.caption(plain("; ".join(["Grey: the range of the data", "green: the place to measure", *held])))


def _parting(cuts: list[Slice]) -> float:
    """How much the difference of two laws changes along a slice."""
    apart = cuts[0].y - cuts[1].y
    known = apart[np.isfinite(apart)]
    return float(np.ptp(known)) if len(known) else 0.0
