"""The name panel: one edge large, with the data under it, and the functions it may be."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.acts import network_acts, steps
from app.components.curve import large_curve
from app.jobs import JobError
from app.session import Session
from app.tasks.picture import NOTHING, titles
from app.views import live
from app.words import plain

STATES = {"spline": "a learned curve", "symbolic": "named", "removed": "removed"}
SHOWN = 5  # candidates listed; the others are in a select box
MUCH = 1e6  # times the error: beyond it no figure says more
SAME = 5e-4  # relative change of the error not worth a word

Row = dict[str, Any]


def show(s: Session) -> None:
    """The selected edge, or the invitation to select one."""
    drawn = s.work.picture
    st.subheader("Name")
    if not drawn:
        st.info("Train a network first: there is no edge to name yet.", icon=":material/label:")
        return
    names = titles(drawn)
    st.selectbox(
        "Edge",
        format_func=names.__getitem__,
        placeholder="Choose an edge, or click one",
        **s.bound_choice("edge", s.edges),
    )
    if s.edge is None:
        return
    one = next(edge for edge in drawn["edges"] if edge["id"] == s.edge)
    ranked = _ranked(s) if one["state"] != "removed" else []
    st.caption(_facts(one, names[s.edge].partition(" → ")[0]))
    chart = st.container()
    chosen = _choice(s, one, ranked)
    with chart:
        rows = s.rows_seen.get((s.act.id, s.edge))
        large_curve(one, names[s.edge], key="curve", candidates=_listed(ranked), chosen=chosen, rows=rows)
    if one["state"] != "removed":
        _cost(ranked or [], one, new=s.work.judged)
        _buttons(s, one, chosen)


def _ranked(s: Session) -> list[Row] | None:
    """The candidates; where no worker can be asked for them, why stands here until one can."""
    try:
        return steps.rank(s)
    except JobError as error:
        st.error(plain(str(error)), icon=":material/info:")
        return []


def _facts(edge: Row, source: str) -> str:
    what = f"named {edge['name']}" if edge["name"] else STATES[edge["state"]]
    lower, upper = edge["x"]
    facts = f"This edge is {what}. Importance {edge['importance']:.2f} of the strongest."
    return plain(f"{facts} The data reach it over {source} from {lower:.4g} to {upper:.4g}.")


def _listed(ranked: list[Row] | None) -> list[Row]:
    """The best names, then the edge's removal where that is possible."""
    named = [one for one in ranked or [] if one["name"] != NOTHING]
    return named[:SHOWN] + [one for one in ranked or [] if one["name"] == NOTHING]


def _choice(s: Session, edge: Row, ranked: list[Row] | None) -> Row | None:
    """The candidate chosen: the best to begin with."""
    if ranked is None:
        live.answer_to_come(s.look_job, "Fitting every function of the library to this curve …")
    if not ranked:
        return None
    by_name, listed = {one["name"]: one for one in ranked}, [one["name"] for one in _listed(ranked)]
    if s.own in by_name and s.own not in listed:
        listed.insert(0, s.own)
    name = st.radio(
        "What may it be?",
        listed,
        format_func=lambda name: f"`{name}`" if name != NOTHING else "`0`: nothing at all",
        captions=[_judgement(by_name[name], edge) for name in listed],
        key=f"candidate {s.act.id} {s.edge}",
    )
    others = [name for name in by_name if name not in listed]
    other = st.selectbox(
        "Another function", others, index=None, placeholder="Any other", key=f"other {s.act.id} {s.edge}"
    )
    if other:
        st.caption(_judgement(by_name[other], edge))
    st.text_input(
        "A function of your own",
        max_chars=300,
        placeholder="u*exp(-u)",
        help="A formula of one variable; it is ranked with the others, on every edge.",
        **s.bound("own", then=network_acts.try_own),
    )
    return by_name[other or name]


def _judgement(one: Row, edge: Row) -> str:
    effect = "its name now" if one["name"] == edge["name"] else _effect(one["change"])
    return effect if one["name"] == NOTHING else f"R² {one['r2']:.6f} · complexity {one['complexity']:.0f} · {effect}"


def _effect(change: float | None) -> str:
    if change is None:
        return "effect on the whole not tried"
    if abs(change) < SAME:
        return "whole error unchanged"
    if change <= 1:
        return f"whole error {change:+.1%}"
    times = 1 + change
    shown = f"{times:.2g}" if times < 100 else f"{times:,.0f}" if times < MUCH else "over a million"
    return f"whole error × {shown}"


def _cost(ranked: list[Row], edge: Row, new: bool) -> None:
    """What removing the edge would do, before it is done: tried, or estimated while the trial runs."""
    tried = next((one for one in ranked if one["name"] == NOTHING), None)
    if tried:
        rows = "new rows" if new else "the rows it is fitted to"  # so few that none are kept from the fit
        st.caption(f"Without it the error on {rows} goes from {tried['before']:.3g} to {tried['after']:.3g}.")
    elif edge.get("impact") is not None:
        st.caption(f"Without it the error grows by about {100 * edge['impact']:.2g} % of the target's spread.")


def _buttons(s: Session, one: Row, chosen: Row | None) -> None:
    locked = one["id"] in s.work.locked
    with st.container(horizontal=True):
        if chosen and chosen["name"] != NOTHING:
            st.button(
                f"Use `{chosen['name']}`", type="primary", disabled=locked, on_click=steps.use, args=(s, chosen["name"])
            )
        st.button("Remove", disabled=locked, on_click=steps.remove, args=(s,))
        st.button(
            "Unlock" if locked else "Lock",
            icon=f":material/{'lock_open' if locked else 'lock'}:",
            on_click=network_acts.lock,
            args=(s, one["id"]),
            help="A locked edge is left alone by naming, removing and pruning: a curve stays a curve.",
        )
        if s.next_spline:
            st.button("Next unnamed edge", icon=":material/skip_next:", on_click=s.select, args=(s.next_spline,))
