"""What moves a run: functions from its state to its next state. They know no clock, no viewer and no log.

    machine, state, seen = begin(spec, watched)
    state, seen = infer(machine, state, n, watched, until_settled=True)
    machine, state, is_over, seen = update(machine, state, watched)

`seen` is what the observer saw: a row for each new inference step, on the host. `watched` is the hidden layer whose activities it
kept, 0 for the last; it changes no bit of the state.
"""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import numpy as np

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.controls import Value
from pcviz_core.diagnostics import Columns
from pcviz_core.errors import SpecError
from pcviz_core.network import Weights
from pcviz_core.preparation import check_spec, network_of
from pcviz_core.program import FIRST
from pcviz_core.relaxation import SMALLEST_TOTAL
from pcviz_core.run.machine import Machine, signed_nudge
from pcviz_core.run.state import Bounds, Checkpoint, Learner, Opened, RunState
from pcviz_core.spec import ExperimentSpec

OF_THE_STEP = {"activity_lr", "momentum", "tolerance"}
"""Live controls that a step reads when it is made, so that the gradient stays what it is."""
OF_A_SCHEDULE = {"alpha", "schedule_decay", "precision_grid"}
"""Live controls that do nothing where every precision is 1."""
TRIED_WORK = 1.2e9
"""Steps × samples × layers × units² of all tries together: about 0.2 s of one core."""


def begin(spec: ExperimentSpec, watched: int) -> tuple[Machine, RunState, Columns]:
    """A run at k = 0, t = 0."""
    check_spec(spec)
    machine = Machine(spec)
    machine.program.compile(FIRST)
    learner = Learner(network_of(spec, machine.structure), machine.program.moments())
    checkpoint = Checkpoint(spec, spec, learner, 0, 0, np.inf, spec.output_precision, 0)
    state, seen = reopen(machine, checkpoint, watched)
    first_total = max(float(np.sum(last_energies(seen, spec.depth))), SMALLEST_TOTAL)
    return machine, replace(state, bounds=state.bounds._replace(first_total=first_total)), seen


def reopen(machine: Machine, checkpoint: Checkpoint, watched: int) -> tuple[RunState, Columns]:
    """The run of a checkpoint, at t = 0 of its learning step."""
    spec = checkpoint.spec
    bounds = Bounds(checkpoint.first_total, checkpoint.loudest_of_run, spec.output_precision)
    return _opened(machine, spec, checkpoint.learner, checkpoint.learn_step, checkpoint.samples_taken, bounds, None, watched)


def checkpoint_of(state: RunState, origin: ExperimentSpec, ordinal: int) -> Checkpoint:
    """What this learning step's first t = 0 can be made again from."""
    opened, bounds = state.opened, state.bounds
    when = (state.learn_step, opened.samples_taken, bounds.first_total, bounds.loudest_of_run)
    return Checkpoint(origin, state.running, opened.learner, *when, ordinal)


def is_relaxed(state: RunState) -> bool:
    """Whether this relaxation is over: T steps done, or settled below the tolerance before."""
    return state.infer_step >= state.running.planned_steps or state.settled


def infer(machine: Machine, state: RunState, n: int, watched: int, *, until_settled: bool) -> tuple[RunState, list[Columns]]:
    """Up to `n` inference steps, past T if asked; fewer if one of them diverges or, with `until_settled`, has settled."""
    tolerance = state.running.tolerance if until_settled else 0.0
    if state.settled and not until_settled:
        state = replace(state, relaxation=replace(state.relaxation, settled=np.bool_(False)), settled=False)
    seen, row = [], machine.watched_row(state.running, watched)
    while n > 0 and not (state.diverged or state.settled):
        changed, relaxation, raw, (done, diverged, settled) = machine.advanced(state, tolerance, row, n)
        state = replace(
            state,
            learner=state.learner if changed is None else Learner(*changed),
            relaxation=relaxation,
            infer_step=state.infer_step + int(done),
            diverged=bool(diverged),
            settled=bool(settled),
        )
        seen.append(raw)
        n -= int(done)
    return state, seen


