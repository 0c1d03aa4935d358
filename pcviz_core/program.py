"""The compiled functions of a run, one set for each shape.

Everything that a person moves while the run goes on is an argument here; what is in `Structure` changes shapes or code and
needs a new set. Sets are compiled ahead of time, in any thread, and kept: going back to a shape costs nothing.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from threading import Lock, Thread
from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import ShapeDtypeStruct as Shaped

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.algorithms.algorithm import forward_update
from pcviz_core.algorithms.ipc import advance_learning
from pcviz_core.diagnostics import observer
from pcviz_core.draws import drawer
from pcviz_core.grids import GRID_SHAPE
from pcviz_core.learning import Moments, descend, direction, start_optimiser
from pcviz_core.network import Biases, Kind, Network, Weights
from pcviz_core.relaxation import (
    Clamped,
    Knobs,
    Method,
    Records,
    State,
    advance,
    begin,
    look,
    precision_rows,
    refresh,
    repull,
    slices,
)
from pcviz_core.schedules import Grid
from pcviz_core.theory.stability import largest_curvature, starting_vectors

BUCKETS = (8, 16, 32, 64, 128, 256)
"""Depths for which a step is compiled: a network of any depth up to that runs in it, padded."""
MAX_CHUNK = 64
"""Inference steps in one call of `advance`: the rows that its record holds."""
SMALLEST_SLICE = 8192
"""Activities that the smallest slice must have for slices to be used: in much smaller ones XLA sums in another order."""
EVALUATION_CHUNK = 256
STABILITY_TOLERANCE = 1e-2
"""Relative residual at which the live stability limit is good enough; the error of the limit is about its square."""


def bucket(depth: int) -> int:
    """The compiled depth that serves a network of `depth`: a function of depth alone."""
    return next(size for size in BUCKETS if size >= depth)


@dataclass(frozen=True, slots=True)
class Structure:
    """What a compiled set depends on."""

    n_inputs: int
    n_outputs: int
    width: int
    bucket: int
    batch_size: int
    n_train: int
    kind: Kind
    bias: bool
    algorithm: str
    method: Method
    param_optimiser: str
    weight_rule: str

    @property
    def largest_matrix(self) -> tuple[int, int]:
        """(out, in) that no weight matrix exceeds."""
        return max(self.width, self.n_outputs), max(self.width, self.n_inputs)


class Batch(NamedTuple):
    """The samples of one learning step and what a relaxation holds fixed of them."""

    x: Any
    clamped: Clamped


class Program:
    """The compiled functions of one structure. Attributes are callables; `compile` makes them ready."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self._locks = {name: Lock() for name in ("draw", *FUNCTIONS)}
        self._ready: dict[str, Callable[..., Any]] = {}
        self._traces: dict[str, Any] = {}
        self._hastened = False

    def compile(self, names: Sequence[str]) -> None:
        """Compile the functions of these names; a second time costs nothing."""
        missing = [name for name in self._wanted(names) if name not in self._ready]
        if missing:
            with ThreadPoolExecutor(_COMPILERS) as compilers:
                list(compilers.map(self._compiled, missing))

    def compile_next(self, names: Sequence[str]) -> bool:
        """Compile the first of these that is not ready; whether there was one."""
        missing = next((name for name in self._wanted(names) if name not in self._ready), None)
        if missing is not None:
            self._compiled(missing)
        return missing is not None

    def is_compiled(self, names: Sequence[str]) -> bool:
        """Whether all of these are ready."""
        return all(name in self._ready for name in self._wanted(names))

    @property
    def advance(self) -> Callable[..., Any]:
        """Up to `n` inference steps. The step in slices takes three times as long to compile as the step on the whole stack.

        On the CPU both give the same bits, so that a first result need not wait for the slices.
        """
        return self._ready.get("advance_in_slices") or self._compiled(*self._wanted(("advance",)))

    def hasten(self) -> None:
        """Compile the step in slices, in a thread of its own, unless someone has begun to."""
        if self._has_slices and not self._hastened and not self._locks["advance_in_slices"].locked():
            self._hastened = True
            Thread(target=self._compiled, args=("advance_in_slices",), name="slices", daemon=False).start()

    def moments(self) -> Moments:
        """An optimiser's moments before its first step: zeros, which need no compiling."""
        return jax.device_put(jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), self._shapes["descend_between"][1]))

    @property
    def _has_slices(self) -> bool:
        s, sizes = self.structure, slices(self.structure.bucket - 1)
        algorithm = ALGORITHMS[s.algorithm]
        follows = algorithm.follows_error and not algorithm.learns_while_inferring and s.method.reach is not None
        return follows and len(sizes) > 1 and (sizes[0] - 1) * s.batch_size * s.width >= SMALLEST_SLICE

    def _wanted(self, names: Sequence[str]) -> list[str]:
        """These functions as this structure has them: elsewhere than on the CPU the bits of the two steps may differ."""
        in_slices = self._has_slices and jax.default_backend() != "cpu"
        names = ["advance_in_slices" if name == "advance" and in_slices else name for name in names]
        return [name for name in names if name != "advance_in_slices" or self._has_slices]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        return self._compiled(name)

    def _compiled(self, name: str) -> Callable[..., Any]:
        if (ready := self._ready.get(name)) is None:
            with self._locks[name]:
                if (ready := self._ready.get(name)) is None:
                    ready = self._ready[name] = self._compile(name)
        return ready

    def _compile(self, name: str) -> Callable[..., Any]:
        if name == "draw":
            return drawer(*self.structure.largest_matrix)
        return self._traced(name, self._shapes[name]).lower().compile(compiler_options=_compiler_options(name))

    @cached_property
    def _shapes(self) -> dict[str, tuple[Any, ...]]:
        """The abstract arguments of every function."""
        s, real, whole = self.structure, Shaped((), jnp.float32), Shaped((), jnp.int32)
        numbers: dict[str, Any] = {field.name: real for field in fields(Knobs)}
        grid: Any = (Shaped(GRID_SHAPE, jnp.float32), whole)
        knobs: Any = Knobs(**{**numbers, "precision_grid": Grid(*grid)})
        seed = Shaped((), jnp.uint32)
        network = _shapes_of_network(s)
        moments = jax.eval_shape(lambda weights: start_optimiser(s.param_optimiser, weights), network.weights)
        activities = Shaped((s.bucket - 1, s.batch_size, s.width), jnp.float32)
        data = (Shaped((s.n_train, s.n_inputs), jnp.float32), Shaped((s.n_train, s.n_outputs), jnp.float32))
        open_args = (network, *data, Shaped((s.batch_size,), jnp.int32), real, whole, whole, knobs)
        batch, state, *_ = self._traced("open", open_args).out_info
        chunk = (Shaped((EVALUATION_CHUNK, s.n_inputs), jnp.float32), Shaped((EVALUATION_CHUNK, s.n_outputs), jnp.float32))
        advance_args = (network, moments, batch, activities, whole, knobs, real, state, whole)
        return {
            "open": open_args,
            "begin": (network, batch.clamped, activities, whole, whole, knobs),
            "noise": (seed, whole),
            "advance": advance_args,
            "advance_in_slices": advance_args,
            "look": (network, activities, whole, knobs, state),
            "update": (network, batch, moments, state, real),
            "gradient": (network, batch, state),
            "descend_between": (network, moments, network.weights, network.weights, real, real),
            "refresh": (network, batch.clamped, knobs, state),
            "repull": (network, batch.clamped, knobs, state, real),
            "kick": (network, batch, knobs, state, whole, real, seed, whole),
            "weight_rms": (network.weights,),
            "score": (network, *chunk, whole),
            "stability": (network, batch, activities, whole),
        }

    def _traced(self, name: str, args: tuple[Any, ...]) -> Any:
        if (traced := self._traces.get(name)) is None:
            function = FUNCTIONS[name]
            traced = self._traces[name] = jax.jit(lambda *args: function(self.structure, *args)).trace(*args)
        return traced


