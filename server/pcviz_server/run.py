"""One experiment moved along by the clock: when it is due, what it does then, and what it shows.

Two paces. In slow motion each tick is one inference step and one frame; after t = T a tick updates the weights and shows
t = 0 of the next learning step. In training, learning steps follow each other in turns of about 10 ms, and now and then a
frame shows a whole relaxation. A live change brings the next tick or frame forward. The clock is passed in; nothing here waits.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Literal

from pcviz_core.errors import SpecError
from pcviz_core.experiment import Experiment
from pcviz_core.records import Record
from pcviz_core.spec import ViewSettings
from pcviz_server import backend
from pcviz_server.background import Background
from pcviz_server.display import Display
from pcviz_server.instruments import Instruments
from pcviz_server.measurer import MeasuredTheory, Measuring
from pcviz_server.pace import TURN_S, Pace, period
from pcviz_server.protocol.messages import Scalar
from pcviz_server.translate import Notes, notes_of

MOST_STEPS_WAITING = 10_000

StepKind = Literal["infer", "learn", "relax"]
"""Inference steps, learning steps, or the rest of one relaxation."""


@dataclass(slots=True)
class _Steps:
    """Steps asked for by hand that are still to be done."""

    kind: StepKind
    n: int


class Run:
    """The moving part of a session. It outlives its experiment: a restart gives it another, and its pace goes on."""

    def __init__(
        self,
        session: str,
        view: ViewSettings,
        *,
        playing: bool,
        emit: Callable[[backend.Event], None],
        clock: Callable[[], float],
        measure: Callable[[Measuring], None],
    ) -> None:
        self.view = view
        self.experiment: Experiment | None = None
        self._session = session
        self._emit = emit
        self._clock = clock
        self._playing = playing
        self._reason = "The network is being built."
        self._has_failed = False
        self._compiling: str | None = None
        self._steps: deque[_Steps] = deque()
        self._unshown: list[Record] = []
        self._free_at = 0.0
        self._pace = Pace()
        self._display = Display(session, emit)
        self._background = Background(clock)
        self._instruments = Instruments(session, measure, clock)
        self._said = Notes({}, {})

    # What a person asks -----------------------------------------------------------------------------------------------

    def begin(self, experiment: Experiment, epoch: int) -> None:
        """Go on with a new experiment from its t = 0, playing or paused as before."""
        if self.experiment is not None:
            self._steps.clear()
        self.experiment, self._has_failed, self._compiling = experiment, False, None
        self._unshown.clear()
        self._display.begin(epoch)
        self._background = Background(self._clock)
        self._instruments.begin()
        experiment.watch(self.view.trajectory_layer)
        self._show(experiment)
        self._pace.tick_from(self._clock() + period(self.view))
        self.note()
        if not self._stopped_by_divergence(experiment):
            self._announce("Playing." if self._playing else "Paused.")

    def play(self) -> None:
        """Run at the session's pace; after a divergence from t = 0 of the same learning step."""
        if self._playing:
            return
        self._flush()
        self._playing = True
        self._steps.clear()
        self._pace.tick_from(self._clock())
        if self._leave_divergence():
            self._announce("Playing.")

    def pause(self, reason: str) -> None:
        """Stop after the step under way: in training that is a whole relaxation, at whose end the run then stands."""
        was_moving = self._playing or bool(self._steps)
        was_training = self._playing and self._is_training and self.experiment is not None
        self._playing = False
        self._steps.clear()
        if was_moving:
            self._flush()
            self._announce(reason)
        if was_training:
            self._steps.append(_Steps("relax", 1))

    def step(self, kind: StepKind, n: int) -> None:
        """Pause, then do `n` steps, after those already asked for."""
        waiting = sum(steps.n for steps in self._steps)
        if waiting + n > MOST_STEPS_WAITING:
            raise SpecError(f"At most {MOST_STEPS_WAITING} steps can wait; pause to forget those that do.")
        if kind == "infer" and self.experiment is not None and all(steps.kind == "infer" for steps in self._steps):
            self.experiment.check_infers(waiting + n)
        if self._playing:
            self.pause("Paused, to go step by step.")
        if not self._leave_divergence():
            return
        if self._steps and self._steps[-1].kind == kind:
            self._steps[-1].n += n
        else:
            self._steps.append(_Steps(kind, n))

    def look(self, view: ViewSettings) -> None:
        """Show the run in another way from now on."""
        layer, experiment = view.trajectory_layer, self.experiment
        if layer != self.view.trajectory_layer and experiment is not None and layer < experiment.spec.depth:
            experiment.watch(layer)
            self._show_again(experiment)
        self.view = view
        self._pace.tick_within(view, self._clock())

    def change(self, values: Mapping[str, Scalar]) -> None:
        """Set what counts from the next inference step, and show that one soon."""
        if self.experiment is not None:
            self.experiment.change(**values)
            self._changed()

    def kick(self, sigma: float) -> None:
        """Add noise to the activities of the watched layer."""
        if self.experiment is None:
            raise SpecError("The network is still being built; there is nothing to kick yet.")
        self.experiment.kick(sigma)
        self._changed()

    def carry(self, columns: frozenset[str]) -> None:
        """Send these columns on request; what is already there is shown again with them."""
        added = columns - self._display.columns
        self._display.columns = columns
        self._instruments.show(columns)
        if added and self.experiment is not None:
            self._show_again(self.experiment)

    def attach(self, viewer: str) -> None:
        """Tell a new viewer how things stand, and show it the whole relaxation and the learning steps so far."""
        self._announce(self._reason, viewer)
        if self.experiment is not None:
            self._display.show_to(viewer, self.experiment, self._background.measured, self._instruments.columns)
            self._emit(backend.Noted(self._session, *self._said, viewer))
            self._say_divergence(self.experiment, viewer)

    def compile(self, what: str | None) -> None:
        """Say what is being compiled meanwhile, or that nothing is."""
        if what != self._compiling:
            self._compiling = what
            self._announce(self._reason)

    def fail(self, reason: str) -> None:
        """Stop, because going on is not possible."""
        self._playing, self._has_failed = False, True
        self._steps.clear()
        self._announce(reason)

    def measure(self, ready: bool) -> None:
        """The slow measurements of the present network are compiled, or not yet."""
        self._background.is_ready = ready

    def measured(self, made: MeasuredTheory) -> None:
        """A slow measurement has been made: whoever waits for it sees it, and why, if there is nothing to see."""
        experiment = self.experiment
        if not self._instruments.receive(made) or experiment is None:
            return
        self.note()
        if not (self._playing and self._is_training):
            self._show(experiment, experiment.relaxation.rows(slice(-1, None)))

    def note(self) -> None:
        """Say what is to be said about the values and the panels, if it is not what was said last."""
        if self.experiment is None:
            return
        experiment = self.experiment
        notes = notes_of(experiment.spec, experiment.moment.spec, self._instruments.silences(experiment))
        if notes != self._said:
            self._said = notes
            self._emit(backend.Noted(self._session, *notes))

    # Time -------------------------------------------------------------------------------------------------------------

    def due(self) -> float | None:
        """When this run next wants a turn; None while it stands still."""
        if self.experiment is None:
            return None
        wishes = (
            self._move_due(),
            self._measure_due(self.experiment, self._clock()),
            self._instruments.due(self.experiment, learning=self._is_learning),
        )
        return min((at for at in wishes if at is not None), default=None)

    def work(self) -> None:
        """Take one turn."""
        experiment = self.experiment
        if experiment is None:
            return
        self._instruments.work(experiment, learning=self._is_learning)
        now = self._clock()
        measure_due = self._measure_due(experiment, now)
        if measure_due is not None and measure_due <= now:
            is_new = self._background.work(experiment)
            if is_new and not (self._playing or self._steps):
                self._show(experiment, experiment.relaxation.rows(slice(-1, None)))
        elif self._steps:
            self._take_steps(experiment, now + TURN_S)
        elif self._playing and self._is_training:
            self._train(experiment, now + TURN_S)
        elif self._playing and now >= self._pace.tick_due(self.view):
            self._tick(experiment)
        self._free_at = self._clock()

    @property
    def _is_training(self) -> bool:
        return self.view.pace == "training"

    @property
    def _is_learning(self) -> bool:
        """Whether whole relaxations follow each other, so that the run is seldom at what is shown."""
        return self._steps[0].kind != "infer" if self._steps else self._playing and self._is_training

    def _move_due(self) -> float | None:
        if self._steps or (self._playing and self._is_training):
            return self._free_at
        return self._pace.tick_due(self.view) if self._playing else None

    def _measure_due(self, experiment: Experiment, now: float) -> float | None:
        """When to measure; None while nothing is to be measured, or there is no time for it before what is to be shown."""
        due = self._background.due(experiment)
        if due is None or self._steps:
            return None
        has_time = self._pace.leaves_time_for(self._background.cost(experiment), self.view, max(due, now))
        if self._playing and (self._pace.is_awaited if self._is_training else not has_time):
            return None
        return due

    def _changed(self) -> None:
        now = self._clock()
        self._pace.changed(now)
        self._background.changed(now)

    # Moving -----------------------------------------------------------------------------------------------------------

    def _tick(self, experiment: Experiment) -> None:
        """Slow motion: one inference step, or the update and t = 0 of the next learning step."""
        if not experiment.is_relaxed:
            self._show(experiment, experiment.infer(1, until_settled=True))
        else:
            self._update(experiment)
            self._show(experiment)
        self._pace.ticked(self.view, self._clock())
        self._stopped_by_divergence(experiment)

    def _train(self, experiment: Experiment, until: float) -> None:
        """Training: learning steps until the turn is over."""
        while self._clock() < until:
            self._relax_and_learn(experiment, limited=True)
            if experiment.divergence is not None:
                self._show(experiment)
                self._stopped_by_divergence(experiment)
                return

    def _take_steps(self, experiment: Experiment, until: float) -> None:
        """Steps by hand, until they are done or the turn is over."""
        steps = self._steps[0]
        while self._steps and self._clock() < until:
            steps = self._steps[0]
            if steps.kind == "infer":
                if not experiment.moment.infers:
                    self._steps.popleft()
                    continue
                self._unshown.append(experiment.infer(min(steps.n, self._pace.steps_per_turn)))
                steps.n -= len(self._unshown[-1].infer_steps)
            elif steps.kind == "relax":
                self._relax_on(experiment)
                if experiment.is_relaxed:
                    steps.n = 0
                    self._show(experiment)
            elif self._relax_and_learn(experiment, limited=False, show=steps.n == 1):
                steps.n -= 1
                if steps.n == 0:
                    self._show(experiment)
            if steps.n == 0:
                self._steps.popleft()
            if experiment.divergence is not None:
                self._show_again(experiment)
                self._stopped_by_divergence(experiment)
                return
        if not self._steps or self._pace.is_time_to_show(self._clock()):
            self._flush()
        if not self._steps:
            self._announce(self._reason if steps.kind == "relax" else "Paused.")

    def _relax_and_learn(self, experiment: Experiment, *, limited: bool, show: bool = False) -> bool:
        """Part of a relaxation, and the update if it is then complete; whether that ended the learning step.

        A complete relaxation is shown if `show` says so, it is time or it is to be measured; an incomplete one only when its
        time is long past.
        """
        self._relax_on(experiment)
        if experiment.divergence is not None:
            return False
        complete = experiment.is_relaxed
        now = self._clock()
        whole = complete and (show or self._pace.is_time_to_show(now) or self._instruments.awaits_whole(now))
        if whole or self._pace.is_overdue(now):
            self._show(experiment, limited=limited)
        if whole:
            self._instruments.keep(experiment)
        return complete and self._update(experiment)

    def _relax_on(self, experiment: Experiment) -> None:
        """As much of the relaxation as takes about one turn."""
        if experiment.is_relaxed:
            return
        remaining = experiment.planned_steps - experiment.infer_step
        n, began = min(remaining, self._pace.steps_per_turn), self._clock()
        experiment.relax(n)
        self._pace.took(n, self._clock() - began)

    def _update(self, experiment: Experiment) -> bool:
        """Change the weights; False if that opened the second of two phases instead."""
        self._flush()
        before = experiment.moment.spec
        if (point := experiment.update()) is None:
            return False
        self._display.learned(point)
        if experiment.moment.spec is not before:
            self.note()
        return True

    # Divergence -------------------------------------------------------------------------------------------------------

    def _stopped_by_divergence(self, experiment: Experiment) -> bool:
        """Pause and say why, if the run has diverged."""
        self.note()
        if experiment.divergence is None:
            return False
        self._playing = False
        self._steps.clear()
        self._say_divergence(experiment, None)
        self._announce(experiment.divergence.reason)
        return True

    def _leave_divergence(self) -> bool:
        """After a divergence, go back to t = 0 of the learning step; False if that is no better."""
        experiment = self.experiment
        if experiment is None or experiment.divergence is None:
            return True
        experiment.retry()
        self._show(experiment)
        return not self._stopped_by_divergence(experiment)

    def _say_divergence(self, experiment: Experiment, viewer: str | None) -> None:
        if (found := experiment.divergence) is not None:
            facts = {field.name: getattr(found, field.name) for field in fields(found)}
            self._emit(backend.Diverged(session=self._session, viewer=viewer, **facts))

    # Telling ----------------------------------------------------------------------------------------------------------

    def _show(self, experiment: Experiment, record: Record | None = None, *, limited: bool = False) -> None:
        """Show these rows, by default the whole relaxation, with which no earlier row has to wait any longer."""
        if record is None:
            self._unshown.clear()
        theory = self._instruments.columns
        self._background.heed(experiment)
        self._display.show(experiment, self._background.measured, theory, record, limited=limited)
        self._pace.showed(self._clock())

    def _show_again(self, experiment: Experiment) -> None:
        """Show the whole relaxation because it looks different now."""
        self._show(experiment, limited=self._playing and self._is_training)

    def _flush(self) -> None:
        """Show the rows that wait for their frame."""
        if self._unshown and self.experiment is not None:
            self._show(self.experiment, Record.join(self._unshown))
        self._unshown.clear()

    def _announce(self, reason: str, viewer: str | None = None) -> None:
        """Say whether the run starts, plays or is paused, and why."""
        self._reason = reason
        is_built = self.experiment is not None or self._has_failed
        state = "playing" if self._playing else "paused"
        learn_step, infer_step = self.clocks
        self._emit(
            backend.StatusChanged(
                self._session,
                state if is_built else "starting",
                self._playing,
                reason,
                self._compiling,
                learn_step,
                infer_step,
                viewer,
            )
        )

    @property
    def clocks(self) -> tuple[int, int]:
        """The clocks k and t, both 0 before the first network is built."""
        return (self.experiment.learn_step, self.experiment.infer_step) if self.experiment is not None else (0, 0)
