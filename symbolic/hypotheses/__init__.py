"""Formulas of the user's own, fitted; and the way from measured numbers to exact ones."""
