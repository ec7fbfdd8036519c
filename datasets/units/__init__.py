"""Units: their names and texts read, and held against formulas."""
