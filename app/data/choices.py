"""What a setting may be, and what the page calls it."""

from __future__ import annotations

NOISE = {"rms": "of its size over all", "relative": "of each value", "absolute": "in its own unit"}
DESIGNS = {
    "random": "at random",
    "sobol": "evenly (Sobol)",
    "latin": "each variable evenly (Latin)",
    "grid": "on a grid",
}
SPLITS = {
    "random": "rows at random",
    "extrapolation": "the outer rows, to see it extrapolate",
    "none": "none: all rows are learned from",
}
BASES = {"bspline": "B-splines", "chebyshev": "Chebyshev polynomials", "fourier": "Fourier series"}
