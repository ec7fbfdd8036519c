"""Smooth stand-ins for y in all columns at once, and fits of how y scales: what structures are read from."""
