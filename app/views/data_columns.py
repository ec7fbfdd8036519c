"""The columns of a table: what each holds, its unit, what to mend, and which part it plays."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.acts import table_acts
from app.data import sources, tables
from app.session import Session
from app.views import data_repairs
from app.words import plain

SPLITS = {
    "random": "rows at random",
    "extrapolation": "the outer rows, to see it extrapolate",
    "time": "the last rows",
    "blocks": "stretches of rows",
    "groups": "whole groups",
    "none": "none: all rows are learned from",
}
ORDERED = ("time", "blocks", "groups")  # splits that may go by a column
FIXED = ["Column", "Shape", "From", "To", "Gaps", "Outliers", "Digits", "Kind"]
SHOWN = 50  # rows of the preview


def show(s: Session) -> bool:
    """Everything about the table shown; answers whether it can be used. Raises DataError where it cannot be read."""
    from datasets import DataError

    try:
        table = sources.table(s)
    except DataError:
        data_repairs.undo(s)  # a repair may no longer suit rows that were typed over
        raise
    sources.settle(s, table)
    _report(s, table)
    data_repairs.show(s, table)
    _rows(s, table)
    return _parts(s, table)


def _report(s: Session, table: Any) -> None:
    names = [one.name for one in table.columns]
    st.caption(f"{len(table.frame)} rows, {len(names)} columns. Units can be typed over.")

    def number(means: str = "") -> Any:
        return st.column_config.NumberColumn(format="%.4g", width=68, help=means or None)

    st.data_editor(
        tables.report(table, s.units),
        hide_index=True,
        disabled=FIXED,
        column_config={
            "Column": st.column_config.TextColumn(width=90, pinned=True),
            "Unit": st.column_config.TextColumn(
                help="Such as m, km/h or J/(mol K); 1 for a pure number.", width=72, max_chars=60
            ),
            "Shape": st.column_config.LineChartColumn(help="The values from top to bottom.", width=60),
            "From": number(),
            "To": number(),
            "Gaps": number("Cells without a number."),
            "Outliers": number("Values far from all others."),
            "Digits": number("Significant digits printed; none for whole numbers."),
        },
        placeholder="",
        alt="What each column holds",
        **s.unit_editor(names),
    )
    for sentence in tables.unit_troubles(sources.units(s, table)):
        st.caption(plain(sentence))


def _rows(s: Session, table: Any) -> None:
    if s.kind == "typed":
        return
    with st.expander("Rows"):
        st.dataframe(table.frame.head(SHOWN), hide_index=True, height=240, alt="The first rows")
        few = len(table.frame) <= tables.BY_HAND
        st.button(
            "Edit by hand",
            icon=":material/edit:",
            on_click=table_acts.edit_by_hand,
            args=(s,),
            disabled=not few,
            help=None if few else f"Tables of up to {tables.BY_HAND} rows can be typed over.",
        )


def _parts(s: Session, table: Any) -> bool:
    names = [one.name for one in table.columns if one.usable]
    if len(names) < 2:
        st.caption("A law needs two columns of numbers without gaps: mend some above.")
        return False
    st.selectbox("Target", help="The column to explain.", **s.bound_choice("target", names))
    st.multiselect(
        "Inputs",
        [name for name in names if name not in (s.target, s.sigma)],
        placeholder="All other columns",
        **s.bound_buttons("inputs"),
    )
    others = [one for one in table.columns if one.name not in (s.target, *s.inputs)]
    st.selectbox(
        "Standard errors of the target",
        placeholder="None known",
        **s.bound_choice("sigma", [one.name for one in others if one.minimum is not None]),
    )
    with st.expander("Test rows and units"):
        split, seed = st.columns([2, 1])
        split.selectbox("Test on", format_func=SPLITS.__getitem__, **s.bound_choice("split", SPLITS))
        seed.number_input("Seed", 0, 10_000, help="Deals the rows anew.", **s.bound("seed"))
        if s.split in ORDERED:
            columns = [one.name for one in table.columns]
            st.selectbox("In the order or groups of", placeholder="The rows", **s.bound_choice("by", columns))
        st.toggle("Convert to SI units", **s.bound("si"))
    return True
