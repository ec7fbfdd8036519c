"""Drawings in the browser, each a Custom Component of Streamlit in inline SVG."""

from pathlib import Path

SHARED = (Path(__file__).parent / "shared.js").read_text(encoding="utf-8")  # begins every component's script
