"""One thread for a search: its matrices are small, and several threads on a busy machine mostly wait for each other.

With one thread, sums are also taken in the same order everywhere, so that the same rows give the same law.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread(networks: bool) -> Iterator[None]:
    """Within this block the linear algebra of NumPy and SciPy, and with `networks` torch too, runs on one thread."""
    if not networks:
        with threadpool_limits(1):
            yield
        return
    import torch

    from kan_core import fit, prune  # noqa: F401 - loaded here, before the search looks at the clock

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
