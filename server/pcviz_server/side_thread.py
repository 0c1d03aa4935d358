"""A thread beside the stepping one, for work that takes long: one job at a time, of those that wait the newest of each kind."""

from collections.abc import Callable, Hashable
from threading import Condition, Thread
from typing import Generic, TypeVar

Job = TypeVar("Job")


class SideThread(Generic[Job]):
    """Does jobs in a thread of its own, the most urgent first (smallest `urgency`), else in the order in which they came."""

    def __init__(self, name: str, do: Callable[[Job], None], urgency: Callable[[Job], float] = lambda _: 0) -> None:
        self._do = do
        self._urgency = urgency
        self._wanted: dict[tuple[str, Hashable], Job] = {}
        self._under_way: tuple[str, Hashable] | None = None
        self._changed = Condition()
        self._closed = False
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def want(self, session: str, kind: Hashable, job: Job) -> None:
        """Do this job next, instead of an older one of the same session and kind."""
        with self._changed:
            self._wanted[(session, kind)] = job
            self._changed.notify()

    def go_on(self, session: str, kind: Hashable, job: Job) -> None:
        """From within a job: do its rest later, unless a newer one waits already or the session was forgotten meanwhile."""
        with self._changed:
            if self._under_way == (session, kind):
                self._wanted.setdefault((session, kind), job)

    def forget(self, session: str) -> None:
        """Leave out what has not begun, and the rest of what has."""
        with self._changed:
            if self._under_way is not None and self._under_way[0] == session:
                self._under_way = None
            self._wanted = {key: job for key, job in self._wanted.items() if key[0] != session}

    def close(self) -> None:
        """Begin no further job, and wait for the one under way."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._do(job)

    def _next(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._wanted)
            if self._closed:
                return None
            self._under_way = min(self._wanted, key=lambda key: self._urgency(self._wanted[key]))
            return self._wanted.pop(self._under_way)
