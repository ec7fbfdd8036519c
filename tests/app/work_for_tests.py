"""Tasks that the workers of test_jobs run: they must be importable there."""

import os
import signal
import time


def count(n, emit, stopped):
    """Reports n steps, each after a short while."""
    for i in range(n):
        if stopped():
            return {"counted": i}
        emit(stage="train", text=f"step {i}", fraction=i / n)
        time.sleep(0.01)
    return {"counted": n}


def chatter(n, emit, stopped):
    """Reports n steps without a pause."""
    for i in range(n):
        emit(stage="train", text=f"step {i}")
    return {"said": n}


def die(emit, stopped):
    """Ends its own process as an out-of-memory killer would."""
    emit(stage="train", text="about to die", fraction=0.5)
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)


def stubborn(seconds, emit, stopped):
    """Never looks whether it should stop."""
    emit(stage="law", text="thinking")
    time.sleep(seconds)
    return {"slept": seconds}


def hungry(emit, stopped):
    """Takes ever more memory, up to two GiB."""
    emit(stage="train", text="about to grow")
    kept = []
    for _ in range(64):
        kept.append(bytearray(os.urandom(2**20) * 32))
        time.sleep(0.05)
    return {"taken": len(kept)}


def improve(emit, stopped):
    """Gets better until it is stopped; brings the best so far where that is asked for."""
    best = 0
    while not stopped():
        best += 1
        emit(stage="law", text=f"best {best}")
        time.sleep(0.01)
    return {"best": best} if stopped.keep else {}


def niceness(emit, stopped):
    """How far the worker gives way to others."""
    return {"nice": os.nice(0)}


def reckon(emit, stopped):
    """Has SymPy work something out; brings how much it remembered before and after."""
    from sympy import Symbol, expand
    from sympy.core.cache import CACHE

    def remembered():
        return sum(function.cache_info().currsize for function in CACHE)

    before = remembered()
    expand((Symbol("x") + Symbol("y")) ** 20)
    return {"before": before, "after": remembered()}


def refuse(emit, stopped):
    """Fails with an error meant for the user."""
    from datasets import DataError

    raise DataError("Column 'mass' is empty. Fill it.")


def break_down(emit, stopped):
    """Fails with a defect of ours."""
    raise KeyError("secret detail")
