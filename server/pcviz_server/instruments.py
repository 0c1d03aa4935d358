"""The slow measurements that the viewers of one run look at: which are wanted, when, and what they last said.

Only what a shown panel needs is measured, and again when what it depends on has changed, so seldom that a measurement takes a
small part of the machine. While learning steps follow each other what is measured is the last whole relaxation shown: the run is
looked at between two turns, mostly at t = 0. Time is passed in.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from pcviz_core.diagnostics import Columns
from pcviz_core.experiment import Experiment
from pcviz_core.measurements import MEASUREMENTS, Memory, Moment, Snapshot, measurements_of
from pcviz_server.measurer import MeasuredTheory, Measuring

DUTY = 0.2
"""Part of the time that one measurement may take."""
APART_S = 0.1

_runs = count(1)


class Instruments:
    """Wishes go to `want`; what comes back is given to `receive`."""

    def __init__(self, session: str, want: Callable[[Measuring], None], clock: Callable[[], float]) -> None:
        self._session = session
        self._want = want
        self._clock = clock
        self._shown: frozenset[str] = frozenset()
        self.begin()

    def begin(self) -> None:
        """Another run: what is known of the one before is void."""
        self._run = next(_runs)
        self.failures: dict[str, str] = {}
        """Why a measurement that was tried says nothing, by its name."""
        self._kept: Snapshot | None = None
        self._found: dict[str, Columns] = {}
        self._memories: dict[str, Memory] = {}
        self._asked: dict[str, tuple[Any, ...]] = {}
        self._next: dict[str, float] = {}
        self._under_way: set[str] = set()
        self._measured: set[str] = set()

    def show(self, columns: frozenset[str]) -> None:
        """These columns are looked at from now on."""
        self._shown = columns

    @property
    def columns(self) -> Columns:
        """What is known of the columns looked at."""
        return {
            column: values
            for name in measurements_of(self._shown)
            for column, values in self._found.get(name, {}).items()
            if column in self._shown
        }

    def keep(self, experiment: Experiment) -> None:
        """A whole relaxation is shown: measure it while learning goes on."""
        if measurements_of(self._shown):
            self._kept = experiment.snapshot()

    def awaits_whole(self, now: float) -> bool:
        """Whether something is to be measured of a newer whole relaxation than the one kept."""
        kept, rows = self._kept, MEASUREMENTS
        return any(
            kept is None or (rows[name].follows != "values" and self._asked.get(name) == rows[name].occasion(kept))
            for name in measurements_of(self._shown)
            if name not in self._under_way and self._next.get(name, 0.0) <= now
        )

    def due(self, experiment: Experiment, *, learning: bool = False) -> float | None:
        """When the next measurement is wanted; None while all are up to date or under way.

        It is of the run as it is, and while it is `learning` of the relaxation kept.
        """
        if not learning:
            self._kept = None
        stale = self._stale(experiment, self._kept if learning else experiment.moment)
        return min(self._next.get(name, 0.0) for name in stale) if stale else None

    def work(self, experiment: Experiment, *, learning: bool = False) -> None:
        """Ask for what is due."""
        now, snapshot = self._clock(), self._kept if learning else None
        for name in self._stale(experiment, snapshot if learning else experiment.moment):
            if self._next.get(name, 0.0) <= now:
                snapshot = snapshot or experiment.snapshot()
                self._asked[name] = MEASUREMENTS[name].occasion(snapshot)
                self._under_way.add(name)
                self._want(Measuring(self._session, self._run, name, snapshot, self._memories.get(name), now))

    def receive(self, made: MeasuredTheory) -> bool:
        """Take a measurement; whether it is of this run."""
        name = made.job.name
        if made.job.run != self._run:
            return False
        self._under_way.discard(name)
        self._memories[name], self._found[name] = made.memory, made.columns
        self.failures.pop(name, None)
        if made.failure is not None:
            self.failures[name] = made.failure
        # The first time of a run may have been mostly compiling.
        cost = made.seconds if name in self._measured else 0.0
        self._measured.add(name)
        self._next[name] = self._clock() + max(APART_S, cost / DUTY)
        return True

    def silences(self, experiment: Experiment) -> dict[str, str]:
        """Why a measurement says nothing now, by its name: it failed, or follows a relaxation that has diverged."""
        diverged = "This relaxation has diverged, so there is nothing that it approaches: play to try the step again."
        return {**self.failures, **dict.fromkeys(self._void(experiment), diverged)}

    @staticmethod
    def _void(experiment: Experiment) -> list[str]:
        """What is about the relaxation itself, once that has diverged. The weights and all that follows them still stand."""
        diverged = experiment.divergence is not None
        return [name for name, row in MEASUREMENTS.items() if row.follows == "inference"] if diverged else []

    def _stale(self, experiment: Experiment, moment: Moment | None) -> list[str]:
        names = [name for name in measurements_of(self._shown) if name not in self._under_way]
        if not names or moment is None:
            return []
        return [
            name
            for name in names
            if MEASUREMENTS[name].complaint(moment.spec) is None and name not in self._void(experiment)
            and self._asked.get(name) != MEASUREMENTS[name].occasion(moment)
        ]
