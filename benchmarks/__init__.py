"""Measurements of the whole program: training, recovery of laws, interface. Never imported by the program itself."""
