"""Numbers and curves fitted to data: constants of formulas, splines, names for sampled curves, and the noise."""
