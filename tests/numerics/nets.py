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
from pcviz_core.parameterisations import PARAMETERISATIONS, Exponents, parameterisation_of, shaped

NAMED = [name for name in PARAMETERISATIONS if name != "custom"]
LINEAR_FAMILY = list(product(NAMED, (False, True), (0.7, 2.0), (0.3, 2.5)))
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
    seed: int,
    parameterisation: str,
    *,
    depth: int = 6,
    width: int = 8,
    n_inputs: int = 4,
    n_outputs: int = 3,
    exponents: Exponents | None = None,
) -> list[np.ndarray]:
    """Float64 weights [W_1..W_L] under the law of a parameterisation."""
    rng = np.random.default_rng(seed)
    row = parameterisation_of(parameterisation, exponents)
    shapes = [(width, n_inputs), *[(width, width)] * (depth - 2), (n_outputs, width)]
    embed, block, readout = row.spreads(n_inputs, width)
    spreads = [embed, *[block] * (depth - 2), readout]
    draws = (rng.normal(size=shape) for shape in shapes)
    if row.distribution == "uniform":
        draws = (np.asarray(shaped(jnp.asarray(draw), True)) for draw in draws)
    return [spread * draw for spread, draw in zip(spreads, draws, strict=True)]


def draw_network(
    seed: int,
    parameterisation: str = "mupc",
    *,
    skip: bool = False,
    depth: int = 6,
    width: int = 8,
    n_inputs: int = 4,
    n_outputs: int = 3,
    exponents: Exponents | None = None,
    **choices: Any,
) -> Network:
    """A network of random weights; `choices` are those of `Network.from_weights`."""
    shape = {"depth": depth, "width": width, "n_inputs": n_inputs, "n_outputs": n_outputs}
    weights = draw_weights(seed, parameterisation, **shape, exponents=exponents)
    return Network.from_weights(weights, parameterisation=parameterisation, skip=skip, exponents=exponents, **choices)


def padded(net: Network, rows: int) -> Network:
    """The same network with `rows` rows of padding, whose weights are noise that must not be heard."""
    noise = jnp.asarray(np.random.default_rng(0).normal(size=(rows, net.width, net.width)), net.dtype)
    zeros = jnp.zeros((rows,), net.dtype)
    leaves = (net.weights.blocks, net.block_scale, net.block_skip)
    new = [jnp.concatenate([padding, leaf]) for padding, leaf in zip((noise, zeros, zeros), leaves, strict=True)]
    first = net.first + jnp.asarray(rows, jnp.int32)
    return eqx.tree_at(lambda n: (n.weights.blocks, n.block_scale, n.block_skip, n.first), net, (*new, first))


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
