"""A run: its state, its two clocks, live changes, learning, inference and evaluation.

    e = Experiment(ExperimentSpec(depth=32))
    record = e.learn()              # one learning step: T inference steps, then the weights
    e.change(activity_lr=0.1)       # "live": the next inference step uses it
    e.infer(3)

A run is exact: the same spec gives the same bits at every (k, t), whether it is stepped one by one or in chunks, and the same
spec with the same log of commands gives them too. `Experiment` holds the run's state and log; what moves them is in `run`.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
import numpy as np

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.controls import Effect, Value
from pcviz_core.diagnostics import Columns, above_noise, describe, imbalance, noise_floor, shown_units, trajectory
from pcviz_core.divergence import Divergence, diagnose
from pcviz_core.errors import PcvizError, SpecError
from pcviz_core.measurements import MEASUREMENTS, Memory, Moment, Snapshot
from pcviz_core.network import Network
from pcviz_core.preparation import check_record, check_spec, structure_of
from pcviz_core.program import (
    CORE,
    EVALUATION_CHUNK,
    IN_PHASES,
    MAX_CHUNK,
    RESCHEDULED,
    STAGES,
    STARTED,
    Program,
    Stage,
    Structure,
    program_for,
)
from pcviz_core.records import Evaluation, LearningPoint, Record
from pcviz_core.run import steps
from pcviz_core.run.log import Log
from pcviz_core.run.machine import Machine, watched_layer
from pcviz_core.run.replay import Replay
from pcviz_core.run.saved import read_run, write_run
from pcviz_core.run.state import Checkpoint, Position, RunState
from pcviz_core.spec import ExperimentSpec, without_view

LONG_RUN_S = 0.5
"""Seconds of inference after which a quicker step is worth its compiling; a short run never waits for one."""
TRAIN_SAMPLES_SCORED = 512
"""The train accuracy is over this many first training samples at most; the test accuracy is over all test samples."""


def device_name() -> str:
    """The device that computes, as a person says it."""
    device = jax.devices()[0]
    return "CPU" if device.platform == "cpu" else device.device_kind


class Experiment:
    """One run of a spec. Everything here blocks until the numbers are there."""

    MAX_CHUNK: ClassVar[int] = MAX_CHUNK

    def __init__(self, spec: ExperimentSpec | None = None, **values: Value) -> None:
        self._watched_layer = 0
        self._start((spec or ExperimentSpec()).replace(**values))

    # Compiling -----------------------------------------------------------------------------------------------------------

    @staticmethod
    def compile_for(spec: ExperimentSpec, *stages: Stage) -> None:
        """Compile what a run of this spec needs to move, and for these stages too. Safe in any thread; cached by shape."""
        program_for(structure_of(spec)).compile([*_moving(spec), *(name for stage in stages for name in STAGES[stage])])

    @staticmethod
    def compile_part(spec: ExperimentSpec, stage: Stage) -> bool:
        """Compile one more function of a stage; False if none is left."""
        return program_for(structure_of(spec)).compile_next(STAGES[stage])

    @staticmethod
    def is_compiled_for(spec: ExperimentSpec) -> bool:
        """Whether a run of this spec would start, or this change apply, without compiling."""
        return program_for(structure_of(spec)).is_compiled(_moving(spec))

    # The run ---------------------------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Begin again at k = 0, t = 0 with the present control values: the same run again if none has changed."""
        self._start(self.spec)

    @classmethod
    def resumed(cls, checkpoint: Checkpoint, log: Log) -> Self:
        """A run that goes on from a checkpoint, at t = 0 of its learning step, where this log's first commands led."""
        run = cls.__new__(cls)
        run._watched_layer, run._machine, run.origin = 0, Machine(checkpoint.spec), checkpoint.origin
        run._begin(*steps.reopen(run._machine, checkpoint, 0), log.until(checkpoint.ordinal))
        return run

    def _start(self, spec: ExperimentSpec) -> None:
        self._machine, state, seen = steps.begin(spec, self._watched_layer)
        self.origin = spec
        self._begin(state, seen, Log())

    def _begin(self, state: RunState, seen: Columns, log: Log) -> None:
        self.log = log
        self._direction: Any = None
        self._memories: dict[str, Memory] = {}
        self._open(state, seen)

    def save(self, path: str | Path) -> None:
        """Write the run to a file, from which `load` makes it again bit for bit on the same kind of machine."""
        write_run(Path(path), self._checkpoint, self.log, self.position)

    @classmethod
    def load(cls, path: str | Path) -> "Experiment":
        """The run of a file that `save` or `pcviz run` wrote (or of such a folder), at the k and t at which it was.

        Raises:
            PcvizError: a sentence, if there is no such file, or it is damaged or of a newer version.
        """
        path = Path(path)
        checkpoint, log, position = read_run(path / "run.npz" if path.is_dir() else path)
        return replay(checkpoint, log, position)

    @property
    def state(self) -> RunState:
        """The whole state of the run, as one value: it stays what it is while the run goes on."""
        return self._state

    @property
    def program(self) -> Program:
        """The compiled functions that move it: a cache, shared with every run of the same shapes."""
        return self._machine.program

    @property
    def spec(self) -> ExperimentSpec:
        """The values wanted: those in force, and those that wait for the next learning step."""
        return self._state.wanted

    @property
    def network(self) -> Network:
        """The network as it is now, padded."""
        return self._state.network

    @property
    def learn_step(self) -> int:
        """k: completed learning steps."""
        return self._state.learn_step

    @property
    def infer_step(self) -> int:
        """t: completed inference steps of the present relaxation."""
        return self._state.infer_step

    @property
    def position(self) -> Position:
        """k, phase and t."""
        return self._state.position

    @property
    def checkpoint(self) -> Checkpoint:
        """What the present learning step's t = 0 can be made again from, with all that was done since by the log."""
        return self._checkpoint

    @property
    def planned_steps(self) -> int:
        """T in force: where `learn` updates the weights."""
        return self._state.running.planned_steps

    @property
    def relaxation(self) -> Record:
        """Every row so far of the present relaxation, t = 0 first."""
        self._describe()
        self._records = [Record.join(self._records)]
        return self._records[0]

    @property
    def fixed(self) -> Columns:
        """Columns without a step axis: the watched units at t = 0, the watched layer, arrival steps, the plan, weight rms."""
        depth = self._running.depth
        weight_rms = np.asarray(self._machine.program.weight_rms(self.network.weights))
        return {
            "trajectory_start": self._watched_start[shown_units(self._running.width)],
            "trajectory_layer": np.array([self.watched_layer], np.float32),
            "arrival_step": self.relaxation.arrival,
            "arrival_expected": self._state.arrival,
            "plan": np.array([self.planned_steps, self.learn_step + (0 if self._state.opens_second_phase else 1)], np.float32),
            "weight_rms": weight_rms[_layers_of(self._machine.structure, depth)],
        }

    @property
    def activities(self) -> list[Any]:
        """[z_1..z_{L−1}] now, each (batch, width)."""
        return self.network.unstack(self._state.relaxation.view.activities)

    @property
    def batch(self) -> tuple[Any, Any]:
        """(x, y) of the present learning step."""
        batch = self._state.opened.batch
        return batch.x, batch.clamped.y

    @property
    def is_relaxed(self) -> bool:
        """Whether this relaxation is over: T steps done, or settled below the tolerance before."""
        return steps.is_relaxed(self._state)

    def infer(self, n: int = 1, *, until_settled: bool = False) -> Record:
        """`n` inference steps, past T if asked; fewer if one of them diverges. Returns the rows of the new states.

        With `until_settled` the spec's tolerance may end them early, as it does in `learn`. A `SpecError` for an algorithm that
        does not infer.
        """
        self.check_infers(n)
        self._describe()
        first = self.infer_step + 1
        self._infer(n, until_settled)
        self._describe()
        record = Record.join([part for part in self._records if part.infer_steps[-1] >= first] or self._records[-1:])
        return record if record.infer_steps[0] >= first else record.rows(record.infer_steps >= first)

    def check_infers(self, n: int = 1) -> None:
        """Raise a `SpecError` where the algorithm in force has no inference step to do, or the record no room for `n` more."""
        check_record(self._running, self.infer_step + n)
        if not self.moment.infers:
            algorithm = ALGORITHMS[self._running.algorithm]
            raise SpecError(f"{algorithm.course} So there is no inference step to do; a learning step there is.")

    def relax(self, n: int | None = None) -> None:
        """Go on with the relaxation, by default to its end, or till it settles or diverges: `infer` for who reads no record."""
        left = max(self.planned_steps - self.infer_step, 0)
        self._infer(left if n is None else min(n, left), until_settled=True)

    def learn(self) -> Record:
        """Finish the relaxation and update the weights: one learning step. Returns the whole relaxation, (T + 1, L).

        A relaxation that diverges is returned as far as it came, and the weights stay. Of two nudged phases the second is
        returned.
        """
        while True:
            self.relax()
            record = self.relaxation
            if self.divergence is not None or self.update() is not None:
                return record

    def learn_point(self) -> LearningPoint | None:
        """One learning step as `learn`, for its numbers; None if it diverges."""
        while True:
            self.relax()
            if self.divergence is not None:
                return None
            if (point := self.update()) is not None:
                return point

    def update(self) -> LearningPoint | None:
        """Change the weights by the errors at the present activities, then open the next learning step at t = 0.

        After the first of two nudged phases it opens the second, at t = 0 of the same learning step, and returns None.
        """
        if self._machine.inferring_s > LONG_RUN_S:
            self._machine.program.hasten()
        if not self.is_relaxed or self.divergence is not None:
            self.log.add(self.position, "update")
        point = self._finished()
        self._machine, state, is_over, seen = steps.update(self._machine, self._state, self._watched_layer)
        self._open(state, seen)
        return point if is_over else None

    def retry(self) -> None:
        """The same learning step and batch again from t = 0, for instance with another rate after a divergence.

        The weights are those of then: under iPC, which changes them at every inference step, they go back too.
        """
        self.log.add(self.position, "retry")
        self._open(*steps.retry(self._machine, self._state, self._watched_layer))

    # Changes ---------------------------------------------------------------------------------------------------------------

    def change(self, **values: Value) -> Effect:
        """Set controls, and return when they apply.

        "live": from the next inference step; "next_step": from the next learning step; "restart": at once, in a new run of the
        same seed. A bad value raises a `SpecError` and changes nothing.
        """
        spec = self.spec.replace(**values)
        check_spec(spec)
        if not (values := without_view(values)):
            return "view"
        changed = {name: getattr(spec, name) for name in values if getattr(spec, name) != getattr(self.spec, name)}
        controls = ExperimentSpec.controls()
        effects: set[Effect] = {controls[name].effect for name in (changed or values)}
        if not changed:
            return _strongest(effects)
        if "restart" in effects:
            self._start(spec)
            return "restart"
        self.log.add(self.position, "change", **changed)
        live = {name: value for name, value in changed.items() if controls[name].effect == "live"}
        self._state = steps.change(self._machine, self._state, spec, live)
        return _strongest(effects)

    def kick(self, sigma: float, layer: int | None = None) -> None:
        """Add N(0, σ²), once and seeded, to the activities of a hidden layer (by default the watched one)."""
        layer = self.watched_layer if layer is None else layer
        position, self._state = self.position, steps.kick(self._machine, self._state, sigma, layer)
        self.log.add(position, "kick", sigma=float(sigma), layer=int(layer))

    @property
    def watched_layer(self) -> int:
        """The hidden layer whose activities are recorded."""
        return watched_layer(self._running, self._watched_layer)

    def watch(self, layer: int) -> None:
        """Record the activities of this hidden layer; 0 is the last one.

        The relaxation so far is replayed to record them from t = 0. After a live change within it there is nothing exact to
        replay: then the steps before now are NaN.
        """
        if not 0 <= layer < self._running.depth:
            raise SpecError(f"A watched layer is hidden, 1 to {self._running.depth - 1}, or 0 for the last; {layer} is not.")
        self._watched_layer = layer
        past, state, machine = self.relaxation, self._state, self._machine
        row, opening = machine.watched_row(self._running, layer), self._state.opened.relaxation
        self._watched_start = machine.seen(state, opening, row)["watched"][0]
        watched = np.full((len(past.infer_steps), self._running.width), np.nan, np.float32)
        if state.touched or ALGORITHMS[self._running.algorithm].learns_while_inferring:
            watched[-1] = machine.seen(state, state.relaxation, row)["watched"][0]
        else:
            watched[0], again = self._watched_start, replace(state, relaxation=opening)
            for at in range(1, len(watched), MAX_CHUNK):
                # As many steps as there were, though they may have settled on the way.
                _, relaxation, raw, (done, *_) = machine.advanced(again, 0.0, row, len(watched) - at)
                again = replace(again, relaxation=relaxation)
                watched[at : at + done] = raw["watched"]
        self._records = [Record(past.learn_step, past.infer_steps, {**past.columns, **trajectory(watched, self._watched_start)})]

    # Slow diagnostics --------------------------------------------------------------------------------------------------------

    def evaluate(self) -> Evaluation:
        """Loss and accuracy on data held out from learning, and accuracy on a part of the training data."""
        data = self._machine.data
        loss, accuracy = self._score(data.x_test, data.y_test)
        _, train = self._score(data.x_train[:TRAIN_SAMPLES_SCORED], data.y_train[:TRAIN_SAMPLES_SCORED])
        classes = data.kind == "classification"
        return Evaluation(self.learn_step, loss, accuracy if classes else None, train if classes else None)

    def measure_stability(self, max_steps: int = 64) -> float:
        """The largest stable activity rate at this batch's feedforward point, over its worst sample.

        `ExperimentSpec.largest_stable_rate` of λ_max of the Hessian by what inference moves: exact for a linear network, local
        otherwise. NaN for rules that choose their own step and algorithms without one. Each call goes on from the last one's
        direction and takes at most `max_steps` products with the squared Hessian.
        """
        if np.isnan(self._running.largest_stable_rate(1.0)):
            return float("nan")
        limit, self.stability_residual, self._direction = self._stability(self._direction, max_steps)
        return limit

    def _stability(self, direction: Any, max_steps: int) -> tuple[float, Any, Any]:
        """The limit, its residual, and the direction; a direction of None starts afresh."""
        opened = self._state.opened
        if direction is None or direction.shape != opened.start.shape:
            direction = jnp.zeros_like(opened.start)
        args = (self.network, opened.batch, direction, np.int32(max_steps))
        curvature, residual, direction = self._machine.program.stability(*args)
        return self._running.largest_stable_rate(float(curvature)), residual, direction

    @property
    def moment(self) -> Moment:
        """The values in force and the two clocks."""
        return Moment(self._running, self.learn_step, self.infer_step)

    def snapshot(self) -> Snapshot:
        """The run as it is now, for measurements: it stays what it is while the run goes on."""
        state = self._state
        return Snapshot(
            spec=self._running,
            network=self.network,
            x=state.opened.batch.x,
            y=state.opened.batch.clamped.y,
            start=state.opened.start,
            state=state.relaxation,
            knobs=self._machine.knobs_at(state),
            method=self._machine.structure.method,
            learn_step=self.learn_step,
            infer_step=self.infer_step,
            layer_energies=self._comparable_energies(),
        )

    def measure(self, name: str) -> Columns:
        """The columns of one of `MEASUREMENTS`, of the run as it is now.

        Raises:
            PcvizError: a sentence, where it says nothing of such a run.
        """
        if name not in MEASUREMENTS:
            raise SpecError(f"There is no measurement named {name!r}. There are {', '.join(MEASUREMENTS)}.")
        measurement = MEASUREMENTS[name]
        if (complaint := measurement.complaint(self._running)) is not None:
            raise PcvizError(complaint)
        columns, self._memories[name] = measurement.measure(self.snapshot(), self._memories.get(name))
        return columns

    # Inside ------------------------------------------------------------------------------------------------------------------

    @property
    def _running(self) -> ExperimentSpec:
        return self._state.running

    def _comparable_energies(self) -> np.ndarray:
        """The relaxation's energies (t + 1, L) by the weights and the λ in force: NaN where others were in force."""
        energies = self.relaxation.layer_energies.copy()
        energies[-1] = np.asarray(self._state.relaxation.view.layer_energies)[-self._running.depth :]
        learns = ALGORITHMS[self._running.algorithm].learns_while_inferring
        energies[: self.infer_step if learns else self._state.comparable_from] = np.nan
        return energies

    def _infer(self, n: int, until_settled: bool) -> None:
        before, ends_early = self.position, self._running.tolerance > 0 or self._state.settled
        self._state, seen = steps.infer(self._machine, self._state, n, self._watched_layer, until_settled=until_settled)
        self._seen_rows += seen
        # What the run would not have done by itself: steps past T, and steps that no tolerance could end.
        natural = before.infer_step if ends_early and not until_settled else self.planned_steps
        if self.infer_step > max(natural, before.infer_step):
            first = before._replace(infer_step=max(natural, before.infer_step))
            self.log.add(first, "infer", n=self.infer_step - first.infer_step)
        if self._state.diverged and self.divergence is None:
            self.divergence = self._diagnose()

    def _open(self, state: RunState, seen: Columns) -> None:
        """Take a state at t = 0, and what was seen there."""
        self._state = state
        if state.phase == 0 and state.wanted == state.running:  # a checkpoint has no values that wait
            self._checkpoint = steps.checkpoint_of(state, self.origin, len(self.log))
        self._watched_start = seen["watched"][0]
        self._records: list[Record] = []
        self._seen_rows = [seen]
        self.divergence: Divergence | None = self._diagnose() if state.diverged else None

    def _describe(self) -> None:
        """Turn the rows seen since the last time into a record: only when someone looks."""
        if not self._seen_rows:
            return
        raw = {name: np.concatenate([rows[name] for rows in self._seen_rows]) for name in self._seen_rows[0]}
        n_outputs, target_rms = self._machine.structure.n_outputs, self._state.opened.target_rms
        rows = np.arange(self.infer_step + 1 - len(raw["watched"]), self.infer_step + 1)
        due = self._state.arrival <= rows[:, None]
        columns = describe(raw, self._running.depth, target_rms, n_outputs, self._watched_start, due)
        self._records.append(Record(self.learn_step, rows, columns))
        self._seen_rows = []

    @property
    def _last_energies(self) -> np.ndarray:
        """F_1..F_L at the present state."""
        if not self._seen_rows:
            return self._records[-1].layer_energies[-1]
        return steps.last_energies(self._seen_rows[-1], self._running.depth)

    @property
    def _last_rms(self) -> np.ndarray:
        """Rms of z_1..z_L at the present state."""
        if not self._seen_rows:
            return self._records[-1].columns["activity_rms"][-1]
        squares = self._seen_rows[-1]["per_layer"][-1, 2, -self._running.depth :]
        return np.append(np.sqrt(squares[:-1] / self._running.width), np.float32(self._state.opened.target_rms))

    def _finished(self) -> LearningPoint:
        energy = self._last_energies.astype(np.float64)
        floor = noise_floor(self._last_rms, self._running.width, self._machine.structure.n_outputs)
        held, _ = above_noise(energy[None], floor[None], self._state.arrival[None] <= self.infer_step)
        decades, slope = imbalance(held)[0]
        total, output = float(energy.sum()), float(energy[-1])
        loss = self._state.opened.loss
        return LearningPoint(self.learn_step, loss, total, output, total - output, float(decades), float(slope))

    def _score(self, x: Any, y: Any) -> tuple[float, float]:
        losses = right = 0.0
        for at in range(0, len(x), EVALUATION_CHUNK):
            part_x, part_y = x[at : at + EVALUATION_CHUNK], y[at : at + EVALUATION_CHUNK]
            count = len(part_x)
            missing = ((0, EVALUATION_CHUNK - count), (0, 0))
            scored = self._machine.program.score(self.network, np.pad(part_x, missing), np.pad(part_y, missing), np.int32(count))
            losses, right = losses + float(scored[0]), right + float(scored[1])
        return losses / len(x), right / len(x)

    def _diagnose(self) -> Divergence:
        """Name the layer and the cause of the divergence at the present step: a fact, whoever has looked at what before."""
        step = (self.learn_step, self.infer_step)
        known = self.infer_step and not np.isnan(self._running.largest_stable_rate(1.0))
        limit = self._stability(None, 64)[0] if known else float("nan")
        state, machine = self._state, self._machine
        energies = self.relaxation.layer_energies
        return diagnose(self._running, *step, energies, limit, lambda rate: steps.holds(machine, state, rate), steps.tries(state))


