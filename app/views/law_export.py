"""The law to take along: as source text in eight languages, as a report, as a notebook."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from app.out.notebook import notebook
from app.out.report import report
from app.session import Session
from app.words import file_name, plain

PRINTED = {"latex": "latex", "sympy": "python", "numpy": "python", "torch": "python", "c": "c", "julia": "julia"}


def show(s: Session, law: dict[str, Any]) -> None:
    """One language at a time, and two files."""
    from symbolic import EXPORTS, Law, SymbolicError

    st.selectbox("Language", format_func=lambda key: EXPORTS[key].language, **s.bound_choice("language", EXPORTS))
    key, stem = s.language, file_name(law["law"]["target"])
    try:
        source = Law.from_dict(law["law"]).export(key)
    except SymbolicError as error:
        st.error(plain(str(error)), icon=":material/info:")
    else:
        st.code(
            source, language=PRINTED.get(key, key if key == "javascript" else None), wrap_lines=key in ("text", "latex")
        )
        st.download_button(
            "Download", source, f"{stem}{EXPORTS[key].suffix}", icon=":material/download:", on_click="ignore"
        )
    st.caption("Or all of it, in one file that needs nothing else:")
    acts = [act.name for act in s.acts[: s.at + 1]]
    with st.container(horizontal=True):
        st.download_button(
            "Report",
            partial(report, s.work, acts),
            f"{stem}.html",
            "text/html",
            icon=":material/article:",
            on_click="ignore",
            help="One page with the law, its errors, constants, evidence and pictures.",
        )
        st.download_button(
            "Notebook",
            partial(notebook, s.work),
            f"{stem}.ipynb",
            "application/x-ipynb+json",
            icon=":material/menu_book:",
            on_click="ignore",
            help="Holds the data, rebuilds the law and checks it. Needs NumPy, SciPy and SymPy.",
        )
