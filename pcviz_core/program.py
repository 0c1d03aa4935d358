"""The compiled functions of a run, one set for each shape.

Everything that a person moves while the run goes on is an argument here; what is in `Structure` changes shapes or code and
needs a new set. Sets are compiled ahead of time, in any thread, and kept: going back to a shape costs nothing.
"""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import ShapeDtypeStruct as Shaped

from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.algorithms.algorithm import forward_update
from pcviz_core.algorithms.ipc import advance_learning
from pcviz_core.diagnostics import observer
from pcviz_core.grids import GRID_SHAPE
from pcviz_core.learning import Moments, descend, direction, start_optimiser
from pcviz_core.network import Biases, Kind, Network, Weights
from pcviz_core.parameterisations import READOUT, normal_rows, shaped
from pcviz_core.relaxation import Clamped, Knobs, Method, Records, State, advance, begin, precision_rows, refresh
from pcviz_core.schedules import Grid
from pcviz_core.theory.stability import largest_curvature, starting_vectors

BUCKETS = (8, 16, 32, 64, 128, 256)
"""Depths for which a step is compiled: a network of any depth up to that runs in it, padded."""
MAX_CHUNK = 64
"""Inference steps in one call of `advance`: the rows that its record holds."""
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


class Batch(NamedTuple):
    """The samples of one learning step and what a relaxation holds fixed of them."""

    x: Any
    clamped: Clamped


class Program:
    """The compiled functions of one structure. Attributes are callables; `compile` makes them ready."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self._locks = {name: Lock() for name in FUNCTIONS}
        self._ready: dict[str, Callable[..., Any]] = {}

    def compile(self, names: tuple[str, ...] | None = None) -> None:
        """Compile the functions of these names, by default those that a run needs to move; a second time costs nothing."""
        missing = [name for name in names or CORE if name not in self._ready]
        if missing:
            with ThreadPoolExecutor(_COMPILERS) as compilers:
                list(compilers.map(self._compiled, missing))

    def is_compiled(self) -> bool:
        """Whether a run of this structure can start without compiling."""
        return all(name in self._ready for name in CORE)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        return self._compiled(name)

    def _compiled(self, name: str) -> Callable[..., Any]:
        if (ready := self._ready.get(name)) is None:
            with self._locks[name]:
                if (ready := self._ready.get(name)) is None:
                    function = FUNCTIONS[name]
                    traced = jax.jit(lambda *args: function(self.structure, *args))
                    ready = traced.lower(*self._shapes[name]).compile(compiler_options=_compiler_options(name))
                    self._ready[name] = ready
        return ready

    @cached_property
    def _shapes(self) -> dict[str, tuple[Any, ...]]:
        """The abstract arguments of every function, each from what the one before it returns."""
        s, real, whole = self.structure, Shaped((), jnp.float32), Shaped((), jnp.int32)
        numbers: dict[str, Any] = {field.name: real for field in fields(Knobs)}
        grid: Any = (Shaped(GRID_SHAPE, jnp.float32), whole)
        knobs: Any = Knobs(**{**numbers, "precision_grid": Grid(*grid)})
        data = (Shaped((s.n_train, s.n_inputs), jnp.float32), Shaped((s.n_train, s.n_outputs), jnp.float32))
        key = jax.eval_shape(lambda: jax.random.key(0))
        scales = Shaped((3,), jnp.float32)
        draw = (key, whole, scales, Shaped((), jnp.bool_), scales, real, real)
        network = self._returns("draw", *draw)
        moments = self._returns("start_optimiser", network.weights)
        activities = Shaped((s.bucket - 1, s.batch_size, s.width), jnp.float32)
        begin_args = (network, knobs, *data, Shaped((s.batch_size,), jnp.int32), whole, Shaped((), jnp.bool_), activities, real)
        batch, state, start, _ = self._returns("begin", *begin_args)
        gradient = self._returns("gradient", network, batch, state)
        chunk = (Shaped((EVALUATION_CHUNK, s.n_inputs), jnp.float32), Shaped((EVALUATION_CHUNK, s.n_outputs), jnp.float32))
        return {
            "draw": draw,
            "start_optimiser": (network.weights,),
            "begin": begin_args,
            "noise": (key,),
            "advance": (network, moments, batch, start, whole, knobs, real, state, whole),
            "look": (network, start, whole, knobs, state),
            "update": (network, batch, moments, state, real),
            "gradient": (network, batch, state),
            "descend": (network, moments, gradient, real),
            "refresh": (network, batch.clamped, knobs, state),
            "kick": (network, batch.clamped, knobs, state, whole, real, key),
            "weight_rms": (network.weights,),
            "score": (network, *chunk, whole),
            "stability": (network, batch, start, whole),
        }

    def _returns(self, name: str, *args: Any) -> Any:
        return eqx.filter_eval_shape(lambda *a: FUNCTIONS[name](self.structure, *a), *args)


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
    # Without fusion emitters XLA's CPU compiler takes a third less time, and the step is no slower (docs/performance.md).
    options: dict[str, str | bool] = {"xla_cpu_use_fusion_emitters": False}
    # Weights are drawn once a run: to optimise that would take longer than it could ever save.
    return {**options, "xla_backend_optimization_level": "0"} if name == "draw" else options


_KEPT = 24
_COMPILERS = 2
_lock = Lock()
_programs: OrderedDict[Structure, Program] = OrderedDict()


# The functions ----------------------------------------------------------------------------------------------------------


def _draw(
    s: Structure, key: Any, depth: Any, spreads: Any, uniform: Any, multipliers: Any, skip: Any, output_precision: Any
) -> Network:
    """Draw the weights of a network of `depth`, padded to the bucket.

    `spreads` multiply the draws of W_1, the blocks and W_L, which are normal or uniform; `multipliers` are a_1, a_l, a_L.
    """
    first = s.bucket - depth
    layers = jnp.arange(2, s.bucket) - first
    real = (layers >= 2).astype(jnp.float32)
    layer_of = [jnp.ones((1,), jnp.int32), jnp.maximum(layers, 0), jnp.full((1,), READOUT)]
    sizes = [s.width] * (s.bucket - 1) + [s.n_outputs]
    # One draw for all rows, as wide as the widest: the generator is the slowest thing to compile here.
    layer, row = np.repeat(np.arange(s.bucket), sizes), np.concatenate([np.arange(size) for size in sizes])
    drawn = normal_rows(key, jnp.concatenate(layer_of)[layer], jnp.asarray(row), max(s.width, s.n_inputs))
    drawn = shaped(drawn, uniform)
    weights = Weights(
        spreads[0] * drawn[: s.width, : s.n_inputs],
        spreads[1] * drawn[s.width : -s.n_outputs, : s.width].reshape(s.bucket - 2, s.width, s.width),
        spreads[2] * drawn[-s.n_outputs :, : s.width],
        Biases(jnp.zeros(s.width), jnp.zeros((s.bucket - 2, s.width)), jnp.zeros(s.n_outputs)) if s.bias else None,
    )
    return Network(
        weights=weights,
        embed_scale=multipliers[0],
        block_scale=multipliers[1] * real,
        readout_scale=multipliers[2],
        block_skip=skip * real,
        first=jnp.asarray(first, jnp.int32),
        output_precision=output_precision,
        kind=s.kind,
    )


def _start_optimiser(s: Structure, weights: Weights) -> Moments:
    return start_optimiser(s.param_optimiser, weights)


def _begin(
    s: Structure,
    network: Network,
    knobs: Knobs,
    xs: Any,
    ys: Any,
    samples: Any,
    planned_steps: Any,
    fed: Any,
    start: Any,
    nudge: Any,
) -> tuple[Batch, State, Any, Any]:
    """The next batch, its relaxation at t = 0 from the feedforward pass (if `fed`) or from `start`, and the feedforward loss.

    `nudge` b clamps the output to u − b (u − y), u the feedforward output; b = 1 is the target itself. Returns batch, state,
    starting activities, loss.
    """
    x, target = xs[samples], ys[samples]
    feedforward = network.feedforward_rows(x)
    output = network.predict_output(feedforward[-1])
    y = jnp.where(nudge == 1, target, output - nudge * (output - target))
    clamped = Clamped(network.predict_first(x), y)
    real = (jnp.arange(network.rows) >= network.first)[:, None, None]
    activities = jnp.where(fed, feedforward, jnp.where(real, start, 0.0))
    disturbed = ~fed if ALGORITHMS[s.algorithm].follows_error else jnp.asarray(True)
    state = begin(network, clamped, activities, planned_steps, disturbed, knobs, s.method)
    loss = network.output_energy(output, target)
    return Batch(x, clamped), state, activities, loss


def _noise(s: Structure, key: Any) -> Any:
    """Standard normal activities, each layer's drawn by its distance from the output: padding does not change them."""
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
) -> tuple[tuple[Network, Moments] | None, State, Records, Any]:
    """Up to `n` inference steps: (network and moments if they have changed, state, what was seen, how many)."""
    algorithm, observe = ALGORITHMS[s.algorithm], observer(watched_row, start)
    precision = precision_rows(network, state.t + 1, MAX_CHUNK, state.planned_steps, knobs, s.method)
    how: dict[str, Any] = {"method": s.method, "observe": observe, "capacity": MAX_CHUNK}
    if algorithm.learns_while_inferring:
        learner = (network, moments, batch.x, batch.clamped.y)
        network, moments, state, seen, done = advance_learning(
            *learner, state, knobs, param_lr, n, optimiser=s.param_optimiser, **how
        )
        return (network, moments), state, {**seen, "precision": precision}, done
    state, seen, done = advance(network, batch.clamped, state, knobs, n, step=algorithm.step, **how)
    return None, state, {**seen, "precision": precision}, done


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


