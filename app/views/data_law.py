"""The catalogue: search it, leaf through what is found, read the card of the law chosen."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.data import sources
from app.session import Session
from app.views import data_sampling
from app.words import plain

COLLECTIONS = {
    "classroom": "Classroom",
    "measured": "Real measurements",
    "feynman": "Feynman laws",
    "special": "Special functions",
    "kan": "Toys",
}
DIFFICULTY = {1: "easy", 2: "of medium difficulty", 3: "hard"}
ROWS = 8  # of the table of variables before it scrolls


def show(s: Session) -> bool:
    """Search, choice, card and settings; there is always a law to use."""
    laws = sources.known_laws()
    st.text_input(
        "Search",
        type="search",
        live=True,
        placeholder=f"{len(laws)} laws: planet, optics, sqrt, I.8.14 …",
        icon=":material/search:",
        label_visibility="collapsed",
        max_chars=100,
        **s.bound("search"),
    )
    st.pills(
        "Kind",
        COLLECTIONS,
        format_func=COLLECTIONS.__getitem__,
        label_visibility="collapsed",
        wrap=True,
        **s.bound_buttons("collection"),
    )
    found = sources.found_laws(s.search, s.collection)
    if not found:
        st.caption("No law has all of these words. Try fewer, or another kind; the last one is still shown.")
    elif s.entry not in found:
        s.entry = found[0]
    _choice(s, found or [s.entry], laws)
    card = sources.card(s.entry, s.nature)
    _show_card(card)
    data_sampling.show(s, drawn=not card["measured"], nature=card["nature"])
    return True


def _choice(s: Session, found: list[str], laws: dict[str, dict[str, str]]) -> None:
    at = found.index(s.entry)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            f"Law {at + 1} of {len(found)}",
            format_func=lambda key: laws[key]["title"],
            **s.bound_choice("entry", found),
        )
        for label, sign, step in (("Previous", "chevron_left", -1), ("Next", "chevron_right", 1)):
            st.button(
                label,
                icon=f":material/{sign}:",
                type="tertiary",
                disabled=not 0 <= at + step < len(found),
                on_click=setattr,
                args=(s, "entry", found[max(0, min(at + step, len(found) - 1))]),
            )


def _show_card(card: dict[str, Any]) -> None:
    with st.container(border=True):
        st.text(card["story"])
        if card["latex"]:
            st.latex(card["latex"])
        elif card["written"]:
            st.code(card["written"], language=None)
        else:
            st.caption(plain(f"Measured: {card['measured']}. The law is yours to find."))
        st.dataframe(
            card["variables"],
            hide_index=True,
            height="content" if len(card["variables"]) <= ROWS else 36 * ROWS,
            column_config={side: st.column_config.NumberColumn(format="%.4g") for side in ("From", "To")},
            alt="Variables of the law, their units and ranges",
        )
        st.caption(plain(f"{card['field'].capitalize()}, {DIFFICULTY[card['difficulty']]}. {card['source']}."))
