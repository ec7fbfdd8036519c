"""How many of the Feynman laws are found again from their values, scored as SRBench does and more strictly."""
