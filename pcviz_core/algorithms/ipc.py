"""Incremental predictive coding: activities and weights move together, at every inference step."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.algorithms.algorithm import Algorithm
from pcviz_core.inference import RULES
from pcviz_core.learning import Moments, descend, direction
from pcviz_core.network import Network
from pcviz_core.relaxation import (
    Clamped,
    Knobs,
    Method,
    Observe,
    Records,
    State,
    empty_records,
    layers_of,
    look,
    may_go_on,
    moved,
    precision_of,
    settings_of,
    write,
)


class IPC(Algorithm):
    """T weight updates per batch: both gradients at (z_t, W_t), then both move. The last activities are discarded."""

    label: ClassVar[str] = "iPC"
    doc: ClassVar[str] = "Incremental PC: the weights change at every inference step, together with the activities."
    learns_while_inferring: ClassVar[bool] = True


def advance_learning(
    network: Network,
    moments: Moments,
    x: Float[Array, "batch inputs"],
    y: Float[Array, "batch outputs"],
    state: State,
    knobs: Knobs,
    rate: Array,
    n: Array,
    *,
    method: Method,
    optimiser: str,
    observe: Observe,
    capacity: int,
) -> tuple[Network, Moments, State, Records, Array]:
    """`relaxation.advance` with a weight update in each step; the schedule's precision weighs both gradients.

    A layer that the error has not reached has no gradient, and its optimiser waits (docs/theory.md §4.4).
    """
    n = jnp.minimum(n, jnp.asarray(capacity, jnp.int32))

    def step(inner: tuple[Any, ...]) -> tuple[Any, ...]:
        network, moments, state, records, done = inner
        state, network, moments = _step(network, moments, x, y, state, knobs, rate, method, optimiser)
        return network, moments, state, write(records, observe(state.view), done), done + 1

    start = (network, moments, state, empty_records(state, observe, capacity), jnp.asarray(0, jnp.int32))
    return jax.lax.while_loop(lambda inner: may_go_on(inner[2], inner[4], n), step, start)


def _step(
    network: Network,
    moments: Moments,
    x: Array,
    y: Array,
    state: State,
    knobs: Knobs,
    rate: Array,
    method: Method,
    optimiser: str,
) -> tuple[State, Network, Moments]:
    view, layers = state.view, layers_of(network)
    precision = precision_of(network, state.t, state.planned_steps, knobs, method)
    weighted = precision[:-1, None, None] * view.errors
    gradient = network.weight_gradient(x, view.activities, weighted, precision[-1] * view.output_error)
    depth = layers[-1]
    reached = (state.disturbed & (layers >= 1)) | (layers >= jnp.maximum(depth - (method.reach or 1) * state.t, 1))
    at_first = jax.lax.dynamic_index_in_dim(reached, network.first, 0, keepdims=True)
    learns = jnp.concatenate([at_first, reached[1:]]).astype(network.dtype)
    along, moments = direction(optimiser, gradient, moments, learns)
    network = eqx.tree_at(lambda net: net.weights, network, descend(network.weights, along, rate))

    clamped, t = Clamped(network.predict_first(x), y), state.t + 1

    def view_at(activities: Array) -> Any:
        return look(network, clamped, activities, t, state.planned_steps, state.disturbed, knobs, method)

    settings = settings_of(network, state, knobs, method)
    activities, memory = RULES[method.rule].move(
        view.activities, view.gradient, state.memory, settings, lambda z: view_at(z).gradient
    )
    return moved(network, state, view_at(activities), memory, knobs), network, moments