def update(machine: Machine, state: RunState, watched: int) -> tuple[Machine, RunState, bool, Columns]:
    """Change the weights by the errors at the present activities, and open the next learning step at t = 0.

    After the first of two nudged phases it opens the second, at t = 0 of the same learning step. The third value says whether
    the learning step is over.
    """
    spec, opened, program = state.running, state.opened, machine.program
    learner = state.learner
    if not ALGORITHMS[spec.algorithm].learns_while_inferring:
        rate = np.float32(spec.effective_param_lr)
        if spec.nudging != "centred":
            rate = np.float32(spec.effective_param_lr / opened.nudge)
            learner = Learner(*program.update(learner.network, opened.batch, learner.moments, state.relaxation, rate))
        else:
            gradient = program.gradient(learner.network, opened.batch, state.relaxation)
            if state.opens_second_phase:
                second, seen = _again(machine, state, gradient, watched)
                return machine, second, False, seen
            nudge = np.float32(spec.nudge)
            learner = Learner(*program.descend_between(*learner, opened.first_phase, gradient, nudge, rate))
    samples_taken = opened.samples_taken + spec.batch_size
    if state.wanted != spec:
        machine, learner = _next_values(state, learner)
        spec = state.wanted
    bounds = state.bounds._replace(loudest=spec.output_precision)
    state, seen = _opened(machine, spec, learner, state.learn_step + 1, samples_taken, bounds, None, watched)
    return machine, state, True, seen


def retry(machine: Machine, state: RunState, watched: int) -> tuple[RunState, Columns]:
    """The same learning step, phase and batch again from t = 0, with the weights of then and the values of now."""
    return _again(machine, replace(state, learner=state.opened.learner), state.opened.first_phase, watched)


def holds(machine: Machine, state: RunState, activity_lr: float) -> bool:
    """Whether the present learning step at another activity rate, again from its t = 0, goes as far as planned or as it is now.

    A try: nothing of the run changes.
    """
    n = max(state.infer_step, state.running.planned_steps)
    again, _ = retry(machine, replace(state, running=state.running.replace(activity_lr=activity_lr)), 0)
    again, _ = infer(machine, again, n, 0, until_settled=True)
    return not again.diverged


def tries(state: RunState) -> int:
    """How often a relaxation like the present one may be tried without a person waiting for it."""
    spec = state.running
    steps = max(state.infer_step, spec.planned_steps)
    return int(TRIED_WORK / (steps * spec.batch_size * spec.depth * spec.width**2))


def kick(machine: Machine, state: RunState, sigma: float, layer: int) -> RunState:
    """Add N(0, σ²), drawn from seed, k and t, to the activities of a hidden layer."""
    depth = state.running.depth
    if not 1 <= layer < depth:
        raise SpecError(f"A kick goes to a hidden layer, 1 to {depth - 1}; {layer} is not.")
    how = (machine.row_of(depth, layer), np.float32(sigma), np.uint32(state.running.seed), np.int32(state.learn_step))
    kicked = machine.program.kick(state.network, state.opened.batch, machine.knobs_at(state), state.relaxation, *how)
    return _unforeseen(replace(state, relaxation=kicked, touched=True))


def change(machine: Machine, state: RunState, wanted: ExperimentSpec, live: dict[str, Value]) -> RunState:
    """The run with these values wanted: the `live` ones from the next inference step, the others from the next learning step."""
    state = replace(state, wanted=wanted)
    if not live:
        return state
    before = state.running
    state = replace(state, running=before.replace(**live), touched=True)
    if state.running.activity_decay != before.activity_decay:
        state = _unforeseen(state)
    unread = OF_THE_STEP | (OF_A_SCHEDULE if machine.structure.method.schedule == "ones" else set())
    if live.keys() <= unread:
        return state
    if "output_precision" in live:
        state = _louder(state)
    args = (state.network, state.opened.batch.clamped, machine.knobs_at(state), state.relaxation)
    if live.keys() <= unread | {"output_precision", "activity_decay"}:
        decay_change = np.float32(state.running.activity_decay - before.activity_decay)
        return replace(state, relaxation=machine.program.repull(*args, decay_change))
    return replace(state, relaxation=machine.program.refresh(*args))


def last_energies(seen: Columns, depth: int) -> np.ndarray:
    """F_1..F_L of the last row seen."""
    return seen["per_layer"][-1, 0, -depth:]


