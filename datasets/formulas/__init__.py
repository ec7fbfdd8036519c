"""Formulas as people type them, in plain text or LaTeX: read by a parser of our own, never evaluated."""
