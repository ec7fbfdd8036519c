"""Curves of one input made of peaks, steps and kinks on a line."""
