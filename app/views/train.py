"""The train panel: shape, grids, steps, and how the last fit went."""

from __future__ import annotations

import streamlit as st

from app import acts, charts
from app.session import Session


def show(s: Session) -> None:
    """A fresh network on the present data."""
    st.subheader("Train")
    st.caption("A network small enough to read: every edge learns one curve.")
    st.text_input("Widths", help="Nodes of each layer: inputs first, output last.", **s.bound("widths"))
    left, right = st.columns(2)
    left.text_input(
        "Grid", help="Cells of each curve. Several numbers refine step by step, as in 5, 10, 20.", **s.bound("grids")
    )
    right.number_input("Steps", 1, 1000, help="Levenberg–Marquardt steps on each grid.", **s.bound("steps"))
    left.number_input("Seed", 0, 10_000, help="Another seed is another start.", **s.bound("start"))
    right.number_input(
        "Sparsity",
        0.0,
        10.0,
        step=0.1,
        help="Pulls weak edges to zero. 0 leaves every edge alone.",
        **s.bound("sparsity"),
    )
    st.button("Train", type="primary", icon=":material/model_training:", on_click=acts.train, args=(s,))
    if s.work.losses:
        st.plotly_chart(
            charts.losses(s.work.losses), key="losses", config=charts.BARE, alt="Error at each step of the fit"
        )
