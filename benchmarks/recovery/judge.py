"""Whether a law is the one looked for, decided in a process of its own by one of two criteria."""

from __future__ import annotations

from typing import Any

from benchmarks.recovery.child import answer, asked

STRICT, SRBENCH = "strict", "srbench"
SECONDS = {STRICT: 60.0, SRBENCH: 60.0}  # the start of the process, a second or two, included
LEAST_R2 = 0.5  # SRBench looks at no model that explains less


def verdict(criterion: str, truth: Any, law: Any, ranges: dict[str, Any]) -> bool:
    """Equality on a box 1.3 times as wide as the ranges, or SRBench's: up to one constant, three digits kept."""
    from symbolic import same_law
    from symbolic.formulas._same import srbench
    from symbolic.formulas._tree import from_tree

    if criterion == STRICT:
        return same_law(from_tree(truth), from_tree(law), {name: (low, high) for name, (low, high) in ranges.items()})
    return bool(srbench([from_tree(truth), from_tree(law)]))


if __name__ == "__main__":
    given = asked()
    answer({"same": verdict(given["criterion"], given["truth"], given["law"], given["ranges"])})
