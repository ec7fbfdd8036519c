"""Products of Chebyshev polynomials and their slopes, against NumPy's own."""

import numpy as np
from numpy.polynomial import chebyshev

from symbolic.surrogates._chart import total_degrees
from symbolic.surrogates._model import derivatives, products


def test_products_and_their_slopes_are_those_of_numpy():
    rng = np.random.default_rng(0)
    t, degrees = rng.uniform(-1, 1, (50, 3)), total_degrees(3, 56)
    coef, factor = rng.normal(size=len(degrees)), rng.normal(size=50)
    cube = np.zeros((degrees.max() + 1,) * 3)
    cube[tuple(degrees.T)] = coef
    basis = products([chebyshev.chebvander(column, int(degrees.max())) for column in t.T], degrees)
    np.testing.assert_allclose(basis @ coef, chebyshev.chebval3d(*t.T, cube), atol=1e-12)
    for i, slope in enumerate((basis @ derivatives(degrees, coef)).T):
        np.testing.assert_allclose(slope, chebyshev.chebval3d(*t.T, chebyshev.chebder(cube, axis=i)), atol=1e-11)
    tables = [chebyshev.chebvander(column, int(degrees.max())) for column in t.T]
    np.testing.assert_allclose(products(tables, degrees, factor), basis * factor[:, None], atol=1e-12)
