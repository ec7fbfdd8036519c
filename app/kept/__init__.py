"""Visitors' work: its history, and how it is kept."""
