"""What others have published on the same problems, in percent, at the noises of `problems.NOISES`."""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """A system's share of exact laws; None where no figure is known. `caveat` says what is not alike."""

    system: str
    rates: tuple[float | None, float | None, float | None, float | None]
    time: str
    source: str
    caveat: str = ""


PUBLISHED = (
    Published(
        "AI Feynman 2", (55.8, 33.1, 13.0, 0.7), "≤ 8 h, one core", "SRBench, arXiv 2107.14351: results per problem"
    ),
    Published("DSR", (19.7, 19.1, 19.0, 16.8), "≤ 8 h, one core", "the same"),
    Published("RILS-ROLS", (57.8, 42.9, 36.3, None), "≤ 1 h", "Journal of Big Data 2023"),
    Published(
        "PySR", (61.3, None, 54.2, None), "80 min, 6 processes", "ParFam, ICLR 2025: its rerun", "119 laws, 1 seed"
    ),
    Published(
        "PSE", (74.9, 54.9, 41.2, 31.1), "13–40 min, A100", "arXiv 2407.04405, figure", "130 laws with Strogatz's"
    ),
    Published(
        "PhySO", (58.5, 58.5, 57.9, 53.5), "10⁶ evaluations", "its repository", "with units; any law of the front"
    ),
    Published("QDSR", (91.6, None, None, None), "2 h, all cores", "arXiv 2503.19043", "with units; 117 laws"),
)
