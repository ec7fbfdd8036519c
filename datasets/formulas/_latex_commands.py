"""The LaTeX commands a formula may use, by what they stand for."""

from __future__ import annotations

from datasets.formulas._functions import FUNCTION_ROWS
from datasets.formulas._names import LETTER_NAMES

# Written without a backslash these would be letters; everything else of the registry goes by \operatorname.
FUNCTIONS: dict[str, str] = {name: name for name in FUNCTION_ROWS if name.isalpha() and name.islower()}
SIGNS: dict[str, str] = {
    **dict.fromkeys(("cdot", "times", "ast", "cdotp"), "*"),
    "div": "/",
    **dict.fromkeys(("lbrace", "{"), "["),
    **dict.fromkeys(("rbrace", "}"), "]"),
    **dict.fromkeys(("lvert",), "<|"),
    **dict.fromkeys(("rvert",), "|>"),
    **dict.fromkeys(("vert", "mid"), "|"),
    "lbrack": "[",
    "rbrack": "]",
    "_": "_",
}
FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"})
LETTERS = LETTER_NAMES
ACCENTS: dict[str, str] = {
    **{name: name for name in ("hat", "bar", "tilde", "vec", "dot", "ddot", "check", "breve")},
    **{"widehat": "hat", "overline": "bar", "widetilde": "tilde"},
}
FONTS = frozenset(f"math{style}" for style in ("rm", "it", "bf", "sf", "tt", "cal", "normal")).union(
    ("boldsymbol", "bm", "text", "textrm", "textit", "textbf", "textsf", "mbox")
)
SPACES = frozenset(
    [*",;:! ", "quad", "qquad", "enspace", "thinspace", "displaystyle", "textstyle", "limits", "nolimits"]
)
SIDES: dict[str, str] = {
    # a size in front of a parenthesis: which side it stands on, where the command says so
    **{"left": "<", "right": ">"},
    **{f"{size}{side}": {"l": "<", "r": ">", "": "", "m": ""}[side]
       for size in ("big", "Big", "bigg", "Bigg") for side in ("l", "r", "m", "")},
}  # fmt: skip

_ADVICE = {
    "A formula stands between \\( and \\) alone": ("( ) [ ]", "Paste one formula only."),
    "A formula has finite numbers only": ("infty", "Write a number."),
    "A formula is one line": (r"\ newline cr begin end tag label", "Paste one formula only."),
    "A formula is one expression, not a comparison": (
        "le leq ge geq ne neq lt gt approx sim simeq equiv propto to rightarrow implies in leqslant geqslant",
        "Paste the right-hand side only.",
    ),
    "A formula has no sums, integrals or derivatives": (
        "sum prod int iint oint lim partial nabla limsup sup inf max min",
        "Write it out.",
    ),
    "A formula has one value": ("pm mp", "Write + or -."),
    "A percentage is a plain number": ("%", "Write 0.05 for 5 %."),
    "An angle is in radians": ("circ degree", r"Write x \pi / 180 for x degrees."),
    "A quotient is a fraction": ("over atop choose binom dbinom", r"Write \frac{a}{b}."),
    "A formula has no vectors or matrices": (
        "matrix pmatrix bmatrix langle rangle | lVert rVert Vert",
        "Write it out.",
    ),
    "A formula does not round": ("lfloor rfloor lceil rceil bmod mod pmod", "Leave it out."),
}
RULES = {command: (rule, advice) for rule, (commands, advice) in _ADVICE.items() for command in commands.split()}
KNOWN = sorted({"sqrt", "operatorname"}.union(FUNCTIONS, SIGNS, FRACTIONS, LETTERS, ACCENTS, FONTS, SIDES))
