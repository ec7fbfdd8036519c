"""Constants of nature and of the user, recognised where the measured number can hardly be another one."""

import numpy as np
import pytest

from symbolic import Constant
from symbolic.asked._hints import Hints, Known
from symbolic.units._known import _best

HBAR = 6.62607015e-34 / (2 * np.pi)


@pytest.mark.parametrize(
    ("constant", "text"),
    [
        (Constant(6.6261e-34, 1e-38, "J s"), "h"),
        (Constant(HBAR * (1 + 1e-5), 1e-5 * HBAR, "J s"), "h/(2*pi)"),
        (Constant(8.98755e16, 1e11, "m^2/s^2"), "c**2"),
        (Constant(299792.5, 2.0, "km/s"), "c"),
        (Constant(-1.3806e-23, 1e-27, "J/K"), "k_B"),
        (Constant(8.98755e9, 1e4, "m/F"), "1/(4*pi*epsilon_0)"),
        (Constant(8.3145, 1e-4, "J/(mol K)"), "R"),
        (Constant(5.6704e-8, 1e-12, "W/(m^2 K^4)"), "sigma_SB"),
    ],
)
def test_a_constant_of_nature_is_known_by_unit_and_value(constant, text):
    assert _best(constant, Hints()).text == text


@pytest.mark.parametrize(
    "constant",
    [
        Constant(6.6261e-34, 1e-38, "J"),  # the value alone is no evidence
        Constant(6.64e-34, 1e-38, "J s"),  # ten standard errors and more away
        Constant(6.6e-34, 2e-34, "J s"),  # measured too badly to be anything
        Constant(6.6261e-34, 1e-38),
        Constant(0.0, 1e-3, "J s"),
    ],
)
def test_anything_less_stays_a_measured_number(constant):
    assert _best(constant, Hints()) is None


def test_the_users_own_constants_need_no_unit():
    hints = Hints(constants=(Known("g", 9.81), Known("q", -2.5)))
    assert _best(Constant(4.905, 0.002), hints).text == "g/2"
    assert _best(Constant(2 * np.pi / np.sqrt(9.81), None), hints).text == "2*pi/sqrt(g)"
    assert _best(Constant(2.5, 1e-4), hints).text == "q"
    assert _best(Constant(7.123, 0.5), hints) is None
