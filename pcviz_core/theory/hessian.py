"""The curvature of one sample's energy in its activities, as a dense matrix (docs/theory.md §2.2). Small networks only."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.errors import PcvizError
from pcviz_core.network import Network, Rows
from pcviz_core.theory.linear import block_maps, require_linear

MAX_UNKNOWNS = 2000
"""The most hidden units, over all layers, for which a dense Hessian is built: 2000² entries are 32 MB in float64."""

Square = Float[Array, "unknowns unknowns"]


def activity_hessian(net: Network, *, x: Any = None, y: Any = None, activities: Sequence[Any] | None = None) -> Square:
    """∂²E/∂z² of one sample's energy E (the batch-mean energy's is 1/B of it), z_1's units first, size N(L − 1).

    In a linear network with squared output error it is the same at every point, and the arguments may be left out. In any
    other network it depends on the point: give one sample x, y and its activities [z_1..z_{L−1}].

    Raises:
        PcvizError: if a point is needed and missing, if it holds more than one sample, or if there are too many units.
    """
    unknowns = net.width * (net.depth - 1)
    if unknowns > MAX_UNKNOWNS:
        raise PcvizError(
            f"A dense activity Hessian of {unknowns} hidden units is too large; {MAX_UNKNOWNS} is the most. "
            "Use `max_stable_activity_lr` or `condition_number`, which need no matrix."
        )
    if activities is None:
        require_linear(net, "Without `x`, `y` and `activities`, the activity Hessian", curvature_only=True)
        return _linear_hessian(net)
    return _hessian_at(net, x, y, activities)


def _linear_hessian(net: Network) -> Square:
    r"""The blocks of (2.7): $H_{ll} = I + c_{l+1} B_{l+1}^T B_{l+1}$ and $H_{l+1,l} = −B_{l+1}$, where $c_L = λ$, else 1."""
    n, hidden = net.width, net.depth - 1
    maps, last = block_maps(net), net.readout_scale * net.weights.readout
    below = jnp.concatenate([maps.mT @ maps, (net.output_precision * last.T @ last)[None]])
    diagonal = below + jnp.eye(n, dtype=net.dtype)[None]
    here = jnp.arange(hidden)
    blocks = jnp.zeros((hidden, n, hidden, n), net.dtype).at[here, :, here, :].set(diagonal)
    blocks = blocks.at[here[1:], :, here[:-1], :].set(-maps).at[here[:-1], :, here[1:], :].set(-maps.mT)
    return _symmetric(blocks.reshape(hidden * n, hidden * n))


def _hessian_at(net: Network, x: Any, y: Any, activities: Sequence[Any]) -> Square:
    x, y = net.samples(x, y)
    if len(x) != 1 or len(y) != 1:
        raise PcvizError(f"The activity Hessian is of one sample's energy; `x` holds {len(x)} samples and `y` {len(y)}.")
    point = net.stack(activities, 1)
    return _symmetric(_derivative(net, x, y, point, int(net.first)))


@eqx.filter_jit
def _derivative(net: Network, x: Array, y: Array, point: Rows, first: int) -> Square:
    first_prediction = net.predict_first(x)

    def gradient(free: Array) -> Array:
        rows = point.at[first:].set(free.reshape(-1, 1, net.width))
        return net.view(rows, first_prediction, y).gradient[first:].ravel()

    return jax.jacfwd(gradient)(point[first:].ravel())


def _symmetric(matrix: Square) -> Square:
    """The matrix without the rounding that makes its halves differ."""
    return (matrix + matrix.T) / 2