def _refresh(s: Structure, network: Network, clamped: Clamped, knobs: Knobs, state: State) -> State:
    return refresh(network, clamped, state, knobs, s.method)


def _kick(
    s: Structure, network: Network, clamped: Clamped, knobs: Knobs, state: State, row: Any, sigma: Any, key: Any
) -> State:
    """Add N(0, σ²) to one layer's activities; from then on every row is worked on."""
    z = state.view.activities
    z = z.at[row].add(sigma * jax.random.normal(key, z.shape[1:]))
    kicked = eqx.tree_at(lambda st: (st.view.activities, st.disturbed), state, (z, jnp.asarray(True)))
    return refresh(network, clamped, kicked, knobs, s.method)


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
    "draw": _draw,
    "start_optimiser": _start_optimiser,
    "begin": _begin,
    "noise": _noise,
    "advance": _advance,
    "look": _look,
    "update": _update,
    "gradient": _gradient,
    "descend": _descend,
    "refresh": _refresh,
    "kick": _kick,
    "weight_rms": _weight_rms,
    "score": _score,
    "stability": _stability,
}
FIRST = ("advance", "draw", "begin", "start_optimiser", "look")
"""What a first result needs; the slowest to compile comes first, so that the others are done beside it."""
CORE = (*FIRST, "update", "refresh", "weight_rms")
"""What a run needs to move."""
LATER = tuple(name for name in FUNCTIONS if name not in CORE)
"""What a run may want once it moves; compiled when first wanted, unless someone has had it compiled before."""
