"""How long learning takes to leave the origin: predictive coding, its exact equilibrium and backpropagation from one start.

Linear networks with multipliers 1, no skips and λ = 1 (arXiv 2408.11979; docs/theory.md §3.6). All three follow batch means of
½-squared energies at one rate, so that none is faster by its normalisation alone.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pcviz_core import arguments
from pcviz_core.errors import PcvizError
from pcviz_core.network import Network, Outputs, Rows, View, Weights
from pcviz_core.theory.equilibrium import equilibrium_rows
from pcviz_core.theory.linear import plain_network

_BUCKET = 5
"""Depths up to this share what is compiled."""


class EscapeRace(NamedTuple):
    """The feedforward loss after k = 0, 1, … weight updates, on that step's batch; (seeds, steps) each.

    `pc` follows the energy's gradient after a fixed number of inference steps, `equilibrium` that of F*, `bp` that of the loss.
    A contender that diverges is not finite from there on.
    """

    pc: np.ndarray
    equilibrium: np.ndarray
    bp: np.ndarray

    def steps_below(self, loss: Any) -> "EscapeRace":
        """Weight updates until the loss is first below this, by seed; NaN where it never is."""
        with np.errstate(invalid="ignore"):
            below = [curve < loss for curve in self]
        return EscapeRace(*(np.where(each.any(axis=1), each.argmax(axis=1), np.nan) for each in below))


def escape_race(
    depth: int,
    width: int,
    x: Any,
    y: Any,
    *,
    n_steps: int,
    seeds: Any = (0,),
    init_std: float = 0.05,
    param_lr: float = 0.4,
    n_inference_steps: int = 20,
    activity_lr: float = 0.1,
) -> EscapeRace:
    """The race of the three from the same weights N(0, init_std²), one start for each seed.

    x (batch, inputs) and y (batch, outputs) serve at every step; with two more axes before, (seeds, steps, batch, inputs), each
    seed has its own batch at each step. `n_inference_steps` of gradient descent at the per-sample rate `activity_lr` start from
    the feedforward pass. Compiled once for all depths up to 5 (then for each), whatever the rates.

    Raises:
        PcvizError: if the depth is below 2, or x and y do not go together.
    """
    if depth < 2:
        raise PcvizError(f"`depth` is a whole number from 2; {depth!r} is not.")
    x, y = arguments.array("x", x), arguments.array("y", y)
    seeds = jnp.atleast_1d(jnp.asarray(seeds))
    if x.ndim not in (2, 4) or x.shape[:-1] != y.shape[:-1] or 0 in (*x.shape, *y.shape):
        raise PcvizError(
            "`x` and `y` are (batch, …) for all steps, or (seeds, steps, batch, …); "
            f"they have the shapes {x.shape} and {y.shape}."
        )
    if x.ndim == 4 and x.shape[:2] != (len(seeds), n_steps):
        raise PcvizError(f"`x` has batches for {x.shape[:2]} seeds and steps, where {(len(seeds), n_steps)} are wanted.")
    start = jax.vmap(lambda seed: draw_start(seed, depth, width, x.shape[-1], y.shape[-1], x.dtype))(seeds)
    start = jax.tree.map(lambda draws: init_std * draws, start)
    first = jnp.asarray(max(_BUCKET - depth, 0), jnp.int32)
    numbers = (*(jnp.asarray(rate, x.dtype) for rate in (param_lr, activity_lr)), jnp.asarray(n_inference_steps, jnp.int32))
    curves = _race(start, first, x, y, *numbers, n_steps=n_steps, own_batches=x.ndim == 4)
    return EscapeRace(*(np.asarray(curve) for curve in curves))


def chain_batches(n_steps: int, seeds: Any, batch_size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """The data of the paper's chains, fresh at each step: x ~ N(1, 0.1²), y = −x, each (seeds, steps, 1, 1).

    In a linear network a batch is its second moments: one sample of x² = ⟨x²⟩ stands for the batch.
    """
    seeds = np.atleast_1d(np.asarray(seeds))
    draws = [np.random.default_rng([int(seed), 2]).normal(1, 0.1, (n_steps, batch_size)) for seed in seeds]
    x = np.sqrt(np.mean(np.square(draws), axis=-1))[..., None, None]
    return x, -x


def draw_start(seed: Array, depth: int, width: int, n_inputs: int, n_outputs: int, dtype: Any) -> Weights:
    """Standard normal weights, padded at the input end to what is compiled for."""
    embed, blocks, readout = jax.random.split(jax.random.key(seed), 3)
    real = jax.random.normal(blocks, (depth - 2, width, width), dtype)
    return Weights(
        jax.random.normal(embed, (width, n_inputs), dtype),
        jnp.concatenate([jnp.zeros((max(_BUCKET - depth, 0), width, width), dtype), real]),
        jax.random.normal(readout, (n_outputs, width), dtype),
    )


Way = Callable[[Network, View, Float[Array, "batch width"], Outputs], tuple[Rows, Rows, Outputs]]
"""From the feedforward pass to what the weight gradient is made of: activities, errors and the output error."""


@partial(jax.jit, static_argnames=("n_steps", "own_batches"))
def _race(
    start: Weights, first: Array, x: Array, y: Array, param_lr: Array, activity_lr: Array, n_inference_steps: Array,
    *, n_steps: int, own_batches: bool,
) -> tuple[Array, ...]:  # fmt: skip
    def relaxed(net: Network, view: View, below: Array, y: Outputs) -> tuple[Rows, Rows, Outputs]:
        step = lambda _, z: z - activity_lr * net.view(z, below, y).gradient  # noqa: E731
        return _errors_at(net, jax.lax.fori_loop(0, n_inference_steps, step, view.activities), below, y)

    def of_seed(start: Weights, x: Array, y: Array) -> tuple[Array, ...]:
        def learn(runs: list[Weights], batch: tuple[Array, Array] | None) -> tuple[list[Weights], tuple[Array, ...]]:
            now = (x, y) if batch is None else batch
            taught = [_taught(plain_network(run, first), *now, way) for run, way in zip(runs, ways, strict=True)]
            losses, gradients = zip(*taught, strict=True)
            descend = lambda w, g: w - param_lr * g  # noqa: E731
            return [jax.tree.map(descend, *pair) for pair in zip(runs, gradients, strict=True)], losses

        ways: list[Way] = [relaxed, _at_equilibrium, _backprop]
        return jax.lax.scan(learn, [start] * len(ways), (x, y) if own_batches else None, length=n_steps)[1]

    data_axis = 0 if own_batches else None
    return jax.vmap(of_seed, in_axes=(0, data_axis, data_axis))(start, x, y)


def _taught(net: Network, x: Array, y: Array, way: Way) -> tuple[Array, Weights]:
    """The loss, and the weights' gradient that one of the ways gives."""
    below = net.predict_first(x)
    view = net.view(net.feedforward_rows(x), below, y)
    return view.layer_energies[-1], net.weight_gradient(x, *way(net, view, below, y))


def _errors_at(net: Network, activities: Rows, below: Array, y: Outputs) -> tuple[Rows, Rows, Outputs]:
    view = net.view(activities, below, y)
    return view.activities, view.errors, view.output_error


def _at_equilibrium(net: Network, view: View, below: Array, y: Outputs) -> tuple[Rows, Rows, Outputs]:
    return _errors_at(net, equilibrium_rows(net, below, y).activities, below, y)


def _backprop(net: Network, view: View, below: Array, y: Outputs) -> tuple[Rows, Rows, Outputs]:
    return view.activities, net.backprop_errors(view.activities, view.output_error), view.output_error
