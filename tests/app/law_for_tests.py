"""A finished law for tests of the page, without a search."""

from dataclasses import replace

from app.kept.work import Work
from app.tasks import laws, network_tasks
from datasets import sample
from symbolic import Discovery, fit_formula

EVIL = '<script>alert(1)</script> $x$ """ \\ \n# `b`'


def dataset(n=120, names=("m", "v"), **settings):
    drawn = sample("m*v^2/2", {"m": (1, 2), "v": (1, 5)}, n=n, noise=0.01, seed=0, **settings)
    return replace(drawn, names=names, law=drawn.law if names == ("m", "v") else None)


def found(data):
    """A finished discovery: two laws, and a network that computes the better one."""
    from symbolic import as_network, make_variables

    m, v = (one.symbol for one in make_variables(data.names))
    rows = data.part("train")
    both = tuple(
        replace(fit_formula(text, *rows, data.names, data.target), rmse_validation=1.0)
        for text in (f"a*{v}^2", f"a*{m}*{v}^2")
    )
    return Discovery(both[1], both, "noise", ("It was put here.",), 1.0, as_network(both[1]))


def work(data=None, title="Energy"):
    data = dataset() if data is None else data
    result = found(data)
    drawn = network_tasks.shown(result.model, data)
    law = laws.summary(result.best, data, result.model, result)
    return Work({"kind": "formula", "seed": 0}, title, data.to_dict(), "A story.", law=law, **drawn)
