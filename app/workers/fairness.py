"""The order in which jobs that wait are started: visitors take turns, whoever asked first within each."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass
class Line:
    """Jobs that wait, as keys with their owners. At most `running` jobs of one owner run at the same time."""

    running: int
    active: Counter[str] = field(default_factory=Counter)
    _waiting: OrderedDict[str, deque[Hashable]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def waits(self, owner: str) -> int:
        """How many jobs of an owner wait."""
        return len(self._waiting.get(owner, ()))

    def add(self, owner: str, job: Hashable, first: bool = False) -> None:
        """Puts a job last, or, where `first`, before the others of its owner."""
        mine = self._waiting.setdefault(owner, deque())
        (mine.appendleft if first else mine.append)(job)

    def drop(self, owner: str, job: Hashable) -> bool:
        """Takes a job out of the line; False where it does not wait."""
        if job not in self._waiting.get(owner, ()):
            return False
        self._waiting[owner].remove(job)
        if not self._waiting[owner]:
            del self._waiting[owner]
        return True

    def take(self) -> Hashable | None:
        """The job whose turn it is, now counted as running; None where nobody may start one."""
        for owner in self._waiting:
            if self.active[owner] < self.running:
                break
        else:
            return None
        job = self._waiting[owner].popleft()
        self._waiting.move_to_end(owner)  # the next turn is another visitor's
        if not self._waiting[owner]:
            del self._waiting[owner]
        self.active[owner] += 1
        return job

    def end(self, owner: str) -> None:
        """A job that ran is over."""
        self.active[owner] -= 1
        if self.active[owner] <= 0:
            del self.active[owner]

    def order(self) -> list[Hashable]:
        """The jobs in the order of their turns: the first of each visitor, then the second of each, …"""
        rounds = [list(jobs) for jobs in self._waiting.values()]
        return [jobs[i] for i in range(max(map(len, rounds), default=0)) for jobs in rounds if i < len(jobs)]
