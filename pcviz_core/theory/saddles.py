"""Curvature of the equilibrium energy and of the loss in the weights, at the saddles where learning starts slowly.

For linear networks with multipliers 1, no skips and λ = 1 (arXiv 2408.11979; docs/theory.md §3). Covariances are uncentred,
Sxy = Xᵀ Y / B.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pcviz_core.errors import PcvizError
from pcviz_core.network import Network
from pcviz_core.theory.linear import require_linear


class OriginSpectra(NamedTuple):
    """All eigenvalues, ascending, of the Hessians in the weights where every weight is 0."""

    energy: Float[Array, " weights"]
    loss: Float[Array, " weights"]


class ZeroRankSaddle(NamedTuple):
    """Curvature of F* at a saddle where the readout and the map below it are 0.

    `readout_hessian` (K·N, K·N) is its block of the Hessian, rows of W_L in order. `steepest` is the most negative curvature in
    it, −λ_max(Syy)·λ_max(A): the whole Hessian's smallest eigenvalue is at most that, and so always negative.
    """

    readout_hessian: Float[Array, "weights weights"]
    steepest: Float[Array, ""]


def origin_spectra(x: Any, y: Any, *, depth: int, width: int) -> OriginSpectra:
    """Spectra at the origin, exactly. The equilibrium energy has a way down at any depth, of curvature λ_max(Syy) or more.

    Of the loss, only networks of depth 2 have one; deeper ones are flat there to second order.
    """
    if depth < 2:
        raise PcvizError(f"`depth` is a whole number from 2; {depth!r} is not.")
    x, y = jnp.atleast_2d(jnp.asarray(x)), jnp.atleast_2d(jnp.asarray(y))
    sxy, syy = x.T @ y / len(x), y.T @ y / len(y)
    n_inputs = len(sxy)
    if depth == 2:
        nothing = jnp.zeros((n_inputs, n_inputs), sxy.dtype)
        energy, loss = (
            jnp.repeat(jnp.linalg.eigvalsh(jnp.block([[nothing, -sxy], [-sxy.T, corner]])), width)
            for corner in (-syy, jnp.zeros_like(syy))
        )
        return OriginSpectra(energy, loss)
    others = jnp.zeros(width * n_inputs + (depth - 2) * width**2, sxy.dtype)
    energy = jnp.concatenate([jnp.repeat(-jnp.linalg.eigvalsh(syy)[::-1], width), others])
    return OriginSpectra(energy, jnp.zeros_like(energy))


def zero_rank_saddle(net: Network, y: Any) -> ZeroRankSaddle:
    """The readout's curvature −(Syy ⊗ A), (3.1), with A = I + Σ_l W_{L−1:l} W_{L−1:l}ᵀ over l = 2..L−1.

    Raises:
        PcvizError: if the network is not of the kind above, or not at such a saddle.
    """
    require_linear(net, "The curvature at a zero-rank saddle")
    multipliers = np.asarray(net.forward_multipliers)
    if net.skip or (multipliers != 1).any() or float(net.output_precision) != 1:
        raise PcvizError("The curvature at a zero-rank saddle is known for multipliers 1, no skips and output precision 1.")
    y = jnp.atleast_2d(jnp.asarray(y, net.dtype))
    below, a = jnp.eye(net.width, dtype=net.dtype), jnp.eye(net.width, dtype=net.dtype)
    for weight in net.weights.blocks[int(net.first) :][::-1]:
        below = below @ weight
        a = a + below @ below.T
    if bool(jnp.any(net.weights.readout)) or bool(jnp.any(below @ net.weights.embed)):
        raise PcvizError("A zero-rank saddle has a readout of 0 and a product of 0 below it; this network is elsewhere.")
    syy = y.T @ y / len(y)
    steepest = -jnp.linalg.eigvalsh(syy)[-1] * jnp.linalg.eigvalsh(a)[-1]
    return ZeroRankSaddle(-jnp.kron(syy, a), steepest)
