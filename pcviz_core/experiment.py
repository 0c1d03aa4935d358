"""A run: its state, its two clocks, live changes, learning, inference and evaluation.

    e = Experiment(ExperimentSpec(depth=32))
    record = e.learn()              # one learning step: T inference steps, then the weights
    e.change(activity_lr=0.1)       # "live": the next inference step uses it
    e.infer(3)

A run is exact: the same spec gives the same bits at every (k, t), whether it is stepped one by one or in chunks.
"""

from dataclasses import replace
from time import perf_counter
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.batches import BatchOrder
from pcviz_core.controls import Effect, Value
from pcviz_core.diagnostics import Columns, describe, imbalance, shown_units, trajectory
from pcviz_core.divergence import Divergence, diagnose
from pcviz_core.errors import PcvizError, SpecError
from pcviz_core.measurements import MEASUREMENTS, Memory, Moment, Snapshot
from pcviz_core.preparation import check_spec, device_data, knobs_of, network_of, structure_of
from pcviz_core.program import (
    CORE,
    EVALUATION_CHUNK,
    FIRST,
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
from pcviz_core.relaxation import SMALLEST_TOTAL, Knobs, State
from pcviz_core.spec import ExperimentSpec

LONG_RUN_S = 0.5
"""Seconds of inference after which a quicker step is worth its compiling; a short run never waits for one."""
OF_THE_STEP = {"activity_lr", "momentum", "tolerance"}
"""Live controls that a step reads when it is made, so that the gradient stays what it is."""
OF_A_SCHEDULE = {"alpha", "schedule_decay", "precision_grid"}
"""Live controls that do nothing where every precision is 1."""
TRAIN_SAMPLES_SCORED = 512
"""The train accuracy is over this many first training samples at most; the test accuracy is over all test samples."""


def device_name() -> str:
    """The device that computes, as a person says it."""
    device = jax.devices()[0]
    return "CPU" if device.platform == "cpu" else device.device_kind


class Experiment:
    """One run of a spec. Everything here blocks until the numbers are there."""

    MAX_CHUNK = MAX_CHUNK

    def __init__(self, spec: ExperimentSpec | None = None, **values: Value) -> None:
        self.spec = (spec or ExperimentSpec()).replace(**values)
        self._watched_layer = 0
        self.restart()

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
        check_spec(self.spec)
        self._use(self.spec)
        self._program.compile(FIRST)
        self._knobs_kept: tuple[tuple[Any, ...], Knobs] | None = None
        self._data = device_data(self.spec.dataset, self.spec.seed)
        self._order = BatchOrder(len(self._data.x_train), self.spec.seed)
        self.network = network_of(self.spec, self._structure)
        self._moments = self._program.moments()
        self._first_total = np.inf
        self._loudest_of_run = self.spec.output_precision
        self._direction: Any = None
        self._memories: dict[str, Memory] = {}
        self.learn_step = 0
        self._begin()
        self._first_total = max(float(np.sum(self._last_energies)), SMALLEST_TOTAL)

    @property
    def infer_step(self) -> int:
        """t: completed inference steps of the present relaxation."""
        return self._infer_step

    @property
    def planned_steps(self) -> int:
        """T in force: where `learn` updates the weights."""
        return ALGORITHMS[self._running.algorithm].planned_steps(self._running.n_inference_steps)

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
        return {
            "trajectory_start": self._watched_start[shown_units(self._running.width)],
            "trajectory_layer": np.array([self.watched_layer], np.float32),
            "arrival_step": self.relaxation.arrival,
            "arrival_expected": self._expected_arrival,
            "plan": np.array([self.planned_steps, self.learn_step + (0 if self._opens_second_phase else 1)], np.float32),
            "weight_rms": np.asarray(self._program.weight_rms(self.network.weights))[_layers_of(self._structure, depth)],
        }

    @property
    def activities(self) -> list[Any]:
        """[z_1..z_{L−1}] now, each (batch, width)."""
        return self.network.unstack(self._state.view.activities)

    @property
    def batch(self) -> tuple[Any, Any]:
        """(x, y) of the present learning step."""
        return self._batch.x, self._batch.clamped.y

    @property
    def is_relaxed(self) -> bool:
        """Whether this relaxation is over: T steps done, or settled below the tolerance before."""
        return self.infer_step >= self.planned_steps or self._settled

    def infer(self, n: int = 1, *, until_settled: bool = False) -> Record:
        """`n` inference steps, past T if asked; fewer if one of them diverges. Returns the rows of the new states.

        With `until_settled` the spec's tolerance may end them early, as it does in `learn`. A `SpecError` for an algorithm that
        does not infer.
        """
        self.check_infers()
        self._describe()
        first = self._infer_step + 1
        self._infer(n, until_settled)
        self._describe()
        record = Record.join([part for part in self._records if part.infer_steps[-1] >= first] or self._records[-1:])
        return record if record.infer_steps[0] >= first else record.rows(record.infer_steps >= first)

    def check_infers(self) -> None:
        """Raise a `SpecError` where the algorithm in force has no inference step to do."""
        if not self.moment.infers:
            algorithm = ALGORITHMS[self._running.algorithm]
            raise SpecError(f"{algorithm.course} So there is no inference step to do; a learning step there is.")

    def relax(self, n: int | None = None) -> None:
        """Go on with the relaxation, by default to its end, or till it settles or diverges: `infer` for who reads no record."""
        left = max(self.planned_steps - self._infer_step, 0)
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
        if self._seconds_inferring > LONG_RUN_S:
            self._program.hasten()
        point = self._finished()
        if not ALGORITHMS[self._running.algorithm].learns_while_inferring and not self._changed_weights():
            return None
        self.learn_step += 1
        if self._running != self.spec:
            self._apply_next_step()
        self._begin()
        return point

    def _changed_weights(self) -> bool:
        """Update the weights; False if the first of two phases has just ended and the second begins instead."""
        learner = (self.network, self._moments)
        if self._running.nudging != "centred":
            args = (self.network, self._batch, self._moments, self._state, np.float32(self._rate / self._nudge))
            self.network, self._moments = self._program.update(*args)
            return True
        gradient = self._program.gradient(self.network, self._batch, self._state)
        if self._opens_second_phase:
            self._order.position -= self._running.batch_size
            self._begin(gradient)
            return False
        args = (*learner, self._first_phase, gradient, np.float32(self._running.nudge), np.float32(self._rate))
        self.network, self._moments = self._program.descend_between(*args)
        return True

    def retry(self) -> None:
        """The same learning step and batch again from t = 0, for instance with another rate after a divergence."""
        self._order.position -= self._running.batch_size
        self._begin(self._first_phase)

    # Changes ---------------------------------------------------------------------------------------------------------------

    def change(self, **values: Value) -> Effect:
        """Set controls, and return when they apply.

        "live": from the next inference step; "next_step": from the next learning step; "restart": at once, in a new run of the
        same seed. A bad value raises a `SpecError` and changes nothing.
        """
        spec = self.spec.replace(**values)
        check_spec(spec)
        changed = [n for n in values if getattr(spec, n) != getattr(self.spec, n)]
        controls = ExperimentSpec.controls()
        effects: set[Effect] = {controls[name].effect for name in (changed or values)}
        self.spec = spec
        if not changed:
            return _strongest(effects)
        if "restart" in effects:
            self.restart()
            return "restart"
        live = {name: getattr(spec, name) for name in changed if controls[name].effect == "live"}
        if live:
            self._apply_live(live)
        return _strongest(effects)

    def kick(self, sigma: float, layer: int | None = None) -> None:
        """Add N(0, σ²), once and seeded, to the activities of a hidden layer (by default the watched one)."""
        layer = self.watched_layer if layer is None else layer
        if not 1 <= layer < self._running.depth:
            raise SpecError(f"A kick goes to a hidden layer, 1 to {self._running.depth - 1}; {layer} is not.")
        how = (self._row(layer), np.float32(sigma), np.uint32(self.spec.seed), np.int32(self.learn_step))
        args = (self.network, self._batch, self._knobs, self._state, *how)
        self._state, self._touched = self._program.kick(*args), True
        self._unforeseen()

    @property
    def watched_layer(self) -> int:
        """The hidden layer whose activities are recorded."""
        last = self._running.depth - 1
        return self._watched_layer if 1 <= self._watched_layer <= last else last

    def watch(self, layer: int) -> None:
        """Record the activities of this hidden layer; 0 is the last one.

        The relaxation so far is replayed to record them from t = 0. After a live change within it there is nothing exact to
        replay: then the steps before now are NaN.
        """
        if not 0 <= layer < self._running.depth:
            raise SpecError(f"A watched layer is hidden, 1 to {self._running.depth - 1}, or 0 for the last; {layer} is not.")
        self._watched_layer = layer
        self._watched_row = self._row(self.watched_layer)
        past = self.relaxation
        self._watched_start = self._seen(self._opening)["watched"][0]
        watched = np.full((len(past.infer_steps), self._structure.width), np.nan, np.float32)
        if self._touched or ALGORITHMS[self._running.algorithm].learns_while_inferring:
            watched[-1] = self._seen(self._state)["watched"][0]
        else:
            watched[0], state, tolerance = self._watched_start, self._opening, self._tolerance
            self._tolerance = 0.0  # as many steps as there were, though they may have settled on the way
            for at in range(1, len(watched), MAX_CHUNK):
                state, raw, (done, *_) = self._advanced(state, len(watched) - at)
                watched[at : at + done] = raw["watched"]
            self._tolerance = tolerance
        self._records = [Record(past.learn_step, past.infer_steps, {**past.columns, **trajectory(watched, self._watched_start)})]

    # Slow diagnostics --------------------------------------------------------------------------------------------------------

    def evaluate(self) -> Evaluation:
        """Loss and accuracy on data held out from learning, and accuracy on a part of the training data."""
        data = self._data
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
        if self._direction is None or self._direction.shape != self._start.shape:
            self._direction = jnp.zeros_like(self._start)
        args = (self.network, self._batch, self._direction, np.int32(max_steps))
        curvature, self.stability_residual, self._direction = self._program.stability(*args)
        return self._running.largest_stable_rate(float(curvature))

    @property
    def moment(self) -> Moment:
        """The values in force and the two clocks."""
        return Moment(self._running, self.learn_step, self.infer_step)

    def snapshot(self) -> Snapshot:
        """The run as it is now, for measurements: it stays what it is while the run goes on."""
        return Snapshot(
            spec=self._running,
            network=self.network,
            x=self._batch.x,
            y=self._batch.clamped.y,
            start=self._start,
            state=self._state,
            knobs=self._knobs,
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

    def _comparable_energies(self) -> np.ndarray:
        """The relaxation's energies (t + 1, L) by the weights and the λ in force: NaN where others were in force."""
        energies = self.relaxation.layer_energies.copy()
        energies[-1] = np.asarray(self._state.view.layer_energies)[-self._running.depth :]
        learns = ALGORITHMS[self._running.algorithm].learns_while_inferring
        energies[: self.infer_step if learns else self._comparable_from] = np.nan
        return energies

    def _infer(self, n: int, until_settled: bool) -> None:
        self._tolerance = self._running.tolerance if until_settled else 0.0
        if self._settled and not until_settled:
            self._state, self._settled = replace(self._state, settled=np.bool_(False)), False
        while n > 0 and self.divergence is None and not self._settled:
            self._state, raw, (done, diverged, settled) = self._advanced(self._state, n)
            self._seen_rows.append(raw)
            self._infer_step += int(done)
            self._settled = bool(settled)
            n -= int(done)
            if diverged:
                self.divergence = self._diagnose()

    def _use(self, spec: ExperimentSpec) -> None:
        """Take the shapes, the compiled functions and the knobs of a spec."""
        self._running = spec
        self._structure = structure_of(spec)
        self._seconds_inferring = 0.0
        self._program: Program = program_for(self._structure)

    @property
    def _knobs(self) -> Knobs:
        of = (self._running, self._tolerance, self._first_total)
        if self._knobs_kept is None or self._knobs_kept[0][0] is not of[0] or self._knobs_kept[0][1:] != of[1:]:
            self._knobs_kept = of, jax.device_put(knobs_of(*of))
        return self._knobs_kept[1]

    def _begin(self, first_phase: Any = None) -> None:
        """Open a learning step: next batch, t = 0. `first_phase` is the gradient of the first of two nudged phases."""
        spec = self._running
        self._first_phase = first_phase
        self._loudest = spec.output_precision
        self._nudge = self._signed_nudge()
        self._tolerance = 0.0
        samples = self._order.take(spec.batch_size)
        self._watched_row = self._row(self.watched_layer)
        plan = (np.int32(spec.n_inference_steps), self._watched_row, self._knobs)
        args = (self._data.x_train, self._data.y_train, samples, np.float32(self._nudge), *plan)
        self._batch, self._state, raw, self._loss, target_rms = self._program.open(self.network, *args)
        if (start := self._given_start()) is not None:
            self._state, raw = self._program.begin(self.network, self._batch.clamped, start, *plan)
        self._start = self._state.view.activities
        self._opening, self._touched = self._state, False
        self._comparable_from = 0
        self._expected_arrival = spec.arrival
        raw, self._loss, target_rms, diverged = jax.device_get((raw, self._loss, target_rms, self._state.diverged))
        self._target_rms, self._watched_start = float(target_rms), raw["watched"][0]
        self._records: list[Record] = []
        self._seen_rows, self._infer_step, self._settled = [raw], 0, False
        self.divergence: Divergence | None = None
        if diverged:
            self.divergence = self._diagnose()

    @property
    def _rate(self) -> float:
        """The learning rate as the weights feel it: `param_lr`, scaled if the rule says so."""
        return self._running.effective_param_lr

    def _signed_nudge(self) -> float:
        """The nudge b in y ← u − b (u − y), for the phase that begins; 1 when the output is clamped to the target itself."""
        spec = self._running
        match spec.nudging:
            case "clamped":
                return 1.0
            case "positive":
                return spec.nudge
            case "negative":
                return -spec.nudge
            case "centred_epoch":
                epoch = self._order.position // self._order.n_samples
                return spec.nudge if np.random.default_rng([spec.seed, epoch, 1]).random() < 0.5 else -spec.nudge
            case _:
                return spec.nudge if self._first_phase is None else -spec.nudge

    @property
    def _opens_second_phase(self) -> bool:
        """Whether the end of this relaxation is the first of two phases, so that the same learning step goes on."""
        return self._running.nudging == "centred" and self._first_phase is None

    def _unforeseen(self) -> None:
        """Something moves activities that the error has not reached: when it will be there can no longer be told."""
        expected = self._expected_arrival
        self._expected_arrival = np.where(expected <= self._infer_step, expected, np.nan)

    def _given_start(self) -> Any:
        """The activities at t = 0, unless they are those of the feedforward pass, where BP always is."""
        match self._running.activity_start if ALGORITHMS[self._running.algorithm].infers else "feedforward":
            case "noise":
                return self._program.noise(np.uint32(self.spec.seed), np.int32(self.learn_step))
            case "zero":
                return np.zeros((self._structure.bucket - 1, self._structure.batch_size, self._structure.width), np.float32)
            case _:
                return None

    def _advanced(self, state: State, n: int) -> tuple[State, Columns, np.ndarray]:
        """Up to `n` inference steps from a state, what was seen after each, and the outcome (steps, diverged, settled)."""
        advance, began = self._program.advance, perf_counter()
        args = (self._batch, self._start, self._watched_row, self._knobs, np.float32(self._rate), state, np.int32(n))
        changed, state, raw, outcome = advance(self.network, self._moments, *args)
        if changed is not None:
            self.network, self._moments = changed
        raw, outcome = jax.device_get((raw, outcome))
        self._seconds_inferring += perf_counter() - began
        return state, {name: rows[: outcome[0]] for name, rows in raw.items()}, outcome

    def _seen(self, state: State) -> dict[str, np.ndarray]:
        """One row of record for a state as it is."""
        return jax.device_get(self._program.look(self.network, self._start, self._watched_row, self._knobs, state))

    def _describe(self) -> None:
        """Turn the rows seen since the last time into a record: only when someone looks."""
        if not self._seen_rows:
            return
        raw = {name: np.concatenate([rows[name] for rows in self._seen_rows]) for name in self._seen_rows[0]}
        columns = describe(raw, self._running.depth, self._target_rms, self._structure.n_outputs, self._watched_start)
        steps = np.arange(self._infer_step + 1 - len(raw["watched"]), self._infer_step + 1)
        self._records.append(Record(self.learn_step, steps, columns))
        self._seen_rows = []

    @property
    def _last_energies(self) -> np.ndarray:
        """F_1..F_L at the present state."""
        if not self._seen_rows:
            return self._records[-1].layer_energies[-1]
        return self._seen_rows[-1]["per_layer"][-1, 0, -self._running.depth :]

    def _row(self, layer: int) -> Any:
        return np.int32(self._structure.bucket - self._running.depth + layer - 1)

    def _finished(self) -> LearningPoint:
        energy = self._last_energies.astype(np.float64)
        decades, slope = imbalance(energy[None])[0]
        total, output = float(energy.sum()), float(energy[-1])
        return LearningPoint(
            self.learn_step, float(self._loss), total, output, total - output, float(decades), float(slope)
        )

    def _apply_next_step(self) -> None:
        """Put into force what was changed for the next learning step: weights stay, a new optimiser starts empty."""
        before = self._running
        self._use(self.spec)
        self.network = eqx.tree_at(lambda n: n.kind, self.network, self._structure.kind)
        if self.spec.param_optimiser != before.param_optimiser:
            self._moments = self._program.moments()

    def _apply_live(self, values: dict[str, Value]) -> None:
        before = self._running
        self._running = before.replace(**values)
        self._touched = True
        if self._running.activity_decay != before.activity_decay:
            self._unforeseen()
        unread = OF_THE_STEP | (OF_A_SCHEDULE if self._structure.method.schedule == "ones" else set())
        if values.keys() <= unread:
            return
        if "output_precision" in values:
            # The bounds on divergence are in units of the output energy at the start: they follow its weight upwards, to the
            # largest so far and no further, however often it goes up and down.
            precision = self._running.output_precision
            self.network = eqx.tree_at(lambda n: n.output_precision, self.network, np.float32(precision))
            total = np.float32(float(self._state.initial_total) * max(1.0, precision / self._loudest))
            self._state = eqx.tree_at(lambda s: s.initial_total, self._state, total)
            self._first_total *= max(1.0, precision / self._loudest_of_run)
            self._comparable_from = self.infer_step
            self._loudest, self._loudest_of_run = max(self._loudest, precision), max(self._loudest_of_run, precision)
        args = (self.network, self._batch.clamped, self._knobs, self._state)
        if values.keys() <= unread | {"output_precision", "activity_decay"}:
            decay_change = np.float32(self._running.activity_decay - before.activity_decay)
            self._state = self._program.repull(*args, decay_change)
        else:
            self._state = self._program.refresh(*args)

    def _score(self, x: Any, y: Any) -> tuple[float, float]:
        losses = right = 0.0
        for at in range(0, len(x), EVALUATION_CHUNK):
            part_x, part_y = x[at : at + EVALUATION_CHUNK], y[at : at + EVALUATION_CHUNK]
            count = len(part_x)
            missing = ((0, EVALUATION_CHUNK - count), (0, 0))
            scored = self._program.score(
                self.network, np.pad(part_x, missing), np.pad(part_y, missing), np.int32(count)
            )
            losses, right = losses + float(scored[0]), right + float(scored[1])
        return losses / len(x), right / len(x)

    def _diagnose(self) -> Divergence:
        """Name the layer and the cause of the divergence at the present step."""
        step = (self.learn_step, self.infer_step)
        limit = self.measure_stability() if self.infer_step else float("nan")
        return diagnose(self._running, *step, self.relaxation.layer_energies, limit)


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
