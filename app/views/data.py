"""The data panel: a known law, a typed formula, or a table of your own."""

from __future__ import annotations

import streamlit as st

from app import acts, sources
from app.session import Session
from app.words import plain

TABLES = ["csv", "tsv", "txt", "dat", "xlsx", "parquet", "json", "npz", "npy"]


def show(s: Session) -> None:
    """Settings of the data; Discover uses what is seen here."""
    from datasets import DataError, FormulaError

    st.subheader("Data")
    st.segmented_control(
        "Source",
        sources.KINDS,
        format_func=sources.KINDS.__getitem__,
        required=True,
        label_visibility="collapsed",
        **s.bound("kind"),
    )
    try:
        {"law": _law, "formula": _formula, "table": _table}[s.kind](s)
    except (DataError, FormulaError) as error:
        st.error(plain(str(error)), icon=":material/info:")
        if isinstance(error, FormulaError) and error.formula:
            st.code(error.caret, language=None)
        return
    if s.kind != "table":
        _sampling(s)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Use these data", icon=":material/table_chart:", on_click=acts.take_data, args=(s,))
        st.caption(_loaded(s))


def _law(s: Session) -> None:
    laws = sources.known_laws()
    st.selectbox("Law", list(laws), format_func=lambda key: laws[key]["title"], **s.bound("entry"))
    st.text(laws[s.entry]["story"])
    st.caption(plain(laws[s.entry]["source"]))


def _formula(s: Session) -> None:
    st.text_input(
        "Formula",
        max_chars=2000,
        help="For example exp(sin(pi*x) + y^2), or LaTeX such as \\sqrt{a^2 + b^2}.",
        **s.bound("formula"),
    )
    parsed, names = sources.variables(s.formula)
    st.latex(parsed)
    s.ranges = {**dict.fromkeys(names, sources.RANGE), **s.ranges}
    for name in names:
        lower, upper = st.columns(2)
        label = plain(name)
        lower.number_input(f"{label} from", format="%g", **s.bound_range(name, 0))
        upper.number_input(f"{label} to", format="%g", **s.bound_range(name, 1))


def _table(s: Session) -> None:
    st.file_uploader("Table", TABLES, max_upload_size=20, key="upload", on_change=s.take_upload)
    if s.table is None:
        st.caption("One row a measurement, one column a quantity, names in the first line.")
        return
    names, complaints = sources.columns(*s.table)
    for complaint in complaints:
        st.caption(plain(complaint))
    sources.choose_target(s, names)
    st.selectbox("Target", names, help="The column to explain.", **s.bound("target"))
    s.inputs = [name for name in s.inputs if name in names and name != s.target]
    st.multiselect(
        "Inputs", [name for name in names if name != s.target], placeholder="All other columns", **s.bound("inputs")
    )


def _sampling(s: Session) -> None:
    points, noise, seed = st.columns(3)
    points.number_input("Points", 10, 100_000, step=100, **s.bound("points"))
    noise.number_input("Noise", 0.0, 1.0, step=0.01, help="Relative to the size of the target.", **s.bound("noise"))
    seed.number_input("Seed", 0, 10_000, **s.bound("seed"))


def _loaded(s: Session) -> str:
    names, rows = s.work.dataset["names"], len(s.work.dataset["y"])
    return plain(f"Loaded now: {rows} rows, {', '.join(names)} → {s.work.dataset['target']}")
