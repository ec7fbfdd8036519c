"""Formulas fitted to the Statistical Reference Datasets of NIST, whose best fits are certified to eleven digits.

Source: National Institute of Standards and Technology, Statistical Reference Datasets, nonlinear regression,
https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml (U.S. Government work, not subject to copyright).
"""

from typing import NamedTuple

import numpy as np
import pytest

from symbolic import fit_formula


class Certified(NamedTuple):
    """A formula of x with constants b1, b2, …, rows, certified values and standard errors, and the sum of squares."""

    formula: str
    x: list[float]
    y: list[float]
    values: list[float]
    errors: list[float]
    squares: float


SETS = {
    "Misra1a": Certified(  # D. Misra 1978, dental research in monomolecular adsorption; lower difficulty
        "b1*(1 - exp(-b2*x))",
        [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
        [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78],
        [2.3894212918e02, 5.5015643181e-04],
        [2.7070075241e00, 7.2668688436e-06],
        1.2455138894e-01,
    ),
    "DanWood": Certified(  # C. Daniel and F. Wood 1980, radiated energy of a lamp; lower difficulty
        "b1*x^b2",
        [1.309, 1.471, 1.490, 1.565, 1.611, 1.680],
        [2.138, 3.421, 3.597, 4.340, 4.882, 5.660],
        [7.6886226176e-01, 3.8604055871e00],
        [1.8281973860e-02, 5.1726610913e-02],
        4.3173084083e-03,
    ),
    "BoxBOD": Certified(  # G. Box, W. Hunter and J. Hunter 1978, biochemical oxygen demand; higher difficulty
        "b1*(1 - exp(-b2*x))",
        [1, 2, 3, 5, 7, 10],
        [109, 149, 149, 191, 213, 224],
        [2.1380940889e02, 5.4723748542e-01],
        [1.2354515176e01, 1.0455993237e-01],
        1.1680088766e03,
    ),
    "Rat42": Certified(  # D. Ratkowsky 1983, pasture yield; higher difficulty
        "b1/(1 + exp(b2 - b3*x))",
        [9, 14, 21, 28, 42, 57, 63, 70, 79],
        [8.930, 10.800, 18.590, 22.330, 39.350, 56.110, 61.730, 64.620, 67.080],
        [7.2462237576e01, 2.6180768402e00, 6.7359200066e-02],
        [1.7340283401e00, 8.8295217536e-02, 3.4465663377e-03],
        8.0565229338e00,
    ),
    "MGH09": Certified(  # J. Kowalik and M. Osborne 1978; higher difficulty
        "b1*(x^2 + x*b2)/(x^2 + x*b3 + b4)",
        [4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
        [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
        [1.9280693458e-01, 1.9128232873e-01, 1.2305650693e-01, 1.3606233068e-01],
        [1.1435312227e-02, 1.9633220911e-01, 8.0842031232e-02, 9.0025542308e-02],
        3.0750560385e-04,
    ),
}


@pytest.mark.parametrize("name", SETS)
def test_the_fit_is_the_certified_one_from_no_starting_values(name):
    known = SETS[name]
    law = fit_formula(known.formula, np.array(known.x)[:, None], known.y, names=["x"], loss="absolute")
    np.testing.assert_allclose([c.value for c in law.constants], known.values, rtol=2e-7)
    np.testing.assert_allclose([c.stderr for c in law.constants], known.errors, rtol=2e-6)
    assert law.rmse_train**2 * len(known.y) == pytest.approx(known.squares, rel=1e-9)
