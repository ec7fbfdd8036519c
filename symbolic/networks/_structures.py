"""Which networks a search starts from: over-complete ones, simplest first, that a sparse fit then cuts to the bone."""

from __future__ import annotations

Widths = tuple[int | tuple[int, int], ...]


def structures(n_in: int) -> list[list[Widths]]:
    """Network shapes for `n_in` inputs in levels, light before heavy; within one, simplest first.

    A sum of curves, a curve of such a sum, a product of two sums, sums and products together, and depth.
    """
    sums: list[Widths] = [(n_in, 1), (n_in, 1, 1)]
    products: list[Widths] = [(n_in, (0, 1)), (n_in, (1, 1), 1)] if n_in > 1 else [(n_in, 2, 1)]
    return [sums + products, [(n_in, (2, 2), 1), (n_in, 4, 1)], [(n_in, (3, 2), (2, 1), 1)]]