def replay(
    start: ExperimentSpec | Checkpoint, log: Log, until: tuple[int, int, int] | None = None, *, ordinal: int | None = None
) -> Experiment:
    """The experiment of a spec, or of a checkpoint, and a log, at a moment (k, phase, t): bit for bit the one that was logged.

        again = replay(experiment.origin, experiment.log, until=(8, 0, 3))     # k = 8, first phase, t = 3

    Without `until` it stands where the last command was done. `ordinal` is the number of commands that came before the moment,
    where the moment came more than once; by default all of them.

    Raises:
        PcvizError: if the log does not lead there.
    """
    run = Experiment(start) if isinstance(start, ExperimentSpec) else Experiment.resumed(start, log)
    job = Replay(run, log, None if until is None else Position(*until), ordinal=ordinal)
    while not job.work():
        pass
    return run


def _moving(spec: ExperimentSpec) -> tuple[str, ...]:
    """The compiled functions that a run of this spec needs to move."""
    needs = {
        STARTED: spec.activity_start != "feedforward",
        RESCHEDULED: structure_of(spec).method.schedule != "ones",
        IN_PHASES: spec.nudging == "centred",
    }
    return (*CORE, *(name for names, needed in needs.items() if needed for name in names))


def _layers_of(structure: Structure, depth: int) -> np.ndarray:
    """Positions of the true layers among W_1, the padded stack and W_L."""
    return np.r_[0, structure.bucket - depth + 1 : structure.bucket]


def _strongest(effects: set[Effect]) -> Effect:
    return next(effect for effect in ("restart", "next_step", "live", "view") if effect in effects)
