"""The cluster of worker processes on dask.distributed: one of our own, or one that runs already."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from app.jobs import JobError
from app.limits import MIB, Limits
from app.workers import worker

WAIT = 5  # seconds for a scheduler to answer
YIELD = 2  # niceness of workers of our own: jobs that take all processors must not keep clicks waiting


def close(client: Any) -> None:
    """Ends the client, and the workers where they are ours."""
    if client is not None:
        client.close()
        if client.cluster is not None:
            client.cluster.close()


def check_address(address: str) -> str:
    """Refuses a scheduler that strangers could speak to: whoever reaches it may run any code in the workers."""
    parts = urlsplit(address)
    if parts.scheme == "tls" or (parts.scheme == "tcp" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        return address
    raise JobError(
        f"KANVAS_SCHEDULER is {address!r}, but only tls://… is accepted, or tcp:// on this machine. "
        "Start the scheduler with TLS certificates, or unset the variable to use workers of our own."
    )


# Of dask's own settings: one lost worker costs one job, at once (by default it would be tried on four workers first),
# and a worker beyond its memory is ended, not paused: pausing would keep its job, and those behind it, for ever.
DASK = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.admin.large-graph-warning-threshold": "200MB",
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    # Dask has malloc hand every large array back to the kernel at once: a search then takes twice as long.
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"
    ),
    # Nobody looks at profiles or at the loop's beat, and both take time from jobs a hundred times a second.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    # By default an hour of measurements and a thousand events, pictures of networks among them, are kept.
    "distributed.admin.system-monitor.log-length": 60,
    "distributed.admin.low-level-log-length": 100,
}


def connect(address: str | None, on_event: Any, bounds: Limits) -> Any:
    """A client of the cluster at the address, or of one started here; `on_event` gets what the workers report."""
    # Imported here: it takes half a second, and the first page needs none of it.
    import dask
    from distributed import Client, LocalCluster

    dask.config.set(DASK)
    if address is None:
        cluster = LocalCluster(
            n_workers=bounds.workers,
            threads_per_worker=1,
            processes=True,
            memory_limit=bounds.memory * MIB,
            host="127.0.0.1",
            # Not None: that would still serve its status on port 8787 of every network.
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            worker_dashboard_address="127.0.0.1:0",
        )
        client = Client(cluster)
    else:
        client = Client(address, timeout=WAIT)
    client.subscribe_topic(worker.TOPIC, on_event)
    client.register_plugin(worker.warm_plugin(YIELD if address is None else 0))
    return client


def lost(future: Any) -> bool:
    """Whether the worker process was lost over it."""
    return future.status == "error" and type(future.exception()).__name__ == "KilledWorker"
