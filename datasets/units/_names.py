"""Names of units beside pint's own: spellings met in tables, and the units of astronomy."""

from __future__ import annotations

_PURE = "1 dimensionless unitless none number count counts — pH mag dex px pixel pixels"
DIMENSIONLESS = frozenset(_PURE.split())  # among them what pint reads otherwise: pH as picohenry, px as a length

ALIASES = {  # a spelling: pint's name
    "AU": "astronomical_unit",  # pint reads AU as an absorbance unit
    "°": "degree",
    "º": "degree",
    "′": "arcminute",
    "″": "arcsecond",
    "%": "percent",
    "‰": "permille",
    "°C": "degree_Celsius",
    "℃": "degree_Celsius",
    "°F": "degree_Fahrenheit",
    "℉": "degree_Fahrenheit",
    "°K": "kelvin",
    "Celsius": "degree_Celsius",
    "celsius": "degree_Celsius",
    "Fahrenheit": "degree_Fahrenheit",
    "fahrenheit": "degree_Fahrenheit",
    "Kelvin": "kelvin",
    "Å": "angstrom",  # the letter; the Ångström sign is turned into it
    "Angstrom": "angstrom",
    "Angström": "angstrom",
    "Ångström": "angstrom",
    "secs": "second",
    "mins": "minute",
    "yrs": "year",
    "Torr": "torr",
    "Min": "minute",
    "kmph": "kilometer_per_hour",
    "kmh": "kilometer_per_hour",
}

# Exponents of (m, s, kg) and the factor to SI. Nominal values of the IAU: 2015 Resolution B3 (radii, luminosity, and
# GM of Sun, Jupiter and Earth over G = 6.6743e-11 of CODATA 2018).
_G = 6.6743e-11
_SOLAR_MASS, _JUPITER_MASS, _EARTH_MASS = 1.3271244e20 / _G, 1.2668653e17 / _G, 3.986004e14 / _G
_MASS, _LENGTH, _POWER = (0, 0, 1, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0, 0), (2, -3, 1, 0, 0, 0, 0)
_TORQUE, _FIELD, _VISCOSITY = (2, -2, 1, 0, 0, 0, 0), (0, -2, 1, 0, -1, 0, 0), (-1, -1, 1, 0, 0, 0, 0)

EXTRA: dict[str, tuple[tuple[int, ...], float]] = {
    **dict.fromkeys(("solar_mass", "M_sun", "Msun", "M☉", "M⊙"), (_MASS, _SOLAR_MASS)),
    **dict.fromkeys(("earth_mass", "M_earth", "Mearth", "M⊕"), (_MASS, _EARTH_MASS)),
    **dict.fromkeys(("jupiter_mass", "M_jup", "Mjup"), (_MASS, _JUPITER_MASS)),
    **dict.fromkeys(("solar_radius", "R_sun", "Rsun", "R☉", "R⊙"), (_LENGTH, 6.957e8)),
    **dict.fromkeys(("earth_radius", "R_earth", "Rearth", "R⊕"), (_LENGTH, 6.3781e6)),
    **dict.fromkeys(("jupiter_radius", "R_jup", "Rjup"), (_LENGTH, 7.1492e7)),
    **dict.fromkeys(("solar_luminosity", "L_sun", "Lsun", "L☉", "L⊙"), (_POWER, 3.828e26)),
    **dict.fromkeys(("Jy", "jansky"), ((0, -2, 1, 0, 0, 0, 0), 1e-26)),
    # Products written together, two of which pint takes for other things: Nm (of yarn), Pas (several pascals).
    "Nm": (_TORQUE, 1.0),
    "kNm": (_TORQUE, 1e3),
    "mNm": (_TORQUE, 1e-3),
    "Ws": (_TORQUE, 1.0),
    "Pas": (_VISCOSITY, 1.0),
    "mPas": (_VISCOSITY, 1e-3),
    "As": ((0, 1, 0, 0, 1, 0, 0), 1.0),
    "Vs": ((2, -2, 1, 0, -1, 0, 0), 1.0),
    # Gauss as SI has it; pint keeps it in the system of Gauss, where it is no multiple of the tesla.
    **dict.fromkeys(("G", "gauss"), (_FIELD, 1e-4)),
    **dict.fromkeys(("kG", "kilogauss"), (_FIELD, 1e-1)),
    **dict.fromkeys(("mG", "milligauss"), (_FIELD, 1e-7)),
}

# Units that take no prefix: or "Min" were a million inches and "dpt" a tenth of a pint.
NEVER_PREFIXED = frozenset(
    {"inch", "foot", "yard", "mile", "minute", "hour", "day", "week", "month", "pint", "gallon", "pound", "ounce"}
    | {"mile_per_hour", "kilometer_per_hour", "number_meter", "acre", "barrel", "degree", "percent"}
)
YEAR_PREFIXES = frozenset({"", "kilo", "mega", "giga"})  # ka, Ma, Ga; "pa" and "da" are slips

PHRASES = {  # several words that are one unit
    "solar mass": "solar_mass",
    "solar masses": "solar_mass",
    "earth mass": "earth_mass",
    "earth masses": "earth_mass",
    "jupiter mass": "jupiter_mass",
    "jupiter masses": "jupiter_mass",
    "solar radius": "solar_radius",
    "solar radii": "solar_radius",
    "earth radius": "earth_radius",
    "earth radii": "earth_radius",
    "jupiter radius": "jupiter_radius",
    "jupiter radii": "jupiter_radius",
    "solar luminosity": "solar_luminosity",
    "solar luminosities": "solar_luminosity",
    "astronomical unit": "astronomical_unit",
    "astronomical units": "astronomical_unit",
    "light year": "light_year",
    "light years": "light_year",
    "light-year": "light_year",
    "light-years": "light_year",
    "nautical mile": "nautical_mile",
    "nautical miles": "nautical_mile",
    **dict.fromkeys(("deg c", "degree c", "degrees c", "degree celsius", "degrees celsius", "° c"), "degree_Celsius"),
    **dict.fromkeys(("deg f", "degree f", "degrees f", "degree fahrenheit", "degrees fahrenheit"), "degree_Fahrenheit"),
    "° f": "degree_Fahrenheit",
    "inches of mercury": "inch_Hg",
}

MISREAD = {  # single letters that a table may mean otherwise
    "C": "'C' is read as coulomb: write degC if the column holds degrees Celsius.",
    "F": "'F' is read as farad: write degF if the column holds degrees Fahrenheit.",
}

_COMMON = (
    "m km cm mm µm nm pm inch foot yard mile au pc kpc Mpc angstrom meter metre kilometer centimeter millimeter "
    "s ms µs ns min hour day year second minute kg g mg µg t tonne pound ounce gram kilogram u dalton "
    "K degC degF kelvin A mA ampere mol mole cd N kN newton J kJ MJ joule eV keV MeV GeV cal kcal kWh "
    "W kW MW watt Pa hPa kPa MPa bar mbar atm mmHg inHg psi torr pascal V mV kV volt C coulomb ohm siemens F farad "
    "T tesla gauss H henry Wb weber Hz kHz MHz GHz hertz L mL liter litre gallon "
    "deg rad sr degree radian arcmin arcsec percent ppm solar_mass solar_radius solar_luminosity light_year parsec "
    "mph knot lm lx lux lumen Bq Gy Sv dyne erg poise stokes rpm"
)
COMMON = tuple(_COMMON.split())  # what a misspelt name is compared with first
