"""How points are drawn from a law, and how rows are dealt: tucked away, for the defaults are good."""

from __future__ import annotations

import streamlit as st

from app.data.choices import DESIGNS, NOISE, SPLITS
from app.session import Session

SPLIT_HELP = (
    "One row in five is kept from the search and judges what it finds; below 50 rows all are learned from. "
    "The outer rows are those near the ends of the ranges."
)


def show(s: Session, drawn: bool, nature: bool = False) -> None:
    """Points, noise and design where points are drawn; seed and test rows always."""
    with st.expander("Sampling" if drawn else "Test rows"):
        if nature:
            st.toggle("Magnitudes as in nature, with the constants put in", **s.bound("nature"))
        if drawn:
            _points(s)
        split, seed = st.columns([2, 1])
        split.selectbox("Test on", format_func=SPLITS.__getitem__, help=SPLIT_HELP, **s.bound_choice("split", SPLITS))
        seed.number_input("Seed", 0, 10_000, help="Another seed draws other points.", **s.bound("seed"))


def _points(s: Session) -> None:
    points, design = st.columns([1, 2])
    points.number_input("Points", 10, 100_000, step=100, **s.bound("points"))
    design.selectbox("Placed", format_func=DESIGNS.__getitem__, **s.bound_choice("design", DESIGNS))
    noise, kind = st.columns([1, 2])
    noise.number_input(
        "Noise", 0.0, None, step=0.01, format="%g", help="Standard deviation; 0.01 is one percent.", **s.bound("noise")
    )
    kind.selectbox("As a share of the target, or", format_func=NOISE.__getitem__, **s.bound_choice("noise_kind", NOISE))
    strays, known = st.columns([1, 2], vertical_alignment="bottom")
    strays.number_input(
        "Outliers", 0.0, 0.5, step=0.01, format="%g", help="Share of the rows ten times as far off.",
        **s.bound("outliers"),
    )  # fmt: skip
    known.checkbox("Tell the search how large the noise is", **s.bound("known"))