def _shapes_of_network(s: Structure) -> Network:
    def real(*shape: int) -> Any:
        return Shaped(shape, jnp.float32)

    blocks = s.bucket - 2
    biases = Biases(real(s.width), real(blocks, s.width), real(s.n_outputs)) if s.bias else None
    return Network(
        weights=Weights(real(s.width, s.n_inputs), real(blocks, s.width, s.width), real(s.n_outputs, s.width), biases),
        embed_scale=real(),
        block_scale=real(blocks),
        readout_scale=real(),
        block_skip=real(blocks),
        first=Shaped((), jnp.int32),  # pyright: ignore[reportArgumentType]
        output_precision=real(),
        kind=s.kind,
    )


def program_for(structure: Structure) -> Program:
    """The one `Program` of a structure; the least recently used ones are forgotten beyond a few."""
    with _lock:
        program = _programs.pop(structure, None) or Program(structure)
        _programs[structure] = program
        while len(_programs) > _KEPT:
            _programs.popitem(last=False)
        return program


def _compiler_options(name: str) -> dict[str, str | bool]:
    if jax.default_backend() != "cpu":
        return {}
    # Without fusion emitters XLA's CPU compiler takes half the time, and the step is quicker (docs/performance.md). Code in one
    # part, because functions are compiled side by side.
    options: dict[str, str | bool] = {"xla_cpu_use_fusion_emitters": False, "xla_cpu_parallel_codegen_split_count": "1"}
    return options | {"xla_backend_optimization_level": _LEVELS[name]} if name in _LEVELS else options


