"""The loop that computes for many sessions: commands in, one turn for whoever is due first, events out.

Every command that waits is obeyed before each turn, so a change waits for one turn at most, about 10 ms. Turns are given by
earliest due time, which is fair: a run that has just had its turn is due after all that wait.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic

import structlog

from pcviz_core.experiment import device_name
from pcviz_core.spec import ExperimentSpec, ViewSettings
from pcviz_server import backend
from pcviz_server.backend import Budget, Command, Event
from pcviz_server.compiler import Compiled, Compiler, Compiling, Job, Purpose
from pcviz_server.measurer import MeasuredTheory, Measurer
from pcviz_server.resident import Resident
from pcviz_server.translate import catalogue_json, read_query

SIGN_OF_LIFE_S = 1.0

_log = structlog.get_logger()


class Worker:
    """Sessions and the loop that serves them. `emit` is called in the thread of `run`, for every event in order."""

    def __init__(self, emit: Callable[[Event], None], budget: Budget, clock: Callable[[], float] = monotonic) -> None:
        self.inbox: SimpleQueue[Command | Compiling | Compiled | MeasuredTheory] = SimpleQueue()
        """Where commands come in, from any thread."""
        self._emit = emit
        self._budget = budget
        self._clock = clock
        self._compiler = Compiler(self.inbox.put)
        self._measurer = Measurer(self.inbox.put)
        self._residents: dict[str, Resident] = {}
        self._stopped = False

    def run(self) -> None:
        """Serve until told to stop."""
        self._emit(backend.Ready(catalogue_json(), device_name()))
        for purpose in (Purpose.PREPARE, Purpose.MEASURE):  # whoever comes first finds the default network compiled
            self._compiler.want(Job("", purpose, ExperimentSpec()))
        next_sign = self._clock()
        while not self._stopped:
            now = self._clock()
            if now >= next_sign:
                self._emit(backend.Alive())
                next_sign = now + SIGN_OF_LIFE_S
            due = self._next()
            at = next_sign if due is None else min(next_sign, due[0])
            self._take(max(0.0, at - self._clock()))
            due = self._next()
            if due is not None and due[0] <= self._clock():
                self._turn(due[1])

    def close(self) -> None:
        """After `run`: wait for what is being compiled or measured, and end those threads too."""
        self._measurer.close()
        self._compiler.close()

    def _next(self) -> tuple[float, str] | None:
        """The run that is due first, and when."""
        wishes = ((resident.run.due(), session) for session, resident in self._residents.items())
        return min(((due, session) for due, session in wishes if due is not None), default=None)

    def _turn(self, session: str) -> None:
        run = self._residents[session].run
        try:
            run.work()
        except Exception as error:
            # A device that runs out of memory, or a mistake of ours: it ends this run, not the other sessions'.
            _log.exception("a run failed", session=session)
            run.fail(f"The run stopped on an error inside: {type(error).__name__}. Reset starts it again.")

    def _take(self, timeout: float) -> None:
        """Obey everything that waits; wait for the first of it at most so long."""
        try:
            item = self.inbox.get(timeout=timeout) if timeout > 0 else self.inbox.get_nowait()
            while True:
                self._obey(item)
                item = self.inbox.get_nowait()
        except Empty:
            return

    def _obey(self, item: Command | Compiling | Compiled | MeasuredTheory) -> None:
        match item:
            case backend.Stop():
                self._stopped = True
            case backend.Open(session=session, query=query):
                spec, view, refusals = read_query(query, self._budget)
                self._emit(backend.Opened(session, spec.model_dump(), view.model_dump(), tuple(refusals)))
                self._settle(session, spec, view, epoch=1, reason=None, playing=True)
            case backend.Restore(session=session):
                spec, view = ExperimentSpec().replace(**item.spec), ViewSettings().replace(**item.view)
                self._settle(session, spec, view, epoch=item.epoch, reason=item.reason, playing=item.playing)
                self._residents[session].run.carry(item.columns)
            case backend.Drop(session=session):
                self._residents.pop(session, None)
                self._compiler.forget(session)
                self._measurer.forget(session)
            case Compiling(job=job):
                if job.session in self._residents:
                    self._residents[job.session].compiling(item)
            case Compiled(job=job):
                if job.session in self._residents:
                    self._residents[job.session].compiled(item)
            case MeasuredTheory(job=job):
                if job.session in self._residents:
                    self._residents[job.session].run.measured(item)
            case _:
                if item.session in self._residents:
                    self._residents[item.session].receive(item)

    def _settle(
        self, session: str, spec: ExperimentSpec, view: ViewSettings, *, epoch: int, reason: str | None, playing: bool
    ) -> None:
        self._residents[session] = Resident(
            session,
            spec,
            view,
            epoch=epoch,
            reason=reason,
            playing=playing,
            budget=self._budget,
            compiler=self._compiler,
            measurer=self._measurer,
            emit=self._emit,
            clock=self._clock,
        )
