"""One inference step and the loop around it: how activities relax to explain an input and a target. Read this first.

Each layer predicts the one above it; ε_l = z_l − p_l is what it got wrong. Inference lowers the energy F = Σ ½‖ε_l‖² by moving
every hidden activity at once, z_l ← z_l − β g_l, with weights, input and target fixed. From a feedforward start only the output
is wrong, and the error travels one layer further back at each step: after t steps it is exactly 0 below layer L − t.

`advance` is the one loop of the engine. Its number of steps, the depth, the rates and the start are traced, so none of them
recompiles, and n steps at once are the same bits as n calls of one. It can work in slices of rows that grow from the output:
while the error is within the last m rows, the rows before need no work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from pcviz_core.inference import RULES, Settings
from pcviz_core.network import Network, Outputs, Rows, View
from pcviz_core.schedules import SCHEDULES, Grid, Moment

LAYER_BOUND = 100.0
"""A layer has diverged when its energy passes this many times the total at t = 0 of its relaxation."""
RUN_BOUND = 1e6
"""A run has diverged when its total energy passes this many times the run's first."""
SMALLEST_TOTAL = 1e-6
"""The total at t = 0 is taken as at least this, so that a solved batch is not called a divergence."""

Records = dict[str, Float[Array, "steps ..."]]
Observe = Callable[[View], dict[str, Float[Array, "..."]]]


@dataclass(frozen=True, slots=True)
class Method:
    """What a step is compiled for: the rule that moves the activities and the schedule of precisions."""

    rule: str = "gradient_descent"
    schedule: str = "ones"

    @property
    def reach(self) -> int | None:
        """Layers that the error can travel in one step; None if all."""
        return RULES[self.rule].reach


class Clamped(eqx.Module):
    """What a relaxation holds fixed: the prediction of layer 1 (of x by W_1) and the target."""

    first_prediction: Float[Array, "batch width"]
    y: Outputs


class Knobs(eqx.Module):
    """What a person may change between two inference steps: arrays of fixed shapes, so that no change recompiles."""

    activity_lr: Float[Array, ""]
    momentum: Float[Array, ""]
    activity_decay: Float[Array, ""]
    alpha: Float[Array, ""]
    decay_rate: Float[Array, ""]
    tolerance: Float[Array, ""]
    """Rms of the activity gradient below which a relaxation has settled; 0 is never."""
    first_total: Float[Array, ""]
    """Total energy at the run's first t = 0, for the divergence bound; infinite before there is one."""
    precision_grid: Grid
    """What the custom schedule reads."""


class State(eqx.Module):
    """A relaxation under way: the view of its activities at t, and what it remembers of its start."""

    view: View
    memory: Any
    """What the rule remembers, with rows as the activities; zero at t = 0."""
    t: Int[Array, ""]
    planned_steps: Int[Array, ""]
    """T as it was at t = 0: schedules are laid out over it."""
    initial_total: Float[Array, ""]
    disturbed: Bool[Array, ""]
    """Whether rows ahead of the error may have moved (another start, decay, a kick): then every row is worked on."""
    diverged: Bool[Array, ""]
    settled: Bool[Array, ""]


Step = Callable[[Network, Clamped, State, Knobs, Method], State]
"""One inference step of an algorithm."""


def begin(
    network: Network,
    clamped: Clamped,
    activities: Rows,
    planned_steps: Array,
    knobs: Knobs,
    method: Method,
    *,
    fed: bool,
    follows_error: bool = True,
) -> State:
    """The state at t = 0 from starting activities; `fed` says that they are those of the feedforward pass.

    Unless `follows_error`, or where the rule or a decay moves rows that the error has not reached, every row is worked on.
    """
    zero = jnp.asarray(0, jnp.int32)
    if fed:
        follows = jnp.asarray(follows_error and method.reach is not None)
        disturbed = ~follows | (knobs.activity_decay > 0)
        precision = precision_of(network, zero, planned_steps, knobs, method)
        view = network.feedforward_view(activities, clamped.y, precision, knobs.activity_decay)
    else:
        disturbed = jnp.asarray(True)
        view = look(network, clamped, activities, zero, planned_steps, disturbed, knobs, method)
    total = jnp.sum(view.layer_energies)
    diverged = has_diverged(view.layer_energies, total, knobs.first_total)
    memory = RULES[method.rule].start(activities)
    return State(view, memory, zero, planned_steps, total, disturbed, diverged, is_settled(network, view, knobs))


def refresh(network: Network, clamped: Clamped, state: State, knobs: Knobs, method: Method) -> State:
    """The same activities and errors under changed knobs or output precision, so that the next step already follows them."""
    disturbed = state.disturbed | (knobs.activity_decay > 0)
    precision = precision_of(network, state.t, state.planned_steps, knobs, method)
    view = network.reweighted(state.view, clamped.y, precision, knobs.activity_decay)
    return eqx.tree_at(lambda s: (s.view, s.disturbed), state, (view, disturbed))


