"""Hostile text: refused at once with a FormulaError, or read as harmless algebra."""

import time

import pytest
import sympy

from datasets import FormulaError, parse_formula

PROGRAMS = [
    "__import__('os').system('true')",
    "__import__",
    "import os",
    "from os import system",
    "exec('1')",
    "eval(x)",
    "open('/etc/passwd').read()",
    "lambda: x",
    "lambda x: x",
    "[x for x in y]",
    "{x}",
    "{'a': 1}",
    "x[0]",
    "x[::-1]",
    "x.__class__",
    "x.__class__.__mro__",
    "().__class__.__bases__[0].__subclasses__()",
    "(x).free_symbols",
    "x := 1",
    "x if y else z",
    "x and y",
    "not x",
    "x or y",
    "True",
    "None",
    "x is y",
    "x in y",
    "del x",
    "assert x",
    "yield x",
    "await x",
    "global x",
    "f'{x}'",
    '"x"',
    "`x`",
    "x; import os",
    "x\nimport os",
    "x\rimport os",
    "x\u2028y",
    "# comment",
    "x # comment",
    "x \\\n+ y",
    "@x",
    "$x",
    "%x",
    "x % y",
    "x // y // z",
    "~x",
    "x & y",
    "x << 3",
    "x > y",
    "x != y",
    "Symbol('x')",
    "sympify(x)",
    "Function('f')(x)",
    "Integral(x)",
    "getattr(x, y)",
    "print(x)",
    "quit()",
    "<script>alert(1)</script>",
    "<b>x</b>",
    "'; DROP TABLE laws; --",
    "\\frac{x}{y}",
    "x\x00y",
    "\x1b[31mx",
    "\ufeffx",
    "x\u202ey",
    "nan*x",
    "inf*x",
    "-oo*x",
    "x^nan",
]

BOMBS = [
    "9**9**9",
    "9**9**9**9**9*x",
    "x + 9^9^9^9",
    "x^9^9^9",
    "2^2^2^2^2^2^2^2*x",
    "((((9^99)^99)^99)^99)*x",
    "((((2x)^99)^99)^99)^99",
    "(10^15 x)^100",
    "exp(10^9 ln(2x))",
    "e^(10^9 ln(2x))",
    "2^(10^9 ln(2x)/ln(2))",
    "exp(10^9*(ln(2x)+ln(3y)))",
    "exp(1000 ln(2)) exp(1000 ln(3)) x",
    "e^e^e^e^e^e^e*x",
    "sign(e^e^e^20)*x",
    "abs(e^e^e^20 - pi)*x",
    "sin(10^10^10)*x",
    "1e308*1e308*x",
    "1e-308/1e308*x",
    "x/(1-1)",
    "x/sin(pi)",
    "x/(0.1+0.2-0.3)",
    "x^1e9",
    "x^-1e9",
    "x^(10^10)",
    "(x^99)^99",
    "x²²²²²²²²²²",
    "2^1000000000000*x",
    "0.000000001^999999*x",
    "tan(pi/2)*x",
    "log(x, 1)",
    "ln(ln(1))*x",
    "0^x",
    "0^-1*x",
    "(-8)^(1/3)*x",
    "sin(" * 20 + "x" + ")" * 20,
    "|" * 15 + "x" + "-1|" * 15,
    "x^" * 40 + "x",
    "erf(sinh((x+y)^90))",
    "abs(tanh((x+y+z)^50))",
    "cosh(exp(3^(x-82304526)))",
    "(-2)^(x-10^9)",
    "(-(tan(y^((e/99)^(10+123456789)))))",
    "J0(tan(ln(exp(1.37)))^cosh((-(123456789-99)+erf(y+x))^(-7)))",
    "sqrt((ln((pi/(123456789-x))^(99-(7-pi)))+log10(e))^(-sigmoid(abs(-pi)*erf(e))))",
    "(" * 499,
    "(" * 249 + "x" + ")" * 249,
    "|" * 499,
    "-" * 499 + "x"[:1],
    "-" * 498 + "x",
    "sin(" * 120 + "x" + ")" * 19,
    "x^" * 249 + "x",
    "√" * 498 + "x",
    "x" + "²" * 499,
    "9" * 500,
    "." * 500,
    "x" * 500,
    "x" * 10**6,
    "(" * 10**6,
]


@pytest.fixture(scope="module", autouse=True)
def _warm():
    parse_formula("exp(ln(2x)) + |x|^0.5 / sin(x)")


@pytest.mark.parametrize("text", PROGRAMS + BOMBS, ids=lambda text: text[:25].encode("unicode_escape").decode())
def test_hostile_text_is_refused_at_once(text):
    assert min(seconds_to_refuse(text) for _ in range(3)) < 0.1


def seconds_to_refuse(text):
    """Processor time of this thread alone: neither a busy machine nor a sleeping library's threads matter."""
    start = time.thread_time()
    with pytest.raises(FormulaError):
        parse_formula(text)
    return time.thread_time() - start


HARMLESS = [
    "cosh(3+9cosh(exp(1e9*sign(x))))",
    "exp(cosh(exp(1e9x)))",
    "cosh(exp(9999x)^99)^2",
    "acosh(sigmoid(123456789)) + x",
    "tan(cosh(x/erf(e)*erf(7)^(-123456789)))",
    "x " * 250,
    "os*system",
    "rm x",
    "E^I",
    "x" + "+x" * 249,
    "x" + "*y" * 200,
    "(x+1)" * 90,
    "sin(" * 5 + "x" + ")" * 5,
    "|" * 5 + "x" + "-1|" * 5,
    "x^x^x^x^x",
    "tanh(1000) x",
    "erf(sinh(x^20))",
    "(x+y+z)^100",
    "2^(1/3)*x^(1/7)",
    "sqrt(999999999999989)*x",
]


@pytest.mark.parametrize("text", HARMLESS, ids=lambda text: text[:25])
def test_odd_but_honest_algebra_is_read_soon(text):
    start = time.process_time()
    assert isinstance(parse_formula(text), sympy.Expr)
    assert time.process_time() - start < 1
