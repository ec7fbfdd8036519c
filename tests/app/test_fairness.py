"""The line in which jobs wait: turns, limits, and nothing lost or given twice."""

from hypothesis import given
from hypothesis import strategies as st

from app.workers.fairness import Line


def test_visitors_take_turns():
    line = Line(running=9)
    for job in ("a1", "a2", "a3"):
        line.add("a", job)
    line.add("b", "b1")
    assert line.order() == ["a1", "b1", "a2", "a3"]
    assert [line.take() for _ in range(5)] == ["a1", "b1", "a2", "a3", None]


def test_who_has_had_a_turn_waits_for_the_others():
    line = Line(running=9)
    line.add("a", "a1")
    line.add("a", "a2")
    assert line.take() == "a1"
    line.add("b", "b1")
    line.add("c", "c1")
    assert line.order() == [line.take() for _ in range(3)]


def test_a_visitor_runs_no_more_than_the_limit():
    line = Line(running=1)
    line.add("a", "a1")
    line.add("a", "a2")
    assert (line.take(), line.take()) == ("a1", None)
    line.end("a")
    assert line.take() == "a2"


def test_a_job_can_leave_the_line():
    line = Line(running=1)
    line.add("a", "a1")
    assert line.drop("a", "a1")
    assert not line.drop("a", "a1")
    assert (line.take(), len(line)) == (None, 0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30), st.integers(1, 3))
def test_every_job_runs_once_and_nobody_is_passed_twice_in_a_row(added, limit):
    line, ended = Line(running=limit), []
    for k, (owner, first) in enumerate(added):
        line.add(owner, (owner, k), first=first)
    while (job := line.take()) is not None:
        waiting = [owner for owner in "abc" if line.waits(owner)]
        if ended and ended[-1][0] == job[0]:
            assert set(waiting) <= {job[0]}  # twice in a row only where nobody else waits
        ended.append(job)
        line.end(job[0])
    assert sorted(ended) == sorted((owner, k) for k, (owner, _) in enumerate(added))
    assert not line.active
