"""The exceptions of this package."""

from __future__ import annotations


class SymbolicError(ValueError):
    """A law cannot be read, fitted or judged as asked. The message says what was received and what to do."""


class UnitError(SymbolicError):
    """Units allow no such law. The message says what cannot be made of them."""