def repull(network: Network, clamped: Clamped, state: State, knobs: Knobs, method: Method, decay_change: Array) -> State:
    """`refresh` where only the output precision and the decay, by `decay_change`, are others."""
    disturbed = state.disturbed | (knobs.activity_decay > 0)
    precision = precision_of(network, state.t, state.planned_steps, knobs, method)
    view = network.repulled(state.view, clamped.y, precision, knobs.activity_decay, decay_change)
    return eqx.tree_at(lambda s: (s.view, s.disturbed), state, (view, disturbed))


def infer_step(network: Network, clamped: Clamped, state: State, knobs: Knobs, method: Method) -> State:
    """One inference step: every activity follows its own gradient, z_l ← z_l − β g_l; then look again."""

    def look_at(activities: Rows, t: Array) -> View:
        return look(network, clamped, activities, t, state.planned_steps, state.disturbed, knobs, method)

    settings = settings_of(network, state, knobs, method)
    z, g = state.view.activities, state.view.gradient
    activities, memory = RULES[method.rule].move(z, g, state.memory, settings, lambda z: look_at(z, state.t + 1).gradient)
    return moved(network, state, look_at(activities, state.t + 1), memory, knobs)


def settings_of(network: Network, state: State, knobs: Knobs, method: Method) -> Settings:
    """What the rule is told at this step: each row's rate, the momentum, t."""
    rate = SCHEDULES[method.schedule].rate(
        layers_of(network)[:-1], state.t, depth_of(network), knobs.activity_lr, knobs.alpha
    )
    return Settings(rate[:, None, None], knobs.momentum, state.t)


def moved(network: Network, state: State, view: View, memory: Any, knobs: Knobs) -> State:
    """The state one step later, with what the step has led to."""
    diverged = has_diverged(view.layer_energies, state.initial_total, knobs.first_total)
    settled = is_settled(network, view, knobs)
    return eqx.tree_at(
        lambda s: (s.view, s.memory, s.t, s.diverged, s.settled), state, (view, memory, state.t + 1, diverged, settled)
    )


def is_settled(network: Network, view: View, knobs: Knobs) -> Array:
    """Whether the activity gradient's rms over all hidden units is below the tolerance.

    The activities' own norm, which other code tests, says nothing about equilibrium.
    """
    _, batch, width = view.gradient.shape
    units = ((depth_of(network) - 1) * batch * width).astype(view.gradient.dtype)
    squares = jnp.einsum("lbn,lbn->l", view.gradient, view.gradient)
    # Of real rows alone: a plain sum would be merged with the observer's into one that squares the gradient twice.
    total = jnp.sum(jnp.where(layers_of(network)[:-1] >= 1, squares, 0.0))
    return total < knobs.tolerance**2 * units


def has_diverged(layer_energies: Array, initial_total: Array, first_total: Array) -> Array:
    """Whether any layer is non-finite or beyond `LAYER_BOUND`, or the total beyond `RUN_BOUND`."""
    reference = jnp.maximum(initial_total, SMALLEST_TOTAL)
    within = (layer_energies <= LAYER_BOUND * reference) & jnp.isfinite(layer_energies)
    total = jnp.sum(layer_energies)
    return ~(jnp.all(within) & (total <= RUN_BOUND * first_total))


def advance(
    network: Network,
    clamped: Clamped,
    state: State,
    knobs: Knobs,
    n: Array,
    *,
    method: Method,
    observe: Observe,
    capacity: int,
    step: Step = infer_step,
    sizes: Sequence[int] = (),
) -> tuple[State, Records, Array]:
    """Up to `n` inference steps, at most `capacity`; stops by itself at the step that diverges.

    `sizes` are those of the slices to work in, as `slices` gives them; by default it works on the whole stack. Returns the
    state, what `observe` saw after each step (row i after the (i + 1)-th), and the number of steps done.
    """
    n = jnp.minimum(n, jnp.asarray(capacity, jnp.int32))
    disturbed = state.disturbed | (knobs.activity_decay > 0)
    state = eqx.tree_at(lambda s: s.disturbed, state, disturbed)
    sizes = sizes or (network.rows,)
    records = starting_records(state, observe, capacity) if len(sizes) > 1 else empty_records(state, observe, capacity)
    carry = (state, records, jnp.asarray(0, jnp.int32))
    for m in sizes:
        carry = _advance_slice(network, clamped, carry, knobs, n, m, method, observe, step)
    return carry


def starting_records(state: State, observe: Observe, capacity: int) -> Records:
    """Records for `capacity` steps, filled with what is seen now.

    Rows ahead of the error stay as they are, so that is what they show at every step that leaves them out.
    """
    return jax.tree.map(lambda now: jnp.broadcast_to(now, (capacity, *now.shape)), observe(state.view))


def empty_records(state: State, observe: Observe, capacity: int) -> Records:
    """Records for `capacity` steps that all write every layer: zeros."""
    seen = jax.eval_shape(observe, state.view)
    return jax.tree.map(lambda leaf: jnp.zeros((capacity, *leaf.shape), leaf.dtype), seen)


def may_go_on(state: State, done: Array, n: Array) -> Array:
    """Whether there are steps left to do and the run has neither diverged nor settled."""
    return (done < n) & ~state.diverged & ~state.settled


