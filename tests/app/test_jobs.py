"""Jobs against real workers in processes of their own."""

import os
import threading

import pytest
import work_for_tests as work

from app.jobs import LOST, Job, JobError
from app.limits import Limits
from app.workers.cluster import YIELD, check_address
from app.workers.pool import Pool


@pytest.fixture(scope="module")
def pool():
    pool = Pool()
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def narrow():
    """Workers of a second server: one, that runs one job of a visitor, and five jobs that may wait."""
    pool = Pool(bounds=Limits(workers=1, running=1, queue=5))
    yield pool
    pool.close()


def watch(job: Job, until, seconds=60.0):
    """The snapshot that satisfies the condition; fails if none does in time."""
    waiting = threading.Event()
    for _ in range(int(seconds / 0.01)):
        snapshot = job.snapshot()
        if until(snapshot):
            return snapshot
        waiting.wait(0.01)
    raise AssertionError(f"still {job.snapshot()}")


def over(snapshot):
    return snapshot.over


def test_progress_arrives_in_order_and_then_the_result(pool):
    done = watch(pool.submit(work.count, 5), over)
    assert (done.state, done.result) == ("done", {"counted": 5})
    steps = [int(event["text"].removeprefix("step ")) for event in done.events]
    assert steps[0] == 0
    assert steps == sorted(set(steps))


def test_a_fast_task_does_not_flood_the_scheduler(pool):
    done = watch(pool.submit(work.chatter, 5000), over)
    assert done.result == {"said": 5000}
    assert len(done.events) < 500


def test_a_running_job_tells_its_steps_while_it_runs(pool):
    job = pool.submit(work.count, 10_000)
    running = watch(job, lambda s: len(s.events) >= 3)
    assert running.state == "running"
    job.cancel()


def test_workers_give_way_to_the_server(pool):
    assert watch(pool.submit(work.niceness), over).result == {"nice": os.nice(0) + YIELD}


def test_what_sympy_remembers_of_a_job_ends_with_it(pool):
    jobs = [watch(pool.submit(work.reckon), over).result for _ in range(4)]  # there are two workers
    assert max(job["before"] for job in jobs) < min(job["after"] for job in jobs) / 2


def test_cancel_frees_the_worker(pool):
    jobs = [pool.submit(work.count, 100_000) for _ in range(2)]  # both workers are taken for a quarter of an hour
    for job in jobs:
        watch(job, lambda s: s.events)
        job.cancel()
        assert job.snapshot().state == "cancelled"
    assert watch(pool.submit(work.count, 1), over).state == "done"


def test_a_cancelled_job_says_nothing_more(pool):
    job = pool.submit(work.count, 100_000)
    watch(job, lambda s: s.events)
    job.cancel()
    last = job.snapshot()
    assert watch(pool.submit(work.count, 3), over).state == "done"
    assert job.snapshot() is last


def test_a_killed_worker_costs_one_job_and_says_so(pool):
    lost = watch(pool.submit(work.die), over)
    assert (lost.state, lost.error) == ("failed", LOST)
    assert watch(pool.submit(work.count, 1), over).state == "done"


def test_a_job_that_does_not_listen_is_over_for_its_owner_at_once_and_for_its_worker_soon(pool):
    jobs = [pool.submit(work.stubborn, 600) for _ in range(2)]
    for job in jobs:
        watch(job, lambda s: s.events)
        job.cancel()
        assert job.snapshot().state == "cancelled"
    assert watch(pool.submit(work.count, 1), over, seconds=30).state == "done"
    assert [job.snapshot().error for job in jobs] == [None, None]


def test_a_search_can_be_ended_with_the_best_so_far(pool):
    job = pool.submit(work.improve)
    watch(job, lambda s: len(s.events) > 2)
    job.finish()
    done = watch(job, over)
    assert (done.state, done.result["best"] > 0) == ("done", True)


def test_a_job_whose_page_has_gone_ends_unless_the_page_comes_back(pool, monkeypatch):
    monkeypatch.setattr("app.jobs.GRACE", 0.5)
    left, kept = (pool.submit(work.count, 100_000) for _ in range(2))
    for job in (left, kept):
        watch(job, lambda s: s.events)
        job.abandon()
    kept.keep()
    assert watch(left, over).state == "cancelled"
    assert kept.snapshot().state == "running"
    assert pool.find(kept.id) is kept
    kept.cancel()


def test_a_result_is_still_found_for_a_while_by_a_page_that_was_away_when_it_came(pool, monkeypatch):
    monkeypatch.setattr("app.workers.pool.GRACE", 1.0)
    job = pool.submit(work.count, 3)
    watch(job, over)
    assert watch(pool.find(job.id), over).result == {"counted": 3}
    lost = threading.Event()
    for _ in range(100):
        if pool.find(job.id) is None:
            break
        lost.wait(0.05)
    assert pool.find(job.id) is None


