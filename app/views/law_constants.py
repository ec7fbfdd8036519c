"""The constants of a law: how they came to be exact, and how well each is known."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.session import Session
from app.words import percent, plain

WAYS = {
    "fitted": "As fitted",
    "rounded": "Rounded to what the data determine",
    "recognised": "Recognised",
}


def show(s: Session, law: dict[str, Any]) -> None:  # noqa: ARG001 - as every detail is called
    """The three forms with their errors, a table of the constants, and where the law was tested."""
    if len(law["forms"]) == 1:
        st.caption("No number of this law is free: there is nothing to round or recognise.")
    for form in law["forms"] if len(law["forms"]) > 1 else []:
        st.caption(f"{WAYS[form['name']]}: error {percent(form['error'])}")
        st.latex(form["latex"])
    told = [one for one in law["constants"] if one["value"] not in (0.0, 1.0) or one["fitted"] is not None]
    if told:
        st.dataframe(rows(told), hide_index=True, alt="The constants of the law")
    for one in told:
        if one["recognised"] and one["apart"] is not None:
            st.caption(plain(_evidence(one)))
    st.caption("The law was tested on")
    for name, (lower, upper) in law["domain"].items():
        unit = law["units"].get(name, "")
        st.text(f"{name} from {lower:.4g} to {upper:.4g} {unit}".rstrip())


def rows(constants: list[dict[str, Any]]) -> list[dict[str, str]]:
    """A table of constants without the columns that hold nothing."""
    full = [_row(one) for one in constants]
    return [{key: text for key, text in row.items() if any(other[key] for other in full)} for row in full]


def _row(one: dict[str, Any]) -> dict[str, str]:
    error = one["fitted_stderr"] if one["fitted_stderr"] is not None else one["stderr"]
    value = one["fitted"] if one["fitted"] is not None else one["value"]
    return {
        "name": one["name"] or "",
        "value": _number(value, error),
        "± standard error": "" if error is None else f"{error:.2g}",
        "recognised": one["recognised"] or "",
        "unit": one["unit"] or "",
    }


def _evidence(one: dict[str, Any]) -> str:
    """Why a number may be called exact: how far it lies from what was measured."""
    return f"{one['recognised']} lies {one['apart']:.1f} standard errors from the fitted {one['fitted']:.8g}."


def _number(value: float, error: float | None) -> str:
    """As many digits as are known, and two more."""
    if not error or not value:
        return f"{value:.8g}"
    from math import floor, log10

    return f"{value:.{min(max(floor(log10(abs(value))) - floor(log10(error)) + 2, 2), 15)}g}"
