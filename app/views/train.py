"""The train panel: shape, grids, steps, sparsity; the fit while it runs; and what the last one has come to."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app.acts import network_acts, steps
from app.charts import charts_network
from app.data.choices import BASES
from app.jobs import Snapshot
from app.session import Session
from app.words import bullets, percent, plain, turn

SPARSITIES = [0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]


def follows(s: Session) -> bool:
    """Whether this panel shows the work under way: a fit, seen from the train stage."""
    return s.stage == "train" and s.work_job is not None and s.work_job.task in steps.FITS


def show(s: Session) -> None:
    """A fresh network on the present data, and how to go on with the one there is."""
    st.subheader("Train")
    st.caption("A network small enough to read: every edge learns one curve.")
    _settings(s)
    running = follows(s)
    with st.container(horizontal=True):
        if running:
            st.button("Pause", icon=":material/pause:", on_click=steps.finish, args=(s,), help="Keeps the fit.")
            st.button("Cancel", icon=":material/stop_circle:", on_click=steps.stop, args=(s,), help="Forgets the fit.")
        else:
            st.button("Train", type="primary", icon=":material/model_training:", on_click=steps.train, args=(s,))
            _resume(s)
            _go_on(s)
    if running:
        st.fragment(_progress, run_every=2 * s.tick)(s)
    elif s.work.model is not None:
        _outcome(s)


def _settings(s: Session) -> None:
    left, right = st.columns(2)
    left.text_input("Widths", help="Nodes of each layer: inputs first, output last.", **s.bound("widths"))
    right.text_input(
        "Grid", help="Cells of each curve. Several numbers refine step by step, as in 5, 10, 20.", **s.bound("grids")
    )
    left.number_input("Steps", 1, 1000, help="Levenberg–Marquardt steps on each grid.", **s.bound("steps"))
    right.number_input("Restarts", 1, 20, help="So many starts at once; the best is kept.", **s.bound("restarts"))
    left.number_input("Seed", 0, 10_000, help="Another seed is another start.", **s.bound("start"))
    right.selectbox(
        "Curves", format_func=BASES.__getitem__, help="What each curve is made of.", **s.bound_choice("basis", BASES)
    )
    st.select_slider(
        "Sparsity",
        sorted({*SPARSITIES, s.sparsity}),
        format_func=percent,
        help="An edge has to earn this share of the variance, or it goes. Trains at once.",
        **s.bound("sparsity", then=network_acts.retrain),
    )


def _resume(s: Session) -> None:
    if s.work.paused:
        st.button(
            "Resume",
            icon=":material/resume:",
            on_click=network_acts.resume,
            args=(s,),
            help="Takes the paused fit to its end: with the steps, grids and sparsity that it still had before it.",
        )


def _go_on(s: Session) -> None:
    none = s.work.model is None
    gain = "new rows gain by it" if s.work.judged else "the fit is no worse for it: all rows are learned from"
    for label, icon, options, words in (
        ("One step", "step", (1, False), "One more step from where the network is."),
        ("Train on", "play_arrow", (0, False), "As many more steps as set above."),
        ("Finer grid", "grid_on", (0, True), f"Twice the cells in every curve; kept if {gain}."),
    ):
        st.button(
            label,
            icon=f":material/{icon}:",
            disabled=none,
            on_click=network_acts.go_on,
            args=(s, *options),
            help=words,
        )


def _progress(s: Session) -> None:
    now = s.work_job.snapshot() if s.work_job else Snapshot()
    last = now.events[-1] if now.events else {}
    words = f"Waiting. {turn(now.ahead)}" if now.ahead else plain(last.get("text", "Waking the workers"))
    st.progress(min(1.0, last.get("fraction") or 0.0), words)


def _outcome(s: Session) -> None:
    spread = float(np.std(s.work.dataset["y"])) or 1.0
    known = {name: error for name, error in s.work.errors.items() if error is not None}
    with st.container(horizontal=True, gap="medium"):
        for name, error in known.items():
            of = f"{percent(error / spread)} of the target's spread"
            st.metric(f"Error, {plain(name)} rows", f"{error:.3g}", width="content", help=of)
    if s.work.report:
        st.text(bullets(s.work.report))
    if s.work.losses:
        chart = st.expander("Error at each step", icon=":material/show_chart:", on_change="rerun", key="losses open")
        if chart.open:
            with chart:
                figure = charts_network.losses(s.work.losses)
                st.plotly_chart(figure, key="losses", config=charts_network.BARE, alt="Error at each step of the fit")
