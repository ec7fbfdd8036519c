"""Repairs of a table: what is wrong, what could be done, what that would change, and a way back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.acts import table_acts
from app.data import tables
from app.session import Session
from app.words import plain

SHOWN = 6  # sentences before the others are only counted
WHOLE = "The whole table"
ORDERS = ("day first", "month first")


def show(s: Session, table: Any) -> None:
    """Opened where something is wrong, else tucked away."""
    said = [sentence for sentences in tables.troubles(table).values() for sentence in sentences]
    said += [f"{len(table.duplicates)} rows are in every cell like an earlier one."] * bool(table.duplicates)
    for sentence in said[:SHOWN]:
        st.caption(plain(sentence))
    if len(said) > SHOWN:
        st.caption(f"And {len(said) - SHOWN} more of this kind.")
    with st.expander("Repairs", expanded=bool(said) or bool(s.mends)):
        _choose(s, table)
        undo(s, table)


def undo(s: Session, table: Any = None) -> None:
    """The repairs made, as the table's history tells them, and the way back."""
    if not s.mends:
        return
    told = table.provenance[-len(s.mends) :] if table is not None else [step["name"] for step in s.mends]
    for number, sentence in enumerate(told, start=1):
        st.caption(f"{number}\\. {plain(sentence)}")  # no list: Markdown would number it anew
    with st.container(horizontal=True):
        back = len(s.mends) - 1
        st.button("Undo the last repair", icon=":material/undo:", on_click=s.drop_mends, args=(back,))
        if back:
            st.button("Undo all", type="tertiary", on_click=s.drop_mends, args=(0,))


def _choose(s: Session, table: Any) -> None:
    from datasets import REPAIRS

    names = [*tables.troubles(table)]
    names += [one.name for one in table.columns if one.name not in names]
    of_table = [name for name in table.repairs if REPAIRS[name].scope != "column"]
    places = [*([WHOLE] if of_table else []), *names]
    s.ailing = s.ailing if s.ailing in places else names[0]
    st.selectbox("Column to repair", **s.bound_choice("ailing", places, then=Session.forget_repair))
    whole = s.ailing == WHOLE and bool(of_table)
    offered = of_table if whole else list(table[s.ailing].repairs)
    name: str = next((one for one in offered if one == s.repair), offered[0])
    s.repair = name
    st.radio("What to do", captions=[REPAIRS[one].says for one in offered], **s.bound_choice("repair", offered))
    options = _options(s, REPAIRS[name].options)
    column = None if whole else s.ailing
    _preview(table, name, column, options)
    st.button("Repair", on_click=table_acts.repair, args=(s, name, column, options))


def _options(s: Session, known: Any) -> dict[str, Any]:
    if "value" in known:
        st.number_input("Number to fill in", format="%g", **s.bound("fill_value"))
        return {"value": s.fill_value}
    if "order" in known:
        st.selectbox("Order in dates", placeholder="As the dates tell", **s.bound_choice("date_order", ORDERS))
        return {"order": s.date_order}
    return {}


def _preview(table: Any, name: str, column: str | None, options: dict[str, Any]) -> None:
    """What the repair would change, by making it on a copy."""
    from datasets import DataError

    try:
        changed = table.repair(name, column, **options)
    except DataError as error:
        st.caption(plain(str(error)))
        return
    rows = len(table.frame), len(changed.frame)
    kept = f" {rows[1]} of {rows[0]} rows remain." if rows[0] != rows[1] else ""
    st.caption(plain(f"→ {changed.provenance[-1]}{kept}"))
