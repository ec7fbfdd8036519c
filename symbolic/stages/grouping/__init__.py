"""Fewer inner variables in place of the columns: differences, monomials, sums of squares."""
