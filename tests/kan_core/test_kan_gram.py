"""JᵀJ by bands of columns against the whole product, on both sides of every border."""

import pytest
import torch

from kan_core._gram import BAND, WORTH, add_gram, gram, mirrored


@pytest.mark.parametrize("columns", [1, WORTH - 1, WORTH, WORTH + 1, 2 * BAND, 2 * BAND + 1, 3 * BAND - 1])
@pytest.mark.parametrize("restarts", [1, 3])
def test_bands_add_up_to_the_whole_product(columns, restarts):
    draw = torch.Generator().manual_seed(0)
    J = torch.randn((restarts, 50, columns), dtype=torch.float64, generator=draw)
    whole = torch.einsum("rnp,rnq->rpq", J, J)
    assert torch.allclose(gram(J), whole, rtol=1e-12, atol=1e-12)
    total = torch.zeros_like(whole)
    for part in J.split(20, dim=1):  # rows in chunks, of which the last is shorter
        add_gram(total, part)
    assert torch.allclose(mirrored(total), whole, rtol=1e-12, atol=1e-12)
