"""The user's own hypothesis beside the law."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.acts import law_acts
from app.session import Session
from app.views import law_constants, law_decide, live
from app.words import percent, plain

VERDICTS = {
    "law": "It is the same law: they agree everywhere in the range of the data and beyond it.",
    "form": "It is the same law: its constants are the law's within their errors, and exact they are the same.",
    "data": "Another formula, but these data cannot tell the two apart: their bands meet on nearly every row.",
    "no": "It is another law, and the data tell them apart.",
}


def show(s: Session, law: dict[str, Any]) -> None:
    """A formula, its constants fitted, its error beside the law's, and a verdict."""
    from datasets import FormulaError, parse_formula

    columns = [one["symbol"] for one in law["law"]["variables"]]
    st.text_input(
        "Your hypothesis",
        max_chars=2000,
        placeholder=f"c*{columns[0]}^p",
        help="Names that are not columns are constants; they are fitted to the rows that are learned from.",
        **s.bound("hypothesis"),
    )
    st.caption(plain(f"Columns: {', '.join(columns)}. Every other name is a constant to fit."))
    if s.hypothesis.strip():
        try:
            parsed = parse_formula(s.hypothesis)
        except FormulaError as error:
            st.error(plain(str(error)), icon=":material/info:")
            if error.formula:
                st.code(error.caret, language=None)
            return
        st.latex(parsed)
    st.button(
        "Compare", icon=":material/balance:", disabled=s.ask_job is not None, on_click=law_acts.compare, args=(s,)
    )
    if s.ask_job is not None:
        live.answer_to_come(s.ask_job, "Fitting its constants …")
        return
    answer = s.answers.get((s.act.id, s.hypothesis))
    if answer:
        _answer(s, law, answer)


def _answer(s: Session, law: dict[str, Any], answer: dict[str, Any]) -> None:
    mine = answer["rival"]["law"]
    st.markdown(f"**{VERDICTS[answer['same']]}**")
    st.latex(mine["latex"])
    with st.container(horizontal=True, gap="medium"):
        st.metric("Your formula vs data", percent(mine["law_vs_data"]), width="content")
        st.metric("The law vs data", percent(law["law_vs_data"]), width="content")
        st.metric("Difference of the two", percent(answer["apart"]), width="content")
    st.caption(
        f"Complexity {mine['complexity']} against {law['complexity']}. Errors are shares of the target's spread."
    )
    if mine["constants"]:
        st.dataframe(law_constants.rows(mine["constants"]), hide_index=True, alt="The constants of your formula")
    if answer["same"] == "data":
        law_decide.show(s, law, [mine["law"]])
    if mine["text"] != law["text"]:
        st.button("Adopt it as the law", on_click=law_acts.adopt_answer, args=(s,))