def _unforeseen(state: RunState) -> RunState:
    """Something moves activities that the error has not reached: when it will be there can no longer be told."""
    return replace(state, arrival=np.where(state.arrival <= state.infer_step, state.arrival, np.nan))


def _louder(state: RunState) -> RunState:
    """The run under another output precision.

    The bounds on divergence are in units of the output energy at the start: they follow its weight upwards, to the largest so far
    and no further, however often it goes up and down.
    """
    precision, bounds = state.running.output_precision, state.bounds
    network = eqx.tree_at(lambda n: n.output_precision, state.network, np.float32(precision))
    total = np.float32(float(state.relaxation.initial_total) * max(1.0, precision / bounds.loudest))
    bounds = Bounds(
        first_total=bounds.first_total * max(1.0, precision / bounds.loudest_of_run),
        loudest_of_run=max(bounds.loudest_of_run, precision),
        loudest=max(bounds.loudest, precision),
    )
    return replace(
        state,
        learner=state.learner._replace(network=network),
        relaxation=eqx.tree_at(lambda s: s.initial_total, state.relaxation, total),
        bounds=bounds,
        comparable_from=state.infer_step,
    )


def _next_values(state: RunState, learner: Learner) -> tuple[Machine, Learner]:
    """What was changed for the next learning step: weights stay, a new optimiser starts empty."""
    machine = Machine(state.wanted)
    network = eqx.tree_at(lambda n: n.kind, learner.network, machine.structure.kind)
    fresh = state.wanted.param_optimiser != state.running.param_optimiser
    return machine, Learner(network, machine.program.moments() if fresh else learner.moments)


def _again(machine: Machine, state: RunState, first_phase: Weights | None, watched: int) -> tuple[RunState, Columns]:
    """The same learning step and batch from t = 0."""
    spec, opened = state.running, state.opened
    # λ may have been moved since t = 0: it is of the values, not of what was learnt.
    network = eqx.tree_at(lambda n: n.output_precision, state.network, np.float32(spec.output_precision))
    learner = state.learner._replace(network=network)
    bounds = state.bounds._replace(loudest=spec.output_precision)
    again, seen = _opened(machine, spec, learner, state.learn_step, opened.samples_taken, bounds, first_phase, watched)
    return replace(again, wanted=state.wanted), seen


def _opened(
    machine: Machine,
    spec: ExperimentSpec,
    learner: Learner,
    learn_step: int,
    samples_taken: int,
    bounds: Bounds,
    first_phase: Weights | None,
    watched: int,
) -> tuple[RunState, Columns]:
    """Open a learning step: its batch, t = 0."""
    data, program = machine.data, machine.program
    nudge = signed_nudge(spec, samples_taken, len(data.x_train), second_phase=first_phase is not None)
    plan = (np.int32(spec.n_inference_steps), machine.watched_row(spec, watched), machine.knobs(spec, 0.0, bounds.first_total))
    args = (data.x_train, data.y_train, machine.samples(spec, samples_taken), np.float32(nudge), *plan)
    batch, relaxation, seen, loss, target_rms = program.open(learner.network, *args)
    if (start := _given_start(machine, spec, learn_step)) is not None:
        relaxation, seen = program.begin(learner.network, batch.clamped, start, *plan)
    seen, loss, target_rms, diverged = jax.device_get((seen, loss, target_rms, relaxation.diverged))
    opened = Opened(learner, samples_taken, first_phase, nudge, batch, relaxation, float(loss), float(target_rms))
    state = RunState(spec, spec, learner, learn_step, opened, relaxation, bounds, spec.arrival, diverged=bool(diverged))
    return state, seen


def _given_start(machine: Machine, spec: ExperimentSpec, learn_step: int) -> Any:
    """The activities at t = 0, unless they are those of the feedforward pass, where BP always is."""
    match spec.activity_start if ALGORITHMS[spec.algorithm].infers else "feedforward":
        case "noise":
            return machine.program.noise(np.uint32(spec.seed), np.int32(learn_step))
        case "zero":
            s = machine.structure
            return np.zeros((s.bucket - 1, s.batch_size, s.width), np.float32)
        case _:
            return None
