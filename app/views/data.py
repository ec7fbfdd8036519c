"""The data panel: where the data come from, and what is loaded now. Discover uses what is seen here."""

from __future__ import annotations

import streamlit as st

from app.acts import steps
from app.data import sources
from app.session import Session
from app.views import data_formula, data_law, data_table, data_typed
from app.words import plain

PANELS = {"law": data_law.show, "formula": data_formula.show, "table": data_table.show, "typed": data_typed.show}


def show(s: Session) -> None:
    """The chosen source, its settings, and the button that loads it."""
    from datasets import DataError, FormulaError

    st.subheader("Data")
    st.segmented_control(
        "Source",
        sources.KINDS,
        format_func=sources.KINDS.__getitem__,
        required=True,
        label_visibility="collapsed",
        wrap=True,
        **s.bound_buttons("kind"),
    )
    try:
        ready = PANELS[s.kind](s)
    except (DataError, FormulaError) as error:
        st.error(plain(str(error)), icon=":material/info:")
        if isinstance(error, FormulaError) and error.formula:
            st.code(error.caret, language=None)
        ready = False
    with st.container(horizontal=True, vertical_alignment="center"):
        if ready:
            st.button("Use these data", icon=":material/table_chart:", on_click=steps.take_data, args=(s,))
        st.caption(_loaded(s))


def _loaded(s: Session) -> str:
    names, rows = s.work.dataset["names"], len(s.work.dataset["y"])
    listed = ", ".join(names) if len(names) < 12 else f"{len(names)} inputs"
    return plain(f"Loaded now: {rows} rows, {listed} → {s.work.dataset['target']}")