_LEVELS = {"open": "1"}
"""Levels of optimisation where less than the full one costs no time: there the products are all."""
_KEPT = 24
_COMPILERS = 2
_lock = Lock()
_programs: OrderedDict[Structure, Program] = OrderedDict()


# The functions ----------------------------------------------------------------------------------------------------------


def _open(
    s: Structure,
    network: Network,
    xs: Any,
    ys: Any,
    samples: Any,
    nudge: Any,
    planned_steps: Any,
    watched_row: Any,
    knobs: Knobs,
) -> tuple[Batch, State, Records, Any, Any]:
    """The next batch, and its relaxation at t = 0 from the feedforward pass.

    `nudge` b clamps the output to u − b (u − y), u the feedforward output; b = 1 is the target itself. Returns the batch, the
    state, its row of record, the feedforward loss, and the rms of what the output is held at.
    """
    x, target = xs[samples], ys[samples]
    activities = network.feedforward_rows(x)
    output = network.predict_output(activities[-1])
    y = jnp.where(nudge == 1, target, output - nudge * (output - target))
    batch = Batch(x, Clamped(network.predict_first(x), y))
    follows = ALGORITHMS[s.algorithm].follows_error
    state = begin(network, batch.clamped, activities, planned_steps, knobs, s.method, fed=True, follows_error=follows)
    seen = _look(s, network, activities, watched_row, knobs, state)
    return batch, state, seen, network.output_energy(output, target), jnp.sqrt(jnp.mean(jnp.square(y)))


def _begin(
    s: Structure, network: Network, clamped: Clamped, start: Any, planned_steps: Any, watched_row: Any, knobs: Knobs
) -> tuple[State, Records]:
    """The relaxation at t = 0 from other activities, and its row of record."""
    real = (jnp.arange(network.rows) >= network.first)[:, None, None]
    state = begin(network, clamped, jnp.where(real, start, 0.0), planned_steps, knobs, s.method, fed=False)
    return state, _look(s, network, state.view.activities, watched_row, knobs, state)


def _noise(s: Structure, seed: Any, learn_step: Any) -> Any:
    """Standard normal activities, each layer's drawn by its distance from the output: padding does not change them."""
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), 1), learn_step)
    distance = jnp.arange(s.bucket - 1, 0, -1)
    return jax.vmap(lambda d: jax.random.normal(jax.random.fold_in(key, d), (s.batch_size, s.width)))(distance)


