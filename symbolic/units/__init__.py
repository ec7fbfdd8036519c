"""Dimensional analysis: from the units of a table to smaller problems, and to the units of constants."""
