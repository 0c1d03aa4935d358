"""What the closed forms share: which networks they hold for, and the maps from each hidden layer to the output.

In a linear network a layer is the matrix B_l = a_l W_l + skip·I, and Q_l = B_L B_{L−1} ⋯ B_{l+1} (outputs, width) carries a
change of z_l to the output. Arrays are stacks as in `Network`: padding rows come first, and are zero.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pcviz_core import arguments
from pcviz_core.errors import PcvizError
from pcviz_core.network import Kind, Network, Weights

Downstream = Float[Array, "rows outputs width"]


def require_linear(net: Network, what: str, *, curvature_only: bool = False) -> None:
    """Raise a sentence unless `net` is one whose energy is quadratic in its activities, in the form of docs/theory.md (0.1).

    Biases move the minimum but not the curvature: `curvature_only` allows them.
    """
    has = {
        "`activation`": (net.activation_name, "linear"),
        "`activation_position`": (net.activation_position, "before"),
        "`loss`": (net.loss_name, "mse"),
    }
    for name, (value, needed) in has.items():
        if value != needed:
            raise PcvizError(f"{what} has a closed form only where {name} is {needed!r}; this network's is {value!r}.")
    if net.weights.biases is not None and not curvature_only:
        raise PcvizError(f"{what} has a closed form only for networks without biases; this one has them.")


def downstream_maps(net: Network) -> Downstream:
    """Q_l of every hidden row, from Q_{L−1} = a_L W_L downwards: Q_l = Q_{l+1} (a_{l+1} W_{l+1} + skip·I)."""
    last = net.readout_scale * net.weights.readout

    def below(q: Array, block: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        weight, scale, skip = block
        q = scale * q @ weight + skip * q
        return q, q

    _, rest = jax.lax.scan(below, last, (net.weights.blocks, net.block_scale, net.block_skip), reverse=True)
    return jnp.concatenate([rest, last[None]])


def rescaling(net: Network, downstream: Downstream) -> Float[Array, "outputs outputs"]:
    """S = I/λ + Σ_l Q_l Q_lᵀ over hidden layers, docs/theory.md (2.1): how inference rescales the output error."""
    identity = jnp.eye(downstream.shape[1], dtype=net.dtype)
    return identity / net.output_precision + jnp.einsum("lkn,ljn->kj", downstream, downstream)


def block_maps(net: Network) -> Float[Array, "blocks width width"]:
    """B_2..B_{L−1}, by which z_1..z_{L−2} enter the next layer's prediction, and nothing for padding."""
    first = int(net.first)
    scaled = net.block_scale[first:, None, None] * net.weights.blocks[first:]
    return scaled + net.block_skip[first:, None, None] * jnp.eye(net.width, dtype=net.dtype)[None]


def plain_network(weights: Weights, first: Array) -> Network:
    """The linear network of these weights with multipliers 1, no skips and λ = 1; z_1 is row `first`. Also in compiled code."""
    blocks, dtype = len(weights.blocks), weights.embed.dtype
    one, real = jnp.ones((), dtype), (jnp.arange(blocks, dtype=first.dtype) >= first).astype(dtype)
    return Network(weights, one, real, one, jnp.zeros_like(real), first, one, Kind())


def equivalent_batch(x: Any, y: Any, *, n_inputs: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The smallest batch with the same second moments ⟨x xᵀ⟩, ⟨x yᵀ⟩, ⟨y yᵀ⟩: all that a linear network sees of its data.

    Batch means of energies, losses and their gradients by weights are the same for both. With `n_inputs`, x is first reduced to
    its leading principal directions (of ⟨x xᵀ⟩, which is not centred), the largest first.
    """
    arguments.pair(x, y)
    x, y = (np.atleast_2d(np.asarray(values, np.float64)) for values in (x, y))
    if n_inputs is not None and n_inputs < x.shape[1]:
        _, directions = np.linalg.eigh(x.T @ x)
        x = x @ directions[:, ::-1][:, :n_inputs]
    upper = np.linalg.qr(np.concatenate([x, y], axis=1), mode="r")
    both = upper * np.sqrt(len(upper) / len(x))
    return both[:, : x.shape[1]], both[:, x.shape[1] :]
