"""The side thread that compiles and builds, so that runs go on streaming meanwhile.

A compile cannot be stopped once begun, so what waits is replaced: of each session only the newest wanted network is built. What
nobody looks at yet is compiled a function at a time, so that a new network waits for one of them at most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import structlog

from pcviz_core.errors import PcvizError
from pcviz_core.experiment import Experiment
from pcviz_core.spec import ExperimentSpec
from pcviz_server.side_thread import SideThread

_log = structlog.get_logger()


class Purpose(IntEnum):
    """What a session wants compiled for; the more urgent is the smaller."""

    BUILD = 0
    """A new run of the spec."""
    PREPARE = 1
    """The steps that a change at the next learning step needs."""
    MEASURE = 2
    """The slow measurements of the run."""


@dataclass(frozen=True, slots=True)
class Job:
    """One wish of one session."""

    session: str
    purpose: Purpose
    spec: ExperimentSpec


@dataclass(frozen=True, slots=True)
class Compiling:
    """A job has begun that must compile."""

    job: Job


@dataclass(frozen=True, slots=True)
class Compiled:
    """A job is done: a built `experiment` for `BUILD`, or the sentence of what went wrong."""

    job: Job
    experiment: Experiment | None = None
    error: str | None = None


class Compiler:
    """Does one job at a time, the most urgent first; `report` is called in its thread."""

    def __init__(self, report: Callable[[Compiling | Compiled], None]) -> None:
        self._report = report
        self._thread = SideThread[Job]("compiler", self._do, urgency=lambda job: job.purpose)

    def want(self, job: Job) -> None:
        """Do this job next, instead of an older one of the same session and purpose."""
        self._thread.want(job.session, job.purpose, job)

    def forget(self, session: str) -> None:
        """Leave out what has not begun."""
        self._thread.forget(session)

    def close(self) -> None:
        """Begin no further job, and wait for the one under way."""
        self._thread.close()

    def _do(self, job: Job) -> None:
        try:
            match job.purpose:
                case Purpose.MEASURE if Experiment.compile_part(job.spec, "diagnostics"):
                    self._thread.go_on(job.session, job.purpose, job)
                case Purpose.MEASURE:
                    self._report(Compiled(job))
                case _:
                    if not Experiment.is_compiled_for(job.spec):
                        self._report(Compiling(job))
                        Experiment.compile_for(job.spec)
                    self._report(Compiled(job, Experiment(job.spec) if job.purpose is Purpose.BUILD else None))
        except PcvizError as error:
            self._report(Compiled(job, error=str(error)))
        except Exception as error:
            # Whatever the compiler or the device could not do, for instance find memory, is this session's trouble alone.
            _log.exception("could not build a network", spec=job.spec.model_dump())
            self._report(Compiled(job, error=f"This network could not be built: {_first_line(error)}"))


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
