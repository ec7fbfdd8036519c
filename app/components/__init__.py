"""Custom components of the page."""
