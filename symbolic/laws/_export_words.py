"""What exported laws must not be called, and the small functions that a language lacks."""

from __future__ import annotations

import builtins
import keyword

PYTHON_WORDS = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins)]) | frozenset(
    ("numpy", "scipy", "sympy", "torch", "math", "self", "X", "Law", "besselj")
)

_C = """auto break case char const continue default do double else enum extern float for goto if inline int long
register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
main bool true false asm typeof nullptr constexpr thread_local alignas alignof static_assert near far errno
linux unix NULL INFINITY NAN NULL HUGE_VAL j0 j1 jn y0 y1 yn gamma tgamma lgamma signgam exp2 expm1 log1p log2
log10 logb ilogb ldexp frexp modf scalb fabs fmod fmin fmax fdim fma floor ceil round lround trunc rint lrint
nearbyint remainder remquo copysign nan nextafter hypot pow pow10 exp10 drem significand isnan isinf isfinite
isnormal signbit fpclassify finite sincos div abs labs clock time index signal signum smaller larger class new
delete this template operator private public protected namespace"""
_JS = """arguments await break case catch class const continue debugger default delete do else enum eval export extends
false finally for function if implements import in instanceof interface let new null of package private
protected public return static super switch this throw true try typeof undefined var void while with yield async
Math NaN Infinity Number Object Array String Function Symbol Date JSON Promise globalThis window document isNaN
erf erfc besselj"""
_JULIA = """abstract baremodule begin break catch const continue do else elseif end export false finally for function
global if import in isa let local macro module mutable new outer primitive quote return struct true try type using
where while ans pi im Inf NaN Base Core Main float abs sign min max erf erfc besselj besselj0 besselj1
SpecialFunctions nan_power nan_sqrt nan_log nan_asin nan_acos nan_acosh nan_atanh nan_sin nan_cos nan_tan"""
C_WORDS, JS_WORDS, JULIA_WORDS = (frozenset(words.split()) for words in (_C, _JS, _JULIA))

# NaN passes through, as it does in NumPy.
C_HELPERS = {
    "signum": "static double signum(double u) { return u > 0 ? 1 : u < 0 ? -1 : u; }\n",
    "smaller": "static double smaller(double u, double v) { return u != u || u < v ? u : v; }\n",
    "larger": "static double larger(double u, double v) { return u != u || u > v ? u : v; }\n",
}

# Julia raises a DomainError where other languages answer NaN.
JULIA_HELPERS = {
    "nan_power": "nan_power(u, p) = u < 0 && !isinteger(p) ? NaN : float(u)^p",
    **{f"nan_{name}": f"nan_{name}(u) = u < 0 ? NaN : {name}(u)" for name in ("sqrt", "log")},
    **{f"nan_{name}": f"nan_{name}(u) = abs(u) > 1 ? NaN : {name}(u)" for name in ("asin", "acos", "atanh")},
    "nan_acosh": "nan_acosh(u) = u < 1 ? NaN : acosh(u)",
    **{f"nan_{name}": f"nan_{name}(u) = isinf(u) ? NaN : {name}(u)" for name in ("sin", "cos", "tan")},
}

# torch's own bessel_j0 errs by 4e-7 and has no gradient; this is the rule that is explained below.
TORCH_HELPERS = {
    "besselj": """def besselj(n, u):
    count = int(u.detach().abs().nan_to_num(0, 0, 0).max()) + n + 30
    t = (torch.arange(count, dtype=u.dtype, device=u.device) + 0.5) * torch.pi / count
    return torch.cos(n * t - u[..., None] * torch.sin(t)).mean(-1)


"""
}

# erf: Kummer's series, whose terms have one sign (Abramowitz & Stegun 7.1.6); erfc beyond 2: its continued fraction
# (7.1.14). J_n: the trapezium rule on Bessel's integral (9.1.21), exact to rounding once 2N exceeds |u| + n by some.
JS_HELPERS = {
    "erfc": """function erfc(u) {
  if (u < 2) return 1 - erf(u);
  let tail = 0;
  for (let k = 120; k > 0; k--) tail = k / 2 / (u + tail);
  return Math.exp(-u * u) / Math.sqrt(Math.PI) / (u + tail);
}
""",
    "erf": """function erf(u) {
  if (!(Math.abs(u) < 6)) return u > 0 ? 1 : u < 0 ? -1 : u;
  let term = u, sum = u;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    term *= 2 * u * u / (2 * k + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-u * u) * sum;
}
""",
    "besselj": """function besselj(n, u) {
  const count = Math.ceil(Math.abs(u)) + n + 30;
  if (!isFinite(count)) return NaN;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const t = Math.PI * (k + 0.5) / count;
    sum += Math.cos(n * t - u * Math.sin(t));
  }
  return sum / count;
}
""",
}
