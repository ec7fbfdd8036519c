"""Waves whose phase and size depend on several columns."""
