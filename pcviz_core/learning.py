"""How weights follow their gradient: the optimisers, layer by layer, so that one layer can wait while others move."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from pcviz_core.network import Biases, Weights

OPTIMISERS = {"sgd": optax.identity, "adam": optax.scale_by_adam}
"""Directions without a rate: the rate is a number that a person moves while the run goes on."""

Moments = Any
"""One optimiser state for W_1, a stack of them for the blocks, one for W_L."""


def start_optimiser(name: str, weights: Weights) -> Moments:
    """Empty moments for these weights."""
    optimiser = OPTIMISERS[name]()
    embed, blocks, readout = _split(weights)
    return optimiser.init(embed), jax.vmap(optimiser.init)(blocks), optimiser.init(readout)


def direction(
    name: str, gradient: Weights, moments: Moments, learns: Float[Array, " blocks_and_two"] | None = None
) -> tuple[Weights, Moments]:
    """The direction to descend, and the moments after it.

    `learns`, if given, is 0 for layers that wait, as W_1, the blocks, W_L: their direction is 0 and their moments stay.
    """
    optimiser = OPTIMISERS[name]()
    old = moments
    with jax.numpy_dtype_promotion("standard"):  # optax counts its steps in int32 and raises a float to that power
        embed, blocks, readout = (
            update(part, state)
            for update, part, state in zip(
                (optimiser.update, jax.vmap(optimiser.update), optimiser.update), _split(gradient), moments, strict=True
            )
        )
    directions, moments = (embed[0], blocks[0], readout[0]), (embed[1], blocks[1], readout[1])
    if learns is not None:
        which = learns[0], learns[1:-1], learns[-1]
        directions = tuple(_choose(w, d, jax.tree.map(jnp.zeros_like, d)) for w, d in zip(which, directions, strict=True))
        moments = tuple(_choose(w, new, kept) for w, new, kept in zip(which, moments, old, strict=True))
    return _merge(*directions), moments


def descend(weights: Weights, along: Weights, rate: Array) -> Weights:
    """The weights after one step: w − rate · direction."""
    return jax.tree.map(lambda w, d: w - rate * d, weights, along)


def _choose(which: Array, new: Any, old: Any) -> Any:
    def pick(a: Array, b: Array) -> Array:
        return jnp.where(which.reshape(which.shape + (1,) * (a.ndim - which.ndim)) > 0, a, b)

    return jax.tree.map(pick, new, old)


def _split(weights: Weights) -> tuple[Any, Any, Any]:
    b = weights.biases
    if b is None:
        return (weights.embed,), (weights.blocks,), (weights.readout,)
    return (weights.embed, b.embed), (weights.blocks, b.blocks), (weights.readout, b.readout)


def _merge(embed: Any, blocks: Any, readout: Any) -> Weights:
    biases = Biases(embed[1], blocks[1], readout[1]) if len(embed) > 1 else None
    return Weights(embed[0], blocks[0], readout[0], biases)
