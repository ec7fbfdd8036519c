"""Workers that take one law at a time: of this machine by default, of the cluster at KANVAS_SCHEDULER where set."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.recovery.problems import Job
from benchmarks.recovery.results import Row
from benchmarks.recovery.solve import row, solve

WAIT = 10  # seconds for a scheduler to answer


def rows_of(jobs: Iterable[Job], count: int) -> Iterator[Row]:
    """The outcome of every job as it comes in; a worker that is lost costs the job it had."""
    from distributed import as_completed

    with _client(count) as client:
        futures = {client.submit(solve, job, pure=False): job for job in jobs}
        for future in as_completed(list(futures)):
            problem = future.exception()
            yield future.result() if problem is None else row(futures[future], {}, {}, _lost(problem))


def _lost(problem: BaseException) -> str:
    return f"its worker was lost: {type(problem).__name__}"


def _client(count: int) -> Any:
    import dask
    from distributed import Client

    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    address = os.environ.get("KANVAS_SCHEDULER")
    if address:
        from app.workers.cluster import check_address

        return Client(check_address(address), timeout=WAIT)
    return Client(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        worker_dashboard_address="127.0.0.1:0",
    )
