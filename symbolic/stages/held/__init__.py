"""Formulas by controlled experiments: how y depends on one column while the others are held, and what moves that."""
