"""The router: `streamlit run app/main.py` or `python -m app`."""

import sys
from pathlib import Path

# Streamlit puts only this file's folder on the path.
sys.path[:0] = {str(Path(__file__).resolve().parents[1])}.difference(sys.path)

# Worker processes import this file again, by another name: there is no page to draw there.
if __name__ == "__main__":
    import streamlit as st

    from app.widgets import begin

    begin()
    st.set_page_config(page_title="KANvas", layout="wide", initial_sidebar_state="collapsed")
    st.navigation([st.Page("views/workbench.py", title="Workbench", default=True)], position="hidden").run()
