"""The prune panel: how much error simplicity may cost, what would go, and what it did cost."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from app.acts import steps
from app.kept.work import Work
from app.session import Session
from app.words import percent, plain


def show(s: Session) -> None:
    """Removes edges and nodes the network can do without."""
    st.subheader("Prune")
    if s.work.model is None or s.work.picture is None:
        st.info("Train a network first: there is nothing to prune yet.", icon=":material/content_cut:")
        return
    edges = s.work.picture["edges"]
    st.markdown(f"**{_alive(s.work)} of {len(edges)}** edges are alive. Fewer edges make a law that is easier to read.")
    st.slider(
        "Tolerance",
        0.0,
        0.2,
        step=0.005,
        format="percent",
        help="The error all removals together may add, as a share of the spread of the target.",
        **s.bound("tolerance"),
    )
    if n := len(doomed(s)):
        st.caption(f"Dashed in the picture: {n} edge{'s' * (n != 1)}, each of which alone would cost less than this.")
    st.button("Prune", type="primary", icon=":material/content_cut:", on_click=steps.prune, args=(s,))
    st.caption("To remove one edge of your choice, click it in the network. Locked edges stay.")
    _comparison(s)


def doomed(s: Session) -> list[str]:
    """Edges whose loss alone is estimated to stay within the tolerance: those that pruning will try."""
    error = s.work.errors.get("validation") or s.work.errors.get("train")
    if s.work.picture is None or error is None:
        return []
    before = error / _spread(s.work)
    room = math.hypot(before, s.tolerance) - before
    return [
        edge["id"]
        for edge in s.work.picture["edges"]
        if edge["state"] != "removed"
        and edge["id"] not in s.work.locked
        and edge.get("impact") is not None
        and edge["impact"] <= room
    ]


def _comparison(s: Session) -> None:
    """Edges and error before and after the present act, where edges went."""
    before = s.work if s.undo_to is None else s.acts[s.undo_to].work
    if before.dataset is not s.work.dataset or before.picture is None or _alive(before) <= _alive(s.work):
        return
    st.caption("Before and after the last act")
    with st.container(horizontal=True, gap="medium"):
        st.metric("Edges", _alive(s.work), _alive(s.work) - _alive(before), delta_color="inverse", width="content")
        for name, error in s.work.errors.items():
            old = before.errors.get(name)
            if error is not None and old is not None:
                change = f"{percent((error - old) / _spread(s.work))} of spread" if error > old else "no worse"
                label = f"Error, {plain(name)} rows"
                st.metric(label, f"{error:.3g}", change, delta_color="off", width="content")


def _alive(work: Work) -> int:
    return sum(edge["state"] != "removed" for edge in (work.picture or {"edges": []})["edges"])


def _spread(work: Work) -> float:
    return float(np.std(work.dataset["y"])) or 1.0
