"""Small random networks with their data, and how far two answers are apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pcviz_core import Network
from pcviz_core.parameterisations import PARAMETERISATIONS

LINEAR_FAMILY = list(product(PARAMETERISATIONS, (False, True), (0.7, 2.0), (0.3, 2.5)))
"""(parameterisation, skip, gamma, output precision): every kind of linear network that a closed form covers."""


@contextmanager
def without_optimising() -> Iterator[None]:
    """What is compiled inside is compiled fast, to run slowly."""
    jax.config.update("jax_disable_most_optimizations", True)
    try:
        yield
    finally:
        jax.config.update("jax_disable_most_optimizations", False)


def draw_weights(
    seed: int, parameterisation: str, *, depth: int = 6, width: int = 8, n_inputs: int = 4, n_outputs: int = 3
) -> list[np.ndarray]:
    """Float64 weights [W_1..W_L] under the law of a parameterisation."""
    rng = np.random.default_rng(seed)
    row = PARAMETERISATIONS[parameterisation]
    shapes = [(width, n_inputs), *[(width, width)] * (depth - 2), (n_outputs, width)]
    return [np.asarray(row.weights(jnp.asarray(rng.normal(size=shape)), shape[1])) for shape in shapes]


def draw_network(
    seed: int,
    parameterisation: str = "mupc",
    *,
    skip: bool = False,
    depth: int = 6,
    width: int = 8,
    n_inputs: int = 4,
    n_outputs: int = 3,
    **choices: Any,
) -> Network:
    """A network of random weights; `choices` are those of `Network.from_weights`."""
    weights = draw_weights(seed, parameterisation, depth=depth, width=width, n_inputs=n_inputs, n_outputs=n_outputs)
    return Network.from_weights(weights, parameterisation=parameterisation, skip=skip, **choices)


def draw_batch(seed: int, net: Network, batch: int = 5, *, one_hot: bool = False) -> tuple[jax.Array, jax.Array]:
    """Standard normal inputs, and standard normal or one-hot targets."""
    rng = np.random.default_rng([seed, 1])
    n_outputs, n_inputs = net.weights.readout.shape[0], net.weights.embed.shape[1]
    x = jnp.asarray(rng.normal(size=(batch, n_inputs)), net.dtype)
    targets = np.eye(n_outputs)[rng.integers(n_outputs, size=batch)] if one_hot else rng.normal(size=(batch, n_outputs))
    return x, jnp.asarray(targets, net.dtype)


def draw_activities(seed: int, net: Network, batch: int = 5) -> list[jax.Array]:
    """Standard normal activities: far from any equilibrium."""
    rng = np.random.default_rng([seed, 2])
    return [jnp.asarray(rng.normal(size=(batch, net.width)), net.dtype) for _ in range(net.depth - 1)]


def flat(arrays: Any) -> np.ndarray:
    """All entries of a list of arrays as one vector."""
    return np.concatenate([np.ravel(np.asarray(array)) for array in arrays])


def distance(actual: Any, expected: Any) -> float:
    """‖actual − expected‖ / ‖expected‖ over everything in two lists of arrays."""
    return float(np.linalg.norm(flat(actual) - flat(expected)) / np.linalg.norm(flat(expected)))


def cosine(a: Any, b: Any) -> float:
    """The cosine of the angle between two lists of arrays."""
    return float(flat(a) @ flat(b) / (np.linalg.norm(flat(a)) * np.linalg.norm(flat(b))))


def padded(net: Network, rows: int) -> Network:
    """The same network in a stack with `rows` more rows at the input end, as the engine holds it: their weights are noise."""
    noise, none = np.random.default_rng(0).normal(size=(rows, net.width, net.width)), jnp.zeros(rows)
    blocks = jnp.concatenate([jnp.asarray(noise), net.weights.blocks])
    return eqx.tree_at(
        lambda n: (n.weights.blocks, n.block_scale, n.block_skip, n.first),
        net,
        (blocks, jnp.concatenate([none, net.block_scale]), jnp.concatenate([none, net.block_skip]), net.first + rows),
    )
