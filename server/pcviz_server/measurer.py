"""Slow measurements in a thread of their own: snapshots in, columns out, while the runs go on."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import structlog

from pcviz_core.diagnostics import Columns
from pcviz_core.errors import PcvizError
from pcviz_core.measurements import MEASUREMENTS, Memory, Snapshot
from pcviz_server.side_thread import SideThread

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Measuring:
    """A wish: one measurement of one session's run. `run` tells its runs apart; `memory` is what the last time left."""

    session: str
    run: int
    name: str
    snapshot: Snapshot
    memory: Memory
    asked_at: float
    """Seconds on the worker's clock."""


@dataclass(frozen=True, slots=True)
class MeasuredTheory:
    """A wish come true: columns, or the sentence on why there are none, and the seconds that it took."""

    job: Measuring
    columns: Columns
    memory: Memory
    failure: str | None
    seconds: float


class Measurer:
    """Makes one measurement at a time; `report` is called in its thread."""

    def __init__(self, report: Callable[[MeasuredTheory], None]) -> None:
        self._took: dict[str, float] = {}
        self._thread = SideThread[Measuring]("measurer", lambda job: report(self._make(job)), self._urgency)

    def _urgency(self, job: Measuring) -> float:
        """When it was asked for, and as much later as it takes: quick ones do not wait for slow ones, nor those for ever."""
        return job.asked_at + self._took.get(job.name, MEASUREMENTS[job.name].first_s)

    def _make(self, job: Measuring) -> MeasuredTheory:
        made = _made(job)
        self._took[job.name] = made.seconds
        return made

    def want(self, job: Measuring) -> None:
        """Measure this, instead of an older wish for the same."""
        self._thread.want(job.session, job.name, job)

    def forget(self, session: str) -> None:
        """Leave out what has not begun."""
        self._thread.forget(session)

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._thread.close()


def _made(job: Measuring) -> MeasuredTheory:
    began = monotonic()
    columns: Columns = {}
    memory, failure = job.memory, None
    try:
        columns, memory = MEASUREMENTS[job.name].measure(job.snapshot, job.memory)
    except PcvizError as error:
        failure = str(error)
    except Exception as error:
        # Whatever a measurement could not do, for instance find memory, leaves its panel empty and the run alone.
        _log.exception("a measurement failed", measurement=job.name, spec=job.snapshot.spec.model_dump())
        failure = f"This could not be measured: {type(error).__name__}."
    return MeasuredTheory(job, columns, memory, failure, monotonic() - began)
