"""Activation functions φ. All have φ(0) = 0, which keeps padded layers at rest."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Activation(NamedTuple):
    """One φ and how a person reads it. Where the slope of φ jumps it has a kink, and minima of the energy come to lie there."""

    label: str
    doc: str
    function: Callable[[jax.Array], jax.Array]
    has_kink: bool = False


def _leaky_relu(z: jax.Array) -> jax.Array:
    return jnp.where(z > 0, z, 0.01 * z)


def _gelu(z: jax.Array) -> jax.Array:
    return jax.nn.gelu(z, approximate=True)


ACTIVATIONS = {
    "linear": Activation("linear", "φ(z) = z: every closed form applies.", lambda z: z),
    "tanh": Activation("tanh", "φ(z) = tanh z.", jnp.tanh),
    "relu": Activation("ReLU", "φ(z) = max(z, 0).", jax.nn.relu, has_kink=True),
    "leaky_relu": Activation("leaky ReLU", "φ(z) = z above 0, 0.01 z below.", _leaky_relu, has_kink=True),
    "gelu": Activation("GELU", "The tanh approximation of z Φ(z).", _gelu),
    "silu": Activation("SiLU", "φ(z) = z / (1 + exp(−z)).", jax.nn.silu),
}
