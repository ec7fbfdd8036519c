"""Which networks a search starts from: over-complete ones, simplest first, that a sparse fit then cuts to the bone."""

from __future__ import annotations

from collections.abc import Iterator

Widths = tuple[int | tuple[int, int], ...]


def structures(n_in: int) -> Iterator[Widths]:
    """Network shapes for `n_in` inputs, from the simplest: a sum of curves, a curve of such a sum, products, more."""
    yield (n_in, 1)
    yield (n_in, 1, 1)
    if n_in > 1:
        yield (n_in, (0, 1))  # a product of two sums
        yield (n_in, (1, 1), 1)
        yield (n_in, (2, 2), 1)
    yield (n_in, 4, 1)
    yield (n_in, (3, 2), (2, 1), 1)