def _advance(
    s: Structure,
    network: Network,
    moments: Moments,
    batch: Batch,
    start: Any,
    watched_row: Any,
    knobs: Knobs,
    param_lr: Any,
    state: State,
    n: Any,
    sizes: Sequence[int] = (),
) -> tuple[tuple[Network, Moments] | None, State, Records, Any]:
    """Up to `n` inference steps: (network and moments if they have changed, state, what was seen, outcome).

    The outcome is three whole numbers: how many steps were done, whether it has diverged, whether it has settled.
    """
    algorithm, observe = ALGORITHMS[s.algorithm], observer(watched_row, start)
    precision = precision_rows(network, state.t + 1, MAX_CHUNK, state.planned_steps, knobs, s.method)
    how: dict[str, Any] = {"method": s.method, "observe": observe, "capacity": MAX_CHUNK}
    if algorithm.learns_while_inferring:
        learner = (network, moments, batch.x, batch.clamped.y)
        network, moments, state, seen, done = advance_learning(
            *learner, state, knobs, param_lr, n, optimiser=s.param_optimiser, **how
        )
        return (network, moments), state, {**seen, "precision": precision}, _outcome(state, done)
    state, seen, done = advance(network, batch.clamped, state, knobs, n, step=algorithm.step, sizes=sizes, **how)
    return None, state, {**seen, "precision": precision}, _outcome(state, done)


def _outcome(state: State, done: Any) -> Any:
    return jnp.stack([done, state.diverged.astype(done.dtype), state.settled.astype(done.dtype)])


def _advance_in_slices(s: Structure, *args: Any) -> tuple[tuple[Network, Moments] | None, State, Records, Any]:
    return _advance(s, *args, sizes=slices(s.bucket - 1))


def _look(s: Structure, network: Network, start: Any, watched_row: Any, knobs: Knobs, state: State) -> Records:
    """One row of record for the state as it is."""
    seen = {name: row[None] for name, row in observer(watched_row, start)(state.view).items()}
    return {**seen, "precision": precision_rows(network, state.t, 1, state.planned_steps, knobs, s.method)}


def _update(
    s: Structure, network: Network, batch: Batch, moments: Moments, state: State, param_lr: Any
) -> tuple[Network, Moments]:
    """One weight update from the errors at the present activities."""
    return _descend(s, network, moments, _gradient(s, network, batch, state), param_lr)


def _gradient(s: Structure, network: Network, batch: Batch, state: State) -> Weights:
    """What the weights learn from at the present activities, by the algorithm and the weight rule."""
    taught = ALGORITHMS[s.algorithm].teach(network, state)
    if s.weight_rule == "forward_update":
        taught = forward_update(network, batch.x, batch.clamped.y, state.view.activities)
    return network.weight_gradient(batch.x, *taught)


def _descend(s: Structure, network: Network, moments: Moments, gradient: Weights, param_lr: Any) -> tuple[Network, Moments]:
    along, moments = direction(s.param_optimiser, gradient, moments)
    return eqx.tree_at(lambda n: n.weights, network, descend(network.weights, along, param_lr)), moments


def _descend_between(
    s: Structure, network: Network, moments: Moments, plus: Weights, minus: Weights, nudge: Any, param_lr: Any
) -> tuple[Network, Moments]:
    """One weight update from the gradients of two phases, nudged by b and by −b: (g₊ − g₋) / 2b."""
    return _descend(s, network, moments, jax.tree.map(lambda p, m: 0.5 / nudge * (p - m), plus, minus), param_lr)


def _refresh(s: Structure, network: Network, clamped: Clamped, knobs: Knobs, state: State) -> State:
    return refresh(network, clamped, state, knobs, s.method)