def slices(rows: int) -> list[int]:
    """Sizes of the slices: quarters of the stack, so that compile time does not grow with depth. They change no bit of a run."""
    return sorted({max(1, -(-rows * quarter // 4)) for quarter in (1, 2, 3, 4)}) if rows >= 8 else [rows]


def _advance_slice(
    network: Network,
    clamped: Clamped,
    carry: tuple[State, Records, Array],
    knobs: Knobs,
    n: Array,
    m: int,
    method: Method,
    observe: Observe,
    infer_step: Step,
) -> tuple[State, Records, Array]:
    whole, records, done = carry

    def moving(state: State) -> Any:
        return state.view, state.memory

    tail = network.tail(m)
    # Its lowest row may not be a real one: that is summed in another order, and the same run would have other last digits.
    covers = tail.first > 0 if m < network.rows else jnp.asarray(True)

    def may_step(inner: tuple[State, Records, Array]) -> Array:
        state, _, done = inner
        within = covers | (~state.disturbed & ((method.reach or 1) * (state.t + 1) < m))
        return within & may_go_on(state, done, n)

    def step(inner: tuple[State, Records, Array]) -> tuple[State, Records, Array]:
        state, records, done = inner
        state = infer_step(tail, clamped, state, knobs, method)
        return state, write(records, observe(state.view), done), done + 1

    part = eqx.tree_at(moving, whole, (_tail_view(whole.view, m), jax.tree.map(lambda leaf: leaf[-m:], whole.memory)))
    part, records, done = jax.lax.while_loop(may_step, step, (part, records, done))
    memory = jax.tree.map(_over, whole.memory, part.memory)
    return eqx.tree_at(moving, part, (_join(whole.view, part.view), memory)), records, done


def look(
    network: Network,
    clamped: Clamped,
    activities: Rows,
    t: Array,
    planned_steps: Array,
    disturbed: Array,
    knobs: Knobs,
    method: Method,
) -> View:
    """The view at time t, with the schedule's precision, and errors of exactly 0 where none can have arrived."""
    depth, layers = depth_of(network), layers_of(network)
    precision = precision_of(network, t, planned_steps, knobs, method)
    real = layers[:-1] >= 1
    reached = (real & (disturbed | (layers[:-1] >= depth - (method.reach or 1) * t))).astype(activities.dtype)
    return network.view(activities, clamped.first_prediction, clamped.y, precision, reached, knobs.activity_decay)


def precision_of(network: Network, t: Array, planned_steps: Array, knobs: Knobs, method: Method) -> Float[Array, " layers"]:
    """The schedule's π_l(t) for each row and then the output."""
    layers, depth = layers_of(network), depth_of(network)
    moment = Moment(layers, t, depth, planned_steps, knobs.alpha, knobs.decay_rate, knobs.precision_grid)
    return SCHEDULES[method.schedule].precision(moment)


def precision_rows(
    network: Network, first_step: Array, count: int, planned_steps: Array, knobs: Knobs, method: Method
) -> Float[Array, "steps layers"]:
    """π_l(t) at `count` steps from `first_step` on, of every layer: also of those that a slice leaves out."""
    steps = first_step + jnp.arange(count, dtype=jnp.int32)
    return jax.vmap(lambda t: precision_of(network, t, planned_steps, knobs, method))(steps)


def depth_of(network: Network) -> Array:
    """L as data, also for a tail."""
    return network.rows - network.first + 1


def layers_of(network: Network) -> Array:
    """The layer number of each row and then of the output; padding has numbers below 1."""
    return jnp.arange(network.rows + 1, dtype=jnp.int32) - network.first + 1


def _tail_view(view: View, m: int) -> View:
    cut = view.activities.shape[0] - m
    lowest = view.lowest_error if cut == 0 else view.block_errors[cut - 1]
    return View(
        view.activities[cut:],
        lowest,
        view.block_errors[cut:],
        view.output_error,
        view.gradient[cut:],
        view.layer_energies[cut:],
    )


def _join(whole: View, part: View) -> View:
    if part.activities.shape == whole.activities.shape:
        return part
    return View(
        _over(whole.activities, part.activities),
        whole.lowest_error,
        _over(whole.block_errors, part.errors),
        part.output_error,
        _over(whole.gradient, part.gradient),
        _over(whole.layer_energies, part.layer_energies),
    )


def _over(old: Array, new: Array) -> Array:
    # Not joined: that would copy the whole, and once for every slice.
    return jax.lax.dynamic_update_slice_in_dim(old, new, old.shape[0] - new.shape[0], 0)


def write(records: Records, row: Any, index: Array) -> Records:
    """Put a slice's row at the output end of the full row: layers that the slice leaves out keep their values."""

    def put(full: Array, values: Array) -> Array:
        column = jnp.asarray(full.shape[-1] - values.shape[-1], jnp.int32)
        start = (index, *[jnp.zeros((), jnp.int32)] * (values.ndim - 1), column)
        return jax.lax.dynamic_update_slice(full, values[None], start)

    return {name: put(full, row[name]) for name, full in records.items()}
