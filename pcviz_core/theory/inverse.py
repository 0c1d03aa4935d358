"""The inverse of one sample's activity Hessian at the feedforward point, applied by two sweeps through the layers.

There the errors are a chain, ε = M δz with M unit lower block-bidiagonal, and only the output's error is not 0, so that
H = Mᵀ (I + Pᵀ G P) M: G is the output energy's curvature in the last hidden layer, P the last block row of M⁻¹. M is undone by a
forward sweep, Mᵀ by a backward one, and the middle by one solve of the width's size (Woodbury). No matrix of all units is built.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pcviz_core.network import Network

Sample = Float[Array, "rows width"]
Square = Float[Array, "width width"]


def inverse_hessian(net: Network, activities: Sample, y: Float[Array, " outputs"]) -> Callable[[Sample], Sample]:
    """The map v ↦ H⁻¹ v at one sample's feedforward activities (rows, width)."""
    maps = local_maps(net, activities)
    bend = output_curvature(net, activities[-1], y)
    # D_r carries a change of row r to the last row.
    identity = jnp.eye(net.width, dtype=net.dtype)
    _, products = jax.lax.scan(lambda d, b: (d @ b, d @ b), identity, maps, reverse=True)
    to_last = jnp.concatenate([products, identity[None]])
    middle = jax.scipy.linalg.lu_factor(identity + bend @ jnp.einsum("rij,rkj->ik", to_last, to_last))

    def product(v: Sample) -> Sample:
        u = _sweep(v, maps.mT, reverse=True)
        arriving = bend @ jnp.einsum("rij,rj->i", to_last, u)
        correction = jax.scipy.linalg.lu_solve(middle, arriving)
        return _sweep(u - jnp.einsum("rji,j->ri", to_last, correction), maps, reverse=False)

    return product


def local_maps(net: Network, activities: Sample) -> Float[Array, "blocks width width"]:
    """The Jacobian of each block's prediction by the row below it."""
    scaled = net.block_scale[:, None, None] * net.weights.blocks
    slope = jax.vmap(jax.vmap(jax.grad(net.kind.phi)))
    if net.kind.activation_position == "before":
        maps = scaled * slope(activities[:-1])[:, None, :]
    else:
        product = jnp.einsum("rij,rj->ri", scaled, activities[:-1])
        biases = net.weights.biases
        inner = product if biases is None else product + net.block_scale[:, None] * biases.blocks
        maps = slope(inner)[:, :, None] * scaled
    return maps + net.block_skip[:, None, None] * jnp.eye(net.width, dtype=net.dtype)[None]


def output_curvature(net: Network, last: Float[Array, " width"], y: Float[Array, " outputs"]) -> Square:
    """G, the Hessian of one sample's output energy by the last hidden row, how the prediction bends included."""
    return jax.hessian(lambda z: net.output_energy(net.predict_output(z[None]), y[None]))(last)


def _sweep(v: Sample, maps: Float[Array, "blocks width width"], *, reverse: bool) -> Sample:
    """u_r = v_r + (map into r) u of the row before, upwards or, with transposed maps, downwards."""
    start, others = (v[-1], v[:-1]) if reverse else (v[0], v[1:])

    def step(u: Array, row: tuple[Array, Array]) -> tuple[Array, Array]:
        u = row[1] + row[0] @ u
        return u, u

    _, rest = jax.lax.scan(step, start, (maps, others), reverse=reverse)
    return jnp.concatenate([rest, start[None]] if reverse else [start[None], rest])