def test_a_job_that_takes_too_long_is_ended_and_says_so():
    pool = Pool(bounds=Limits(workers=1, seconds=1))
    ended = watch(pool.submit(work.count, 100_000), over)
    assert (ended.state, "longer than the 1 seconds" in ended.error) == ("failed", True)
    pool.close()


def test_a_job_beyond_the_memory_limit_is_lost_alone():
    pool = Pool(bounds=Limits(workers=1, memory=700))
    lost = watch(pool.submit(work.hungry), over)
    assert (lost.state, lost.error) == ("failed", LOST)
    assert watch(pool.submit(work.count, 1), over).state == "done"
    pool.close()


def test_visitors_take_turns_and_are_told_their_place(narrow):
    pool = narrow
    first = pool.submit(work.count, 100_000, owner="ann")
    more = [pool.submit(work.count, 1, owner="ann") for _ in range(3)]
    other = pool.submit(work.count, 1, owner="bob")
    watch(first, lambda s: s.state == "running")
    assert [job.snapshot().ahead for job in (*more, other)] == [1, 3, 4, 2]
    quick = pool.submit(work.count, 1, owner="ann", quick=True)
    assert [job.snapshot().ahead for job in (quick, other, *more)] == [1, 2, 3, 4, 5]
    more[2].cancel()
    more.append(pool.submit(work.count, 1, owner="ann"))
    with pytest.raises(JobError, match="may have 4 jobs waiting"):
        pool.submit(work.count, 1, owner="ann")
    first.cancel()
    ends = [watch(job, over).state for job in (other, quick, *more)]
    assert ends.count("done") == len(ends) - 1
    assert pool.counts == (0, 0)


def test_a_full_server_says_so(narrow):
    jobs = [narrow.submit(work.count, 100_000, owner="ann")]
    watch(jobs[0], lambda s: s.state == "running")
    jobs += [narrow.submit(work.count, 1, owner=owner) for owner in ("bob", "cy", "di", "ed", "flo")]
    with pytest.raises(JobError, match="This server is busy: 5 jobs wait"):
        narrow.submit(work.count, 1, owner="gus")
    for job in jobs:
        job.cancel()


def test_only_the_newest_picture_is_kept(pool):
    job = Job(pool, work.count)
    for k in range(3):
        job.publish({"stage": "train", "text": str(k), "picture": {"k": k}}, state="running")
        job.publish({"stage": "train", "text": "no picture"})
    assert [event["picture"] for event in job.snapshot().events if "picture" in event] == [{"k": 2}]


def test_an_error_meant_for_the_user_arrives_as_its_sentence(pool):
    failed = watch(pool.submit(work.refuse), over)
    assert (failed.state, failed.error) == ("failed", "Column 'mass' is empty. Fill it.")


def test_a_defect_is_named_without_its_details(pool, caplog):
    failed = watch(pool.submit(work.break_down), over)
    assert failed.error == "An unexpected KeyError ended this. Nothing you had is lost."
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    "address", ["tls://cluster:8786", "tcp://127.0.0.1:8786", "tcp://localhost:8786", "tcp://[::1]:1"]
)
def test_safe_schedulers_are_accepted(address):
    assert check_address(address) == address


@pytest.mark.parametrize(
    "address", ["tcp://cluster:8786", "cluster:8786", "tcp://127.0.0.1.evil.org:1", "ws://localhost:1"]
)
def test_a_scheduler_that_strangers_can_reach_is_refused(address):
    with pytest.raises(JobError, match="only tls://"):
        check_address(address)


def test_workers_that_cannot_be_started_fail_the_job_with_the_reason(monkeypatch):
    def refuse(address, on_event, bounds):
        raise RuntimeError("Cluster failed to start: no memory")

    monkeypatch.setattr("app.workers.cluster.connect", refuse)
    failed = watch(Pool().submit(work.count, 1), over)
    assert failed.error == "No worker could be reached: Cluster failed to start: no memory"


def test_an_existing_cluster_does_the_same_work():
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        guest = Pool(cluster.scheduler_address)
        assert watch(guest.submit(work.count, 2), over).result == {"counted": 2}
        guest.close()
        assert cluster.scheduler_info["workers"]


def test_two_servers_on_one_machine_do_not_meet(pool, narrow):
    jobs = [one.submit(work.count, 1) for one in (pool, narrow)]
    assert [watch(job, over).state for job in jobs] == ["done", "done"]


def test_a_scheduler_that_does_not_answer_fails_the_job(monkeypatch):
    monkeypatch.setattr("app.workers.cluster.WAIT", 0.3)
    pool = Pool("tcp://127.0.0.1:9")
    assert "No worker could be reached" in watch(pool.submit(work.count, 1), over).error
