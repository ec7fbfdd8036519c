"""A fuse against algebra without end: it counts the function calls of a piece of work and breaks it off.

The gates of `_formula_terms` turn away what is known to keep SymPy busy for minutes; the fuse is for what is not
known. It counts calls rather than seconds, so a busy machine refuses nothing that an idle one reads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import CO_GENERATOR
from types import FrameType
from typing import Any, TypeVar

MOST_CALLS = 55_000
Result = TypeVar("Result")
_CLEANERS = {"__del__", "remove"}  # what Python raises in these and in a generator being closed, it drops
_IMPORTER = "<frozen importlib._bootstrap>"


class FuseError(Exception):
    """The work needed too many calls."""


class _Blown(BaseException):
    """Not an Exception: what SymPy catches on its way must let it through."""


def fused(work: Callable[[], Result], most: int = MOST_CALLS) -> Result:
    """Returns what `work` returns, or raises FuseError after `most` calls of Python functions in this thread."""
    left, imports = most, 0

    def count(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal left, imports
        if event not in {"call", "return"}:
            return
        if frame.f_code.co_filename == _IMPORTER and frame.f_code.co_name == "_find_and_load":
            imports += 1 if event == "call" else -1
        if event == "call" and not imports:  # SymPy imports parts of itself when it first needs them
            left -= 1
            if left < 0 and not frame.f_code.co_flags & CO_GENERATOR and frame.f_code.co_name not in _CLEANERS:
                raise _Blown

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return work()
    except _Blown:
        raise FuseError from None
    finally:
        sys.setprofile(before)