def _repull(s: Structure, network: Network, clamped: Clamped, knobs: Knobs, state: State, decay_change: Any) -> State:
    return repull(network, clamped, state, knobs, s.method, decay_change)


def _kick(
    s: Structure, network: Network, batch: Batch, knobs: Knobs, state: State, row: Any, sigma: Any, seed: Any, learn_step: Any
) -> State:
    """Add N(0, σ²) to one layer's activities; from then on every row is worked on."""
    key = jax.random.fold_in(jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), 2), learn_step), state.t)
    z = state.view.activities
    z = z.at[row].add(sigma * jax.random.normal(key, z.shape[1:]))
    every, clamped = jnp.asarray(True), Clamped(network.predict_first(batch.x), batch.clamped.y)
    view = look(network, clamped, z, state.t, state.planned_steps, every, knobs, s.method)
    return eqx.tree_at(lambda st: (st.view, st.disturbed), state, (view, every))


def _weight_rms(s: Structure, weights: Weights) -> Any:
    """Rms of W_1, each stacked block, W_L."""
    rms = [jnp.sqrt(jnp.mean(weights.embed**2))[None], jnp.sqrt(jnp.mean(weights.blocks**2, (1, 2)))]
    return jnp.concatenate([*rms, jnp.sqrt(jnp.mean(weights.readout**2))[None]])


def _score(s: Structure, network: Network, x: Any, y: Any, count: Any) -> tuple[Any, Any]:
    """(loss, right answers) summed over the first `count` samples of a chunk, by a feedforward pass."""
    prediction = network.predict_output(network.feedforward_rows(x)[-1])
    real = (jnp.arange(len(x)) < count).astype(x.dtype)
    losses = jax.vmap(lambda p, t: network.output_energy(p[None], t[None]))(prediction, y)
    right = (jnp.argmax(prediction, -1) == jnp.argmax(y, -1)).astype(x.dtype)
    return jnp.sum(losses * real), jnp.sum(right * real)


def _stability(s: Structure, network: Network, batch: Batch, direction: Any, max_steps: Any) -> tuple[Any, Any, Any]:
    """Largest |λ| of the algorithm's Hessian over the batch at its feedforward point, relative residual, and direction.

    `direction` is the last answer's, so that a call goes on where the one before stopped; 0 starts afresh.
    """
    fresh = jnp.all(direction == 0)
    direction = jnp.where(fresh, starting_vectors(network, s.batch_size), direction)
    field = ALGORITHMS[s.algorithm].gradient_field(network, batch.clamped)
    pair = largest_curvature(field, direction, STABILITY_TOLERANCE, max_steps)
    worst = jnp.argmax(pair.value)
    return pair.value[worst], pair.residual[worst] / pair.value[worst], pair.vector


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "open": _open,
    "begin": _begin,
    "noise": _noise,
    "advance": _advance,
    "advance_in_slices": _advance_in_slices,
    "look": _look,
    "update": _update,
    "gradient": _gradient,
    "descend_between": _descend_between,
    "refresh": _refresh,
    "repull": _repull,
    "kick": _kick,
    "weight_rms": _weight_rms,
    "score": _score,
    "stability": _stability,
}
FIRST = ("advance", "open", "draw")
"""What a first result needs; the slowest to compile comes first, so that the others are done beside it."""
CORE = (*FIRST, "update", "repull", "weight_rms")
"""What a run needs to move."""
RESCHEDULED = ("refresh",)
"""What live changes of a schedule need besides."""
STARTED = ("begin", "noise")
"""What a run needs besides that does not start at the feedforward pass."""
IN_PHASES = ("gradient", "descend_between")
"""What two nudged phases need besides."""
Stage = Literal["diagnostics", "long run"]
STAGES: dict[Stage, tuple[str, ...]] = {
    "diagnostics": ("stability", "score", "look", "kick", *RESCHEDULED, *IN_PHASES, *STARTED),
    "long run": ("advance_in_slices",),
}
"""What a run may want once it moves; compiled when first wanted, unless someone has had it compiled before."""
