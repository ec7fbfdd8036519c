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


def refuse(emit, stopped):
    """Fails with an error meant for the user."""
    from datasets import DataError

    raise DataError("Column 'mass' is empty. Fill it.")


def break_down(emit, stopped):
    """Fails with a defect of ours."""
    raise KeyError("secret detail")
